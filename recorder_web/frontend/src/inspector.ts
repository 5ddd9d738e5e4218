/** The Inspector: one clip on one screen, all of it by keyboard; the forms and the table are the page's own. */

import { html, nothing, render, type TemplateResult } from "lit/html.js";
import { pageJson } from "./data";
import { Bar } from "./inspector/bar";
import type { BesideLane } from "./inspector/beside";
import type { BesideData, InspectorData } from "./inspector/data";
import { spanOf, stepped, withEdge, type Span } from "./inspector/evidence";
import { actOf, isOurs, type Act } from "./inspector/keys";
import { Picture, type Flagged } from "./inspector/picture";
import { Player } from "./inspector/player";
import { closeTo } from "./inspector/stretch";
import { loadMessages, t } from "./messages";

const LATEST_MS = 2_000; // the sound waits so long at most for the picture to be drawn
const LOUD: Record<string, number> = { blocks: 0, fix: 1, flag: 2 };

loadMessages();
const data = pageJson<InspectorData>("data");
const { duration_s } = data;
const flagged = data.spans
  .flatMap(({ start_s, end_s, severity, name }, row): (Flagged & { row: number })[] => (start_s === null || end_s === null ? [] : [{ severity, name, start_s, end_s, row }]))
  .sort((a, b) => a.start_s - b.start_s || LOUD[a.severity]! - LOUD[b.severity]!);
const root = document.getElementById("inspector")!;
root.replaceChildren();

let inHand = -1; // the flagged span in hand
let evidence: Span | null = null;
let beside: BesideLane | null = null; // the other person's track, fetched where there is one
const player = new Player(data.audio, redraw);
const bar = new Bar(data, (span) => select(span, -1, false));
const picture = new Picture({
  data: data.picture,
  duration_s,
  flagged,
  inHand: () => inHand,
  evidence: () => evidence,
  at_s: () => player.at_s,
  seek,
  select: (span) => select(span, -1),
  pick: go,
  redraw,
  drawn: () => player.load(),
  beside: () => beside,
});
setTimeout(() => player.load(), data.picture.state === "ready" ? LATEST_MS : 0); // also where a tile is not to be had

function redraw(): void {
  render(html`${picture.template()}${transport()}`, root);
  picture.paint();
  tellTime();
  document.querySelectorAll<HTMLElement>("tr[data-span]").forEach((row) => row.classList.toggle("is-on", row.dataset["span"] === String(flagged[inHand]?.row)));
  if (!player.audio.paused) requestAnimationFrame(follow);
}

/** While it plays only the head moves, and the stretch with it. */
function follow(): void {
  player.tick();
  picture.follow(player.at_s);
  picture.moveHead();
  tellTime();
  if (!player.audio.paused) requestAnimationFrame(follow);
}

/** The template leaves it empty: it changes with every frame. */
function tellTime(): void {
  document.getElementById("now")!.textContent = player.at_s.toFixed(2);
}

function transport(): TemplateResult {
  const { paused, playbackRate } = player.audio;
  return html`<div class="x-play">
    <button type="button" id="play" class="btn btn--small" aria-pressed=${!paused} @click=${play}><span class="ico ico--${paused ? "play" : "pause"}" aria-hidden="true"></span>${t(paused ? "inspector.play" : "inspector.pause")} <span class="x-k" aria-hidden="true">${t("recorder.key.space")}</span></button>
    <span class="num"><b id="now"></b> / ${duration_s.toFixed(2)} ${t("recorder.unit.s")}</span>
    <button type="button" id="loop" class="btn btn--small btn--quiet" aria-pressed=${player.loop} @click=${() => player.toggleLoop()}><span class="ico ico--redo" aria-hidden="true"></span>${t(player.loop ? "inspector.loop-on" : "inspector.loop-off")} <span class="x-k" aria-hidden="true">L</span></button>
    <button type="button" id="speed" class="btn btn--small btn--quiet" @click=${() => player.nextSpeed()}>${t("inspector.speed", { times: playbackRate })} <span class="x-k" aria-hidden="true">S</span></button>
    ${beside?.tools() ?? nothing}
    <span class="end" role="status">${evidence === null ? html`<span class="muted">${t("inspector.evidence.none")}</span>` : html`${t("inspector.evidence")} <b id="evidence-span" class="num">${evidence.from_s.toFixed(3)}–${evidence.to_s.toFixed(3)}</b> ${t("recorder.unit.s")}<span aria-hidden="true"><span class="x-k">[</span> <span class="x-k">]</span></span>`}</span>
  </div>`;
}

function play(): void {
  player.toggle(evidence);
}

function seek(at_s: number): void {
  player.goTo(Math.min(duration_s, Math.max(0, at_s)));
  picture.bringIn(player.at_s, player.at_s);
  redraw();
}

/** Take a span as evidence; `flag` is the number of the flagged span it is, −1 for one's own. */
function select(span: Span | null, flag: number, tell = true): void {
  [evidence, inHand] = [span, flag];
  player.keepTo(span);
  if (tell) bar.offer(span);
  redraw();
}

/** Take a flagged span in hand, hear it, and offer it as evidence. */
function go(to: number): void {
  const span = flagged[to];
  if (span === undefined) return;
  picture.bringIn(span.start_s, span.end_s);
  select(spanOf(span.start_s, span.end_s, duration_s), to);
  if (evidence !== null) player.playSpan(evidence);
}

function edge(which: "from_s" | "to_s"): void {
  select(withEdge(evidence, which, player.at_s, duration_s), -1);
}

const ACTS: Record<Extract<Act, string>, () => void> = {
  play,
  "next-span": () => go(stepped(inHand, 1, flagged.length)),
  "previous-span": () => go(stepped(inHand, -1, flagged.length)),
  accept: () => bar.press("accept"),
  fix: () => bar.press("fix"),
  refuse: () => bar.press("reject"),
  undo: () => bar.undo(),
  "next-item": () => void bar.next(),
  "start-here": () => edge("from_s"),
  "end-here": () => edge("to_s"),
  loop: () => player.toggleLoop(),
  speed: () => player.nextSpeed(),
  closer: () => picture.zoom(0.5),
  farther: () => picture.zoom(2),
  whole: () => picture.show({ from_s: 0, to_s: duration_s }),
  "to-span": () => evidence !== null && picture.show(closeTo(evidence.from_s, evidence.to_s, duration_s)),
  clear: () => select(null, -1),
};

async function fetchBeside(other: BesideData): Promise<void> {
  const { BesideLane } = await import("./inspector/beside");
  beside = new BesideLane(other, duration_s, player.audio, redraw);
  redraw();
}

addEventListener("keydown", (event) => {
  const act = isOurs(event) ? actOf(event) : null;
  if (act === null) return;
  event.preventDefault();
  if (event.key === "Escape") (event.target as HTMLElement).blur?.();
  if (typeof act === "string") ACTS[act]();
  else if ("reason" in act) bar.choose(act.reason);
  else if ("way" in act) beside?.toggle(act.way, act.side);
  else seek(player.at_s + act.move_s);
});
document.getElementById("note")?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.ctrlKey) (event.target as HTMLTextAreaElement).form?.requestSubmit();
});
document.querySelectorAll<HTMLElement>("tr[data-span] [data-go]").forEach((link) =>
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const row = Number(link.closest<HTMLElement>("tr")!.dataset["span"]);
    go(flagged.findIndex((span) => span.row === row));
  }),
);
player.audio.addEventListener("seeked", () => {
  picture.moveHead();
  tellTime();
});
redraw();
if (data.beside !== null) void fetchBeside(data.beside);
