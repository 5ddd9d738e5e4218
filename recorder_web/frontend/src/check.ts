/** The sound-check island: draws the steps, tells screen readers how far they are. */

import { html, render, type TemplateResult } from "lit/html.js";
import type { CheckData } from "./check/data";
import { CheckPage } from "./check/page";
import { problems, type CheckView, type Phase } from "./check/view";
import { pageJson } from "./data";
import { onceAFrame } from "./frame";
import { loadMessages, t, type Key } from "./messages";
import { keepShell } from "./shell/register";
import { goCard, needs, notes, sentCard } from "./ui/check-side";
import { microphoneStep, processingStep, rateStep, roomStep } from "./ui/check-steps";
import { testStep, voiceStep } from "./ui/check-voice";

const ANNOUNCE_MS = 2_000;

loadMessages();
const root = document.getElementById("check")!;
root.replaceChildren();
const said = document.createElement("p");
said.className = "visually-hidden";
said.setAttribute("aria-live", "polite");
root.after(said);

const page = new CheckPage(pageJson<CheckData>("data"), onceAFrame(draw));
let before: Phase | null = null;

function draw(): void {
  const { view } = page;
  root.dataset["phase"] = view.phase ?? "";
  root.dataset["problems"] = String(problems(view));
  render(view.blocked === null ? steps() : blocked(view), root);
  if (document.activeElement === document.body) goOn(view);
  before = view.phase;
}

/** Who pressed a button that is gone now goes on at what took its place. */
function goOn({ phase, calibrating }: CheckView): void {
  if (phase === before) return;
  const after = phase === null ? before : phase === "line" ? "said" : null;
  const place: Partial<Record<Phase | "said", string>> = { said: "said", room: "room", line: "speak", closing: "speak", calibrate: `reading-${calibrating.takes.length - 1}` };
  if (after !== null) document.getElementById(place[after] ?? "")?.focus();
}

function steps(): TemplateResult {
  return html`<div class="layout-side">
    <ol class="stack">${microphoneStep(page)} ${processingStep(page)} ${rateStep(page)} ${roomStep(page)} ${voiceStep(page)} ${testStep(page)} ${page.rest?.calibrateStep(page)}</ol>
    <div class="stack">${notes(page)} ${needs(page.view)} ${sentCard(page)} ${goCard(page.view)}</div>
  </div>`;
}

/** This page cannot hear at all: the reason and the way out, in the recorder's words. */
function blocked({ blocked: reason }: CheckView): TemplateResult {
  return html`<section class="card stack" role="alert" id="blocked" data-reason=${reason!}>
    <h2 class="h2">${t(`recorder.blocked.${reason}` as Key)}</h2>
    <p>${t(`recorder.blocked.${reason}-do` as Key)}</p>
    <p><button type="button" class="btn btn--primary" @click=${() => location.reload()}>${t("recorder.blocked.again")}</button></p>
  </section>`;
}

/** What is going on, in one sentence. */
function words({ phase, left_s }: CheckView): string {
  if (phase === null) return "";
  const key: Key = phase === "room" ? "check.room.listening" : phase === "silence" ? "check.voice.silence" : phase === "line" ? "check.voice.say" : phase === "warm-up" ? "check.calibrate.warm-up" : phase === "calibrate" ? "check.calibrate.listening" : "check.voice.noise";
  return t(key, { seconds: Math.ceil(left_s), at: page.view.calibrating.takes.length + 1 });
}

setInterval(() => {
  const text = words(page.view);
  if (said.textContent !== text) said.textContent = text;
}, ANNOUNCE_MS);

void page.start();
keepShell();
