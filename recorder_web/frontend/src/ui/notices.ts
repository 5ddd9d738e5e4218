/** What stands in the way, and the one thing to do about it. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { sentenceFor, t, type Key } from "../messages";
import { oneDigit } from "../numbers";
import type { Page } from "../page";
import type { View } from "../view";

type Part = TemplateResult | typeof nothing;

/** This page cannot record at all: the reason and the way out. */
export function blocked({ blocked: reason }: View): TemplateResult {
  return html`<section class="card stack" role="alert" id="blocked" data-reason=${reason!}>
    <h2 class="h2">${t(`recorder.blocked.${reason}` as Key)}</h2>
    <p>${t(`recorder.blocked.${reason}-do` as Key)}</p>
    <p><button type="button" class="btn btn--primary" @click=${() => location.reload()}>${t("recorder.blocked.again")}</button></p>
  </section>`;
}

/** Recordings of a crashed visit: kept by default. */
export function recovery(page: Page): TemplateResult {
  const { interrupted, asking } = page.view;
  const seconds = oneDigit(interrupted.reduce((sum, take) => sum + take.seconds, 0));
  return html`<section class="card stack" role="alertdialog" aria-labelledby="recover" id="recovery">
    <div class="row row--between"><h2 class="h2" id="recover">${t("recorder.recover.title")}</h2><span class="chip chip--ok"><span class="ico ico--safe" aria-hidden="true"></span>${t("recorder.recover.kept")}</span></div>
    <p>${t("recorder.recover.what", { seconds, count: interrupted.length })}</p>
    <div class="stack">
      <button type="button" class="btn btn--primary btn--block" id="keep" @click=${() => page.keepInterrupted()}><span class="ico ico--up" aria-hidden="true"></span>${t("recorder.recover.keep")}</button>
      ${asking ? html`<p class="notice notice--stop">${t("recorder.recover.sure")}</p>` : nothing}
      <button type="button" class="btn btn--danger btn--block" id="discard" @click=${() => page.discardInterrupted()}>${t(asking ? "recorder.recover.discard-sure" : "recorder.recover.discard")}</button>
    </div>
  </section>`;
}

/** Before the first take: the microphone, then five seconds of the room. */
export function start(page: Page): Part {
  const { state, opening, room_s } = page.view;
  if (room_s !== null) return roomTone(room_s);
  if (state === "broken") return card("recorder.broken.title", "recorder.broken.do", "recorder.broken.go", () => page.toggle());
  if (state === "full") return card("recorder.full.title", "recorder.full.do", "recorder.full.go", () => page.freed());
  if (state !== "checking") return nothing;
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

/** Short notes: a problem of the microphone, an alarm, what just happened. */
export function notes({ problem, note, alarm, others, microphone, state }: View): Part[] {
  return [
    problem === null ? nothing : notice("stop", sentenceFor("recorder.problem.", problem, "recorder.problem.busy")),
    alarm === null || state === "waiting" ? nothing : notice("fix", t(`recorder.alarm.${alarm}` as Key)),
    note === null ? nothing : notice("flag", t(note)),
    microphone?.processing === "on" ? notice("fix", t("recorder.note.processing")) : nothing,
    others ? notice("flag", t("recorder.note.others")) : nothing,
  ];
}

function notice(colour: "stop" | "fix" | "flag", text: string): TemplateResult {
  return html`<p class="notice notice--${colour}"><span class="ico ico--${colour}" aria-hidden="true"></span><span>${text}</span></p>`;
}
