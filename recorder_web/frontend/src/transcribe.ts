/** The transcript editor island: sound, text boxes, keys. */

import { html, nothing, render, type TemplateResult } from "lit/html.js";
import { pageJson } from "./data";
import { loadMessages, t } from "./messages";
import { oneDigit } from "./numbers";
import { Editor, type TranscribeData } from "./transcribe/editor";
import { problems, segmentList } from "./ui/segments";
import { drawWave, peaksOf, readWave } from "./wave";

const SPEEDS = [0.5, 0.75, 1, 1.5, 2];
const BARS = 240;
const ONE_COLUMN = matchMedia("(max-width: 63.99rem)"); // there the problems stand under the text they are about
const SEEK_S = 1;

loadMessages();
const root = document.getElementById("transcribe")!;
root.replaceChildren();
const sound = new Audio();
sound.preload = "auto";
sound.loop = true;
const waves = new Map<string, number[]>();
let scheduled = false;

const editor = new Editor(pageJson<TranscribeData>("data"), schedule);

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    draw();
  });
}

/** The page's own progress above the island follows what is written here. */
function drawProgress(): void {
  const [bar, words] = [".page-head__progress progress", ".page-head__progress span"].map((place) => document.querySelector(place));
  const done = editor.lines.filter(({ text }) => text !== "").length;
  if (!(bar instanceof HTMLProgressElement) || !words) return;
  bar.value = done;
  words.textContent = t("transcribe.progress", { done, all: bar.max });
}

function draw(): void {
  load();
  drawProgress();
  render(
    html`<div class="stack">
      ${transport()}
      <div class="layout-side layout-side--wide">
        ${segmentList(editor, keys, ONE_COLUMN.matches)}
        <div class="stack">
          ${ONE_COLUMN.matches ? nothing : problems(editor)}
          <section class="card"><a class="btn btn--block ${editor.lines.every(({ text }) => text !== "") ? "btn--primary" : ""}" href=${editor.data.urls.work}>${t("transcribe.done")}</a></section>
        </div>
      </div>
    </div>`,
    root,
  );
  paint();
}

function transport(): TemplateResult {
  const length = editor.current.duration_s;
  return html`<section class="card card--flush" aria-label=${t("transcribe.sound")}>
    <div class="wave-view"><canvas id="wave" class="wave-canvas" role="img" aria-label=${t("transcribe.wave", { at: editor.current.position, seconds: oneDigit(length) })} @click=${seekTo}></canvas></div>
    <div class="transport">
      <button type="button" id="play" class="btn btn--primary btn--small" aria-pressed=${!sound.paused} @click=${toggle}><span class="ico ico--play" aria-hidden="true"></span>${t(sound.paused ? "transcribe.play" : "transcribe.pause")}</button>
      <span class="num"><b id="now">${oneDigit(sound.currentTime)}</b> / ${oneDigit(length)} ${t("recorder.unit.s")}</span>
      <span class="segmented" role="group" aria-label=${t("transcribe.speed")}>
        ${SPEEDS.map((speed) => html`<button type="button" aria-pressed=${sound.playbackRate === speed} @click=${() => setSpeed(speed)}>${speed}×</button>`)}
      </span>
      <button type="button" class="btn btn--small" aria-pressed=${sound.loop} @click=${toggleLoop}><span class="ico ico--redo" aria-hidden="true"></span>${t(sound.loop ? "transcribe.loop-on" : "transcribe.loop-off")}</button>
    </div>
  </section>`;
}

/** Sound and wave form of the segment in hand. */
function load(): void {
  const { audio, id } = editor.current;
  if (sound.dataset["segment"] === id) return;
  const { playbackRate } = sound;
  sound.dataset["segment"] = id;
  sound.src = audio;
  sound.defaultPlaybackRate = sound.playbackRate = playbackRate;
  if (!waves.has(id)) void readPeaks(id, audio);
}

async function readPeaks(id: string, address: string): Promise<void> {
  waves.set(id, []);
  const response = await fetch(address);
  if (response.ok) waves.set(id, peaksOf(readWave(await response.arrayBuffer()).codes, BARS));
  paint();
}

function paint(): void {
  const canvas = document.getElementById("wave") as HTMLCanvasElement | null;
  if (canvas === null) return;
  drawWave(canvas, waves.get(editor.current.id) ?? [], [], sound.currentTime / editor.current.duration_s);
  document.getElementById("now")!.textContent = oneDigit(sound.currentTime);
  if (!sound.paused) requestAnimationFrame(paint);
}

function toggle(): void {
  if (sound.paused) void sound.play();
  else sound.pause();
}

function toggleLoop(): void {
  sound.loop = !sound.loop;
  schedule();
}

function setSpeed(speed: number): void {
  sound.playbackRate = speed; // the pitch stays: a media element keeps it by itself
  schedule();
}

function seekTo(event: MouseEvent): void {
  sound.currentTime = (event.offsetX / (event.target as HTMLElement).clientWidth) * editor.current.duration_s;
  paint();
}

function seek(by_s: number): void {
  sound.currentTime = Math.min(editor.current.duration_s, Math.max(0, sound.currentTime + by_s));
  paint();
}

function open(at: number): void {
  editor.goTo(at);
  requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById("text")?.focus()));
}

function toProblem(): void {
  const box = document.getElementById("text") as HTMLTextAreaElement;
  const place = editor.nextProblem(box.selectionEnd);
  if (place !== null) box.setSelectionRange(...place);
}

/** Keys in the text box; Tab plays, so Escape is the way out of it. */
function keys(event: KeyboardEvent): void {
  if (event.isComposing) return;
  const does = keyed(event);
  if (does === null) return;
  event.preventDefault();
  does();
}

function keyed({ key, ctrlKey, altKey, shiftKey }: KeyboardEvent): (() => void) | null {
  if (key === "Tab" && !ctrlKey && !altKey && !shiftKey) return toggle;
  if (key === "Escape") return () => document.getElementById("play")!.focus();
  if (ctrlKey && key === "ArrowLeft") return () => seek(-SEEK_S);
  if (ctrlKey && key === "ArrowRight") return () => seek(SEEK_S);
  if (ctrlKey && key === "Enter") return () => open(editor.at + 1);
  if (altKey && key === "ArrowDown") return toProblem;
  return key === "Enter" ? () => undefined : null; // a transcript is one line
}

for (const event of ["play", "pause", "ended", "ratechange"]) sound.addEventListener(event, schedule);
addEventListener("resize", paint);
ONE_COLUMN.addEventListener("change", schedule);
addEventListener("beforeunload", (event) => {
  if (editor.unsaved) event.preventDefault();
});
// A link from "my work" names the segment that is to be written.
editor.goTo(editor.lines.findIndex(({ id }) => location.hash === `#segment-${id}`));
draw();
