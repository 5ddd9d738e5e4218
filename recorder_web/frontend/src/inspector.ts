/** The inspector island: the wave form with its findings, and keys for everything; the forms are the page's own. */

import { html, nothing, render, type TemplateResult } from "lit/html.js";
import { pageJson, type Finding } from "./data";
import { loadMessages, t } from "./messages";
import { oneDigit } from "./numbers";
import { drawWave, peaksOf, readWave, type Mark } from "./wave";

interface InspectorData {
  audio: string;
  duration_s: number;
  spans: Finding[];
}

type Span = Finding & { start_s: number; end_s: number };

const BARS = 500;
const COLOURS: Record<string, string> = { blocks: "--stop-soft", fix: "--fix-soft", flag: "--flag-soft" };

loadMessages();
const data = pageJson<InspectorData>("data");
const spans = data.spans.filter((span): span is Span => span.start_s !== null && span.end_s !== null).sort((a, b) => a.start_s - b.start_s);
const root = document.getElementById("inspector")!;
root.replaceChildren();
const sound = new Audio(data.audio);
let peaks: number[] = [];
let at = -1; // the span in hand; -1: the whole clip
let ends_s = Infinity;

function draw(): void {
  const span = spans[at];
  render(
    html`<canvas id="wave" class="wave-canvas" role="img" aria-label=${t("inspector.wave", { seconds: oneDigit(data.duration_s), count: spans.length })} @click=${seekTo}></canvas>
      <div class="x-play">
        <button type="button" id="play" class="btn btn--small" aria-pressed=${!sound.paused} @click=${toggle}><span class="ico ico--play" aria-hidden="true"></span>${t(sound.paused ? "inspector.play" : "inspector.pause")} <span class="x-k" aria-hidden="true">${t("recorder.key.space")}</span></button>
        <span class="num"><b id="now">${oneDigit(sound.currentTime)}</b> / ${oneDigit(data.duration_s)} ${t("recorder.unit.s")}</span>
        <span class="end" role="status">${span === undefined ? nothing : inHand(span)}</span>
      </div>
      ${spans.length === 0 ? html`<p class="small muted">${t("inspector.no-spans")}</p>` : list()}
      <p class="keys small">${["space", "jk", "a", "f", "r", "digits"].map((key) => html`<span>${t(`inspector.key.${key}` as "inspector.key.a")}</span>`)}</p>`,
    root,
  );
  paint();
}

function inHand({ code, start_s, end_s }: Span): TemplateResult {
  return html`<span class="x-code">${code}</span> <b class="num">${start_s.toFixed(2)}–${end_s.toFixed(2)}</b> ${t("recorder.unit.s")}`;
}

function list(): TemplateResult {
  return html`<ul class="stack stack--s">
    ${spans.map(
      (span, i) => html`<li><button type="button" class="btn btn--small btn--quiet" aria-current=${i === at ? "true" : nothing} @click=${() => go(i)}><span class="ico ico--play" aria-hidden="true"></span><span class="num">${span.start_s.toFixed(2)}–${span.end_s.toFixed(2)}</span> ${span.sentence}</button></li>`,
    )}
  </ul>`;
}

function marks(): Mark[] {
  return spans.map(({ start_s, end_s, severity }) => ({
    from: start_s / data.duration_s,
    to: end_s / data.duration_s,
    colour: COLOURS[severity] ?? "--flag-soft",
  }));
}

function paint(): void {
  const canvas = document.getElementById("wave") as HTMLCanvasElement;
  drawWave(canvas, peaks, marks(), sound.currentTime / data.duration_s);
  document.getElementById("now")!.textContent = oneDigit(sound.currentTime);
  if (sound.currentTime >= ends_s) stopAt(ends_s);
  if (!sound.paused) requestAnimationFrame(paint);
}

function stopAt(end_s: number): void {
  sound.pause();
  ends_s = Infinity;
  sound.currentTime = spans[at]?.start_s ?? end_s;
}

function toggle(): void {
  if (!sound.paused) return sound.pause();
  ends_s = spans[at]?.end_s ?? Infinity;
  if (at >= 0) sound.currentTime = spans[at]!.start_s;
  void sound.play();
}

/** Take a span in hand, hear it, and offer it as evidence. */
function go(to: number): void {
  const span = spans[to];
  if (span === undefined) return;
  at = to;
  offer("start_s", span.start_s);
  offer("end_s", span.end_s);
  sound.pause();
  draw();
  toggle();
}

function offer(name: string, seconds: number): void {
  const field = document.getElementById(name) as HTMLInputElement | null;
  if (field !== null) field.value = seconds.toFixed(2);
}

function seekTo(event: MouseEvent): void {
  at = -1;
  ends_s = Infinity;
  sound.currentTime = (event.offsetX / (event.target as HTMLElement).clientWidth) * data.duration_s;
  draw();
}

/** A, F and R bring to the form; the decision itself is a press on its own button. */
function focusForm(id: string): void {
  const form = document.getElementById(id);
  form?.scrollIntoView({ block: "nearest" });
  form?.querySelector<HTMLElement>("textarea, input:not([type=hidden]), button")?.focus();
}

function chooseReason(digit: number): void {
  const reasons = document.querySelectorAll<HTMLInputElement>("#refuse input[name=code]");
  const reason = reasons[digit - 1];
  if (reason === undefined) return;
  reason.checked = true;
  reason.focus();
}

function keyed(key: string): (() => void) | null {
  if (/^[1-9]$/.test(key)) return () => chooseReason(Number(key));
  const keys: Record<string, () => void> = {
    " ": toggle,
    j: () => go(Math.min(spans.length - 1, at + 1)),
    k: () => go(Math.max(0, at - 1)),
    a: () => focusForm("accept"),
    f: () => focusForm("fix"),
    r: () => focusForm("refuse"),
  };
  return keys[key.toLowerCase()] ?? null;
}

addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("textarea, select, input:not([type=radio])")) return;
  if (event.key === " " && target?.closest("button, a, input")) return;
  const does = keyed(event.key);
  if (does === null) return;
  event.preventDefault();
  does();
});
for (const event of ["play", "pause", "ended"]) sound.addEventListener(event, draw);
sound.addEventListener("seeked", paint);
draw();
void fetch(data.audio).then(async (response) => {
  if (response.ok) peaks = peaksOf(readWave(await response.arrayBuffer()).codes, BARS);
  paint();
});
