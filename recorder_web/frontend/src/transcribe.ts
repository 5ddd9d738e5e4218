/** The transcript editor island: sound, text box, keys, and the sheets that open over them. */

import { html, nothing, render, type TemplateResult } from "lit/html.js";
import { pageJson } from "./data";
import { loadMessages, t } from "./messages";
import { oneDigit } from "./numbers";
import { TextBox } from "./transcribe/box";
import { browserDrafts } from "./transcribe/drafts";
import { Editor } from "./transcribe/editor";
import { inHand, type Line, type TranscribeData } from "./transcribe/lines";
import { Server } from "./transcribe/server";
import { actionOf, chordOf, readChords, USUAL, writeChords, type Action, type Chords } from "./transcribe/shortcuts";
import { placeOf, Sound, SPEEDS } from "./transcribe/sound";
import { drawnSpan } from "./transcribe/text";
import { historyPanel, type History } from "./ui/history";
import { keySheet, legend, type KeySetter, type KeySheet } from "./ui/keys";
import { made, problems, reasonOf, shortOf, type Hands } from "./ui/problems";
import { segmentList } from "./ui/segments";
import { drawWave } from "./wave";

const ONE_COLUMN = matchMedia("(max-width: 63.99rem)"); // there the problems stand under the text they are about
const SEEK_S = 1;

loadMessages();
const data = pageJson<TranscribeData>("data");
const root = document.getElementById("transcribe")!;
const sound = new Sound(schedule);
let chords: Chords = readChords(localStorage);
let sheet: KeySheet = { asking: null, refused: null };
let history: History | null = null;
let scheduled = false;
let announced = "";

const box: TextBox = new TextBox({
  typed: (text) => editor.type(editor.current, text),
  composing: () => editor.hold(editor.current),
  moved: (caret) => editor.caretAt(caret),
  left: () => editor.leave(),
});
const editor: Editor = new Editor(data, { server: new Server(data), drafts: browserDrafts(), box, draw: schedule });

const hands: Hands = {
  composing: () => box.composing,
  typed: () => textarea()?.value ?? "",
  undo: () => box.undo(),
  history: (line) => void openHistory(line),
  place: (line, violation) => {
    const [from, to] = drawnSpan(line.text, violation);
    const whole = line.text.length || 1;
    return placeOf({ from: from / whole, to: to / whole }, sound.peaks(line.id), line.duration_s);
  },
  listen: (place) => {
    sound.playPlace(place);
    paint();
  },
  chord: (nth) => chords[`choose-${nth}` as Action] ?? null,
};

const setter: KeySetter = {
  asking: () => sheet.asking,
  ask: (asking) => showSheet({ asking, refused: null }),
  refuse: (refused) => showSheet({ ...sheet, refused }),
  set: (action, chord) => setChords({ ...chords, [action]: chord }),
  usual: () => setChords({ ...USUAL }),
};

function showSheet(shown: KeySheet): void {
  sheet = shown;
  schedule();
}

function setChords(wanted: Chords): void {
  chords = wanted;
  const kept = writeChords(localStorage, chords);
  showSheet({ asking: null, refused: kept ? null : t("transcribe.keys.forgotten") });
}

function textarea(): HTMLTextAreaElement | null {
  return document.getElementById("text") as HTMLTextAreaElement | null;
}

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
  sound.load(editor.current);
  drawProgress();
  const one = ONE_COLUMN.matches;
  render(
    html`<div class="stack">
        ${transport()}
        <div class="layout-side layout-side--wide">
          ${segmentList(editor, hands, one, legend(chords, openKeys))}
          <div class="stack">
            ${one ? nothing : html`${made(editor, editor.current, hands)}${problems(editor, hands)}`}
            <section class="card"><a class="btn btn--block ${editor.lines.every(({ text }) => text !== "") ? "btn--primary" : ""}" href=${editor.data.urls.work}>${t("transcribe.done")}</a></section>
          </div>
        </div>
      </div>
      <p class="visually-hidden" role="status" id="announced">${announcement()}</p>
      ${historyPanel(editor, history, () => void readHistory(), closeHistory)} ${keySheet(chords, sheet, setter)}`,
    root,
  );
  box.attach(textarea()!, editor.current.text);
  paint();
}

/** Said aloud when a problem is taken in hand: rule and reason. */
function announcement(): string {
  const line = editor.current;
  const index = inHand(line);
  if (line.selected === null || index === null || box.composing) return announced;
  const violation = line.violations![index]!;
  announced = `${violation.rule} ${shortOf(violation.rule)} ${reasonOf(violation)}`;
  return announced;
}

function transport(): TemplateResult {
  const length = editor.current.duration_s;
  const { paused, playbackRate, loop } = sound.audio;
  return html`<section class="card card--flush" aria-label=${t("transcribe.sound")}>
    <div class="wave-view"><canvas id="wave" class="wave-canvas" role="img" aria-label=${t("transcribe.wave", { at: editor.current.position, seconds: oneDigit(length) })} @click=${seekTo}></canvas></div>
    <div class="transport">
      <button type="button" id="play" class="btn btn--primary btn--small" aria-pressed=${!paused} @click=${() => sound.toggle()}><span class="ico ico--${paused ? "play" : "pause"}" aria-hidden="true"></span>${t(paused ? "transcribe.play" : "transcribe.pause")}</button>
      <span class="num"><b id="now"></b> / ${oneDigit(length)} ${t("recorder.unit.s")}</span>
      <span class="segmented" role="group" aria-label=${t("transcribe.speed")}>
        ${SPEEDS.map((speed) => html`<button type="button" aria-pressed=${playbackRate === speed} @click=${() => sound.setSpeed(speed)}>${speed}×</button>`)}
      </span>
      <button type="button" id="loop" class="btn btn--small" aria-pressed=${loop} @click=${() => sound.toggleLoop()}><span class="ico ico--redo" aria-hidden="true"></span>${t(loop ? "transcribe.loop-on" : "transcribe.loop-off")}</button>
    </div>
  </section>`;
}

let frame = 0;

function paint(): void {
  cancelAnimationFrame(frame);
  const canvas = document.getElementById("wave") as HTMLCanvasElement | null;
  if (canvas === null) return;
  sound.tick();
  const { currentTime, paused } = sound.audio;
  drawWave(canvas, sound.peaks(editor.current.id), marks(), currentTime / editor.current.duration_s);
  document.getElementById("now")!.textContent = oneDigit(currentTime); // the template leaves it empty: it changes with every frame
  if (!paused) frame = requestAnimationFrame(paint);
}

/** About where the problem in hand is spoken. */
function marks(): { from: number; to: number; colour: string }[] {
  const line = editor.current;
  const index = inHand(line);
  if (index === null) return [];
  const { from_s, to_s } = hands.place(line, line.violations![index]!);
  return [{ from: from_s / line.duration_s, to: to_s / line.duration_s, colour: "--accent-soft" }];
}

function seekTo(event: MouseEvent): void {
  const { duration_s } = editor.current;
  sound.goTo((event.offsetX / (event.target as HTMLElement).clientWidth) * duration_s, duration_s);
  paint();
}

function seek(by_s: number): void {
  sound.goTo(sound.audio.currentTime + by_s, editor.current.duration_s);
  paint();
}

function open(at: number): void {
  editor.goTo(at);
  requestAnimationFrame(() => requestAnimationFrame(() => box.focus()));
}

function listen(): void {
  const line: Line = editor.current;
  const index = inHand(line);
  if (index !== null) hands.listen(hands.place(line, line.violations![index]!));
}

const DOES: Record<Action, () => void> = {
  play: () => sound.toggle(),
  back: () => seek(-SEEK_S),
  forward: () => seek(SEEK_S),
  listen,
  problem: () => editor.toProblem(1),
  "problem-back": () => editor.toProblem(-1),
  "choose-1": () => editor.choose(1),
  "choose-2": () => editor.choose(2),
  "choose-3": () => editor.choose(3),
  "choose-4": () => editor.choose(4),
  next: () => open(editor.at + 1),
  previous: () => open(editor.at - 1),
  leave: () => document.getElementById("play")!.focus(), // from there Tab goes on; no word is touched
};

/** Shortcuts count in the text box alone: elsewhere every key is the browser's, and Tab leads on. */
function keys(event: KeyboardEvent): void {
  if (event.target !== textarea() || box.owns(event) || event.getModifierState("AltGraph")) return;
  const action = actionOf(chords, chordOf(event));
  if (action === null && event.key !== "Enter") return;
  event.preventDefault(); // a transcript is one line
  if (action !== null) DOES[action]();
}

async function openHistory(line: Line): Promise<void> {
  history = { line, revisions: null, failed: false, whole: true };
  await readHistory();
  draw();
  (document.getElementById("history-panel") as HTMLDialogElement).showModal();
}

async function readHistory(): Promise<void> {
  if (history === null) return;
  const known = history.revisions ?? [];
  const found = await editor.history(history.line, known.at(-1)?.number ?? null);
  const revisions = [...known, ...(found ?? [])];
  history = { ...history, revisions, failed: found === null, whole: found === null || (revisions.at(-1)?.number ?? 1) === 1 };
  schedule();
}

function closeHistory(): void {
  history = null;
  schedule();
}

function openKeys(): void {
  (document.getElementById("key-sheet") as HTMLDialogElement).showModal();
}

root.addEventListener("keydown", keys);
ONE_COLUMN.addEventListener("change", schedule);
addEventListener("resize", paint);
addEventListener("online", () => editor.online());
addEventListener("pagehide", () => editor.leave(true));
document.addEventListener("visibilitychange", () => document.hidden && editor.leave(true));
addEventListener("beforeunload", (event) => {
  editor.leave(true);
  if (editor.lines.some(({ saving, kept }) => saving !== "saved" && !kept)) event.preventDefault();
});
// A link from "my work" names the segment that is to be written.
const named = editor.lines.findIndex(({ id }) => location.hash === `#segment-${id}`);
void editor.recover().then(() => {
  if (named >= 0) editor.at = named;
  root.replaceChildren();
  draw();
  return editor.checkAll();
});
