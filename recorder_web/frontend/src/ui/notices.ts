/** What stands in the way, and the one thing to do about it. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { sentenceFor, t, type Key } from "../messages";
import type { Page } from "../page";
import { needsPartner, REST_AFTER_S, type View } from "../view";

type Part = TemplateResult | typeof nothing;

/** This page cannot record at all: the reason and the way out. */
export function blocked({ blocked: reason }: View): TemplateResult {
  return html`<section class="card stack" role="alert" id="blocked" data-reason=${reason!}>
    <h2 class="h2">${t(`recorder.blocked.${reason}` as Key)}</h2>
    <p>${t(`recorder.blocked.${reason}-do` as Key)}</p>
    <p><button type="button" class="btn btn--primary" @click=${() => location.reload()}>${t("recorder.blocked.again")}</button></p>
  </section>`;
}

/** Before the first take: the microphone, then five seconds of the room. */
export function start(page: Page): Part {
  const { state, opening, room_s, resting, repeat, voices } = page.view;
  if (room_s !== null) return roomTone(room_s);
  if (resting) return card("recorder.rest.title", "recorder.rest.do", "recorder.rest.back", () => page.rest(false));
  if (state === "broken") return card("recorder.broken.title", "recorder.broken.do", "recorder.broken.go", () => page.toggle());
  if (state === "full") return card("recorder.full.title", "recorder.full.do", "recorder.full.go", () => page.freed());
  if (voices !== null) return page.extras?.voicesCard(page) ?? nothing;
  if (state !== "checking" || repeat !== null) return nothing;
  if (needsPartner(page.view)) return page.extras?.partnerCard(page.view) ?? nothing;
  return card("recorder.start.title", "recorder.start.do", opening ? "recorder.start.opening" : "recorder.start.go", () => void page.openMicrophone(), opening);
}

function roomTone(room_s: number): TemplateResult {
  return html`<section class="card stack" role="status" id="room-tone">
    <h2 class="h2">${t("recorder.room.title")}</h2>
    <p>${t("recorder.room.do", { seconds: Math.ceil(room_s) })}</p>
    <progress class="progress" max="5" value=${5 - room_s} aria-label=${t("recorder.room.title")}></progress>
  </section>`;
}

function card(title: Key, text: Key, button: Key, act: () => void, disabled = false): TemplateResult {
  return html`<section class="card stack">
    <h2 class="h2">${t(title)}</h2>
    <p>${t(text)}</p>
    <p><button type="button" class="btn btn--primary" id="start" ?disabled=${disabled} @click=${act}><span class="ico ico--mic" aria-hidden="true"></span>${t(button)}</button></p>
  </section>`;
}

interface Note {
  name: string;
  colour: "stop" | "fix" | "flag";
  text: string;
}

/** Short notes: a problem of the microphone, an alarm, what just happened. */
export function notes(view: View): TemplateResult[] {
  return notesOf(view).map(notice);
}

/** The same in words, the most urgent first. */
export function notesOf({ problem, note, alarm, others, microphone, path, heard, muted, state, awake, since_rest_s }: View): Note[] {
  const found: Note[] = [];
  const add = (name: string, colour: Note["colour"], text: string): unknown => found.push({ name, colour, text });
  if (problem !== null) add("problem", "stop", sentenceFor("recorder.problem.", problem, "recorder.problem.busy"));
  if (muted || alarm === "muted") add("muted", "fix", t("recorder.alarm.muted"));
  else if (alarm !== null && state !== "waiting") add("alarm", "fix", t(`recorder.alarm.${alarm}` as Key));
  if (note !== null) add("note", "flag", t(note));
  if (heard !== null) add("heard", "flag", t(heard.replace("audio", "recorder.heard") as Key));
  if (microphone?.processing === "on") add("processing", "fix", t("recorder.note.processing"));
  if (path === "worklet") add("path", "fix", t("recorder.note.worklet"));
  if (awake === "refused") add("awake", "flag", t("recorder.note.awake"));
  if (since_rest_s >= REST_AFTER_S && state !== "recording") add("rest", "flag", t("recorder.note.rest"));
  if (others) add("others", "flag", t("recorder.note.others"));
  return found;
}

/** A problem interrupts; the others are told in their turn, not twice: `spoken.ts`. */
function notice({ name, colour, text }: Note): TemplateResult {
  return html`<p class="notice notice--${colour}" role=${colour === "stop" ? "alert" : "note"} data-note=${name}><span class="ico ico--${colour}" aria-hidden="true"></span><span>${text}</span></p>`;
}
