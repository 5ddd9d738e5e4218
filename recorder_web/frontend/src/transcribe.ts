/** The transcript editor island: sound, text box, keys, and the sheets that open over them. */

import { html, nothing, render, type TemplateResult } from "lit/html.js";
import { pageJson } from "./data";
import { onceAFrame } from "./frame";
import { loadMessages, t } from "./messages";
import { SIGN_IN } from "./sign-in";
import { alone } from "./transcribe/alone";
import { TextBox } from "./transcribe/box";
import { browserDrafts } from "./transcribe/drafts";
import { Editor } from "./transcribe/editor";
import { inHand, isFree, type Line, type TranscribeData } from "./transcribe/lines";
import { Marks } from "./transcribe/marks";
import { Offers } from "./transcribe/offers";
import { Server } from "./transcribe/server";
import { actionOf, chordOf, readChords, writesWithAltGr, type Action, type Chords } from "./transcribe/shortcuts";
import { placeOf, Sound, type Place } from "./transcribe/sound";
import { drawnSpan } from "./transcribe/text";
import { legend } from "./ui/keys";
import { helpers, offerCard } from "./ui/offers";
import { made, problems, reasonOf, shortOf, type Hands } from "./ui/problems";
import type { Recogniser } from "./ui/recogniser";
import { segmentList } from "./ui/segments";
import type { Sheets } from "./ui/sheets";
import { Timeline } from "./ui/timeline";

const ONE_COLUMN = matchMedia("(max-width: 63.99rem)"); // there the problems stand under the text they are about
const SEEK_S = 1;

loadMessages();
const data = pageJson<TranscribeData>("data");
const root = document.getElementById("transcribe")!;
let ready = false; // nothing is drawn before what an earlier visit left is back
const schedule = onceAFrame(() => ready && draw());
const sound = new Sound(schedule);
let chords: Chords = readChords(localStorage);
let recogniser: Recogniser | null = null; // where one can be asked, and fetched for it
let sheets: Sheets | null = null;
let lostWords: typeof import("./ui/sheets").lostWords = () => [];
let fetched: Promise<typeof import("./ui/sheets") | null> | null = null;
let announced = "";

const box: TextBox = new TextBox({
  typed: (text, how) => {
    editor.type(editor.current, text);
    if (how?.startsWith("history")) void marks.stepped(editor.current, how === "historyRedo");
  },
  composing: () => editor.hold(editor.current),
  moved: (caret) => editor.caretAt(caret),
  left: () => editor.leave(),
});
const server = new Server(data);
setInterval(() => document.hidden || void server.keepClaim(data.claim.id, data.claim.fence), 30_000);
const editor: Editor = new Editor(data, { server, drafts: browserDrafts(), box, draw: schedule });
const marks = new Marks(server, data.claim.variety, schedule);
const offers = new Offers(server, editor, schedule);
const timeline: Timeline = new Timeline({ editor, server, sound, marks, cutAnew, problem: problemPlace, caret: () => box.caret, redraw: schedule });
marks.acted = (kind) => {
  if (timeline.desk) Object.assign(timeline.desk.cuts, { done: null, refusal: null });
  if (kind === "unintelligible") void editor.check(editor.current); // how much of the text can be used
};

const hands: Hands = {
  composing: () => box.composing,
  typed: () => textarea()?.value ?? "",
  undo: () => box.undo(),
  history: (line) => void withSheets((shown) => shown.openHistory(line)),
  place: (line, violation) => {
    const [from, to] = drawnSpan(line.text, violation);
    const whole = line.text.length || 1;
    return placeOf({ from: from / whole, to: to / whole }, sound.peaks(line), line.duration_s);
  },
  listen: (place) => {
    sound.playPlace(place);
    timeline.paint();
  },
  chord: (nth) => chords[`choose-${nth}` as Action] ?? null,
  find,
  note: noteToEvent,
};

function textarea(): HTMLTextAreaElement | null {
  return document.getElementById("text") as HTMLTextAreaElement | null;
}

/** The page's own progress above the island follows what is written here. */
function drawProgress(): void {
  const [bar, words] = [".page-head__progress progress", ".page-head__progress span"].map((place) => document.querySelector(place));
  const done = editor.lines.filter(({ text }) => text !== "").length;
  if (!(bar instanceof HTMLProgressElement) || !words) return;
  if (isFree(data)) bar.max = editor.lines.length; // a topic has as many segments as are cut
  bar.value = done;
  words.textContent = t("transcribe.progress", { done, all: bar.max });
}

/** Begun: what was said of events is over. Done: overlaps follow the segments, and the keys go on in the text. */
function cutAnew(take: string): void {
  if (take === "") Object.assign(marks, { last: null, refusal: null, span: null, open: null });
  else void marks.load(take, true);
  if (timeline.desk?.cuts.done &&  [textarea(), document.body].includes(document.activeElement as HTMLTextAreaElement)) requestAnimationFrame(() => requestAnimationFrame(() => box.focus()));
  schedule();
}

function draw(): void {
  timeline.load();
  recogniser?.load(editor.current);
  drawProgress();
  const one = ONE_COLUMN.matches;
  const above = (): TemplateResult => html`${recogniser?.card() ?? nothing}${offerCard(editor, offers, hands)}`;
  const around = { inside: one, resting: timeline.desk?.cuts.busy ?? false, above, helpers: () => helpers(editor, recogniser?.ask() ?? nothing, find), who: (line: Line) => timeline.desk?.whoOf(line) ?? null };
  render(
    html`<div class="stack">
        ${lostWords(editor)}${timeline.card()}
        <div class="layout-side layout-side--wide">
          ${segmentList(editor, hands, around, legend(chords, () => void withSheets((shown) => shown.openKeys())))}
          <div class="stack">
            ${one ? nothing : html`${above()}${made(editor, editor.current, hands)}${problems(editor, hands)}`}
            <section class="card"><a class="btn btn--block ${editor.lines.every(({ text }) => text !== "") ? "btn--primary" : ""}" href=${editor.data.urls.work}>${t("transcribe.done")}</a></section>
          </div>
        </div>
      </div>
      <p class="visually-hidden" role="status" id="announced">${announcement()}</p>
      ${sheets?.drawn() ?? nothing}`,
    root,
  );
  box.attach(textarea()!, editor.current.text);
  timeline.paint();
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

/** Where the problem in hand is spoken. */
function problemPlace(): Place | null {
  const line = editor.current;
  const index = inHand(line);
  return index === null ? null : hands.place(line, line.violations![index]!);
}

function seek(by_s: number): void {
  timeline.seekTo(sound.audio.currentTime + by_s);
}

function open(at: number): void {
  editor.goTo(at);
  requestAnimationFrame(() => requestAnimationFrame(() => box.focus()));
}

function listen(): void {
  const place = problemPlace();
  if (place !== null) hands.listen(place);
}

/** The n-th of the list in hand: characters for a word, else what the problem offers. */
function choose(nth: number): void {
  const line = editor.current;
  if (offers.choose(line, nth)) return;
  const index = inHand(line);
  const isNote = index !== null && line.violations![index]!.rule === "TAG-INLINE";
  if (!isNote) editor.choose(nth);
  else if (nth === 1) void noteToEvent(line, index);
  else editor.choose(nth - 1);
}

/** A note like （笑聲） becomes an event at the cursor and leaves the text: one action, one undo. */
async function noteToEvent(line: Line, index: number): Promise<void> {
  const violation = line.violations![index]!;
  const [before, kind] = [line.text, violation.facts["event"] ?? ""];
  const mark = await marks.add(line, kind || "noise", timeline.at_s, kind ? null : bare(violation.found));
  if (mark === null) return;
  if (line.text === before && editor.current === line && !box.composing) editor.fix(line, [line.violations!.indexOf(violation)], "");
  if (line.text === before) await marks.remove(line.take, mark); // typed on meanwhile: both or nothing
  else marks.follow(line, before, mark);
}

/** What a note says, without its brackets. */
function bare(note: string): string {
  return note.replace(/^\P{L}+|\P{L}+$/gu, "") || note;
}

function find(): void {
  const { from, to } = box.selection;
  void offers.ask(editor.current, from, to);
}

const DOES: Record<Action, () => void> = {
  play: () => sound.toggle(),
  back: () => seek(-SEEK_S),
  forward: () => seek(SEEK_S),
  listen,
  problem: () => editor.toProblem(1),
  "problem-back": () => editor.toProblem(-1),
  "choose-1": () => choose(1),
  "choose-2": () => choose(2),
  "choose-3": () => choose(3),
  "choose-4": () => choose(4),
  next: () => open(editor.at + 1),
  previous: () => open(editor.at - 1),
  span: () => marks.toggleSpan(timeline.at_s),
  find,
  split: () => timeline.desk?.split(timeline.at_s),
  merge: () => timeline.desk?.merge(),
  "cut-undo": () => timeline.desk?.undo(),
  "solo-mine": () => timeline.tracks?.toggle("solo", "mine"),
  "solo-theirs": () => timeline.tracks?.toggle("solo", "theirs"),
  "mute-mine": () => timeline.tracks?.toggle("mute", "mine"),
  "mute-theirs": () => timeline.tracks?.toggle("mute", "theirs"),
  leave: () => document.getElementById("play")!.focus(), // from there Tab goes on; no word is touched
};

/** Shortcuts count in the text box alone: elsewhere every key is the browser's, and Tab leads on. */
function keys(event: KeyboardEvent): void {
  if (event.target !== textarea() || box.owns(event) || writesWithAltGr(event)) return;
  const action = actionOf(chords, chordOf(event));
  if (action === null && event.key !== "Enter") return;
  event.preventDefault(); // a transcript is one line
  if (action !== null) DOES[action]();
}

async function fetchRecogniser(): Promise<void> {
  const { Recogniser } = await import("./ui/recogniser");
  recogniser = new Recogniser(editor, server, schedule);
  schedule();
}

/** Sheets are fetched once the page stands, or when one is asked for before. */
async function withSheets(open: (sheets: Sheets) => unknown): Promise<void> {
  fetched ??= import("./ui/sheets").catch(() => null);
  const part = await fetched;
  if (part === null) fetched = null; // no network: the next press tries again
  else if (sheets === null) [lostWords, sheets] = [part.lostWords, new part.Sheets({ editor, chords: () => chords, setChords: (set) => (chords = set), redraw: schedule, drawNow: draw })];
  if (sheets !== null) open(sheets);
}

root.addEventListener("keydown", keys);
ONE_COLUMN.addEventListener("change", schedule);
addEventListener("resize", () => timeline.paint());
addEventListener("online", () => editor.online());
new BroadcastChannel(SIGN_IN).onmessage = () => editor.online();
addEventListener("pagehide", () => editor.leave(true));
document.addEventListener("visibilitychange", () => document.hidden && editor.leave(true));
addEventListener("beforeunload", (event) => {
  editor.leave(true);
  if (editor.lines.some(({ saving, kept }) => saving !== "saved" && !kept)) event.preventDefault();
});
// A link from "my work" names the segment that is to be written.
const named = editor.lines.findIndex(({ id }) => location.hash === `#segment-${id}`);
async function begin(): Promise<void> {
  if (await alone(data.claim.id, otherTab)) return location.reload(); // what was written there is to be shown
  await editor.recover();
  if (named >= 0) editor.at = named;
  root.replaceChildren();
  ready = true;
  draw();
  void withSheets(schedule);
  if (data.drafts) void fetchRecogniser();
  await editor.checkAll();
}

function otherTab(): void {
  root.replaceChildren();
  render(
    html`<section class="card stack" role="alert" id="other-tab">
      <h2 class="h2">${t("transcribe.other-tab")}</h2>
      <p>${t("transcribe.other-tab-do")}</p>
    </section>`,
    root,
  );
}

void begin();
