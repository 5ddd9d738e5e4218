/** A take of free speech on its time line: segments, lanes of speakers, edges to move, and speech without words. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { t } from "../messages";
import { clock, oneDigit } from "../numbers";
import { startOf, type Line } from "../transcribe/lines";
import { Cuts } from "../transcribe/cuts";
import type { Part, Server } from "../transcribe/server";
import { shareOf, timeAt, type Stretch } from "../transcribe/window";
import { placed, type TimelineParts } from "./timeline";

const STEP_S = 0.05;
const WIDE_S = 0.5; // with Shift
const LEAST_S = 0.3; // the shortest segment
const REST_MS = 700; // after the last key the edge is where it was meant to be
const MOST_UNWRITTEN = 3;

type Which = "start" | "end";

export class CutDesk {
  readonly cuts: Cuts;
  private readonly parts: TimelineParts;
  private readonly stretch: () => Stretch;
  private moving: { which: Which; at_s: number } | null = null; // an edge that is not put down yet
  private timer = 0;

  constructor(parts: TimelineParts, server: Server, stretch: () => Stretch) {
    this.cuts = new Cuts(server, parts.editor, parts.cutAnew);
    this.parts = parts;
    this.stretch = stretch;
  }

  private get line(): Line {
    return this.parts.editor.current;
  }

  private others(): Part[] {
    return (this.cuts.take(this.line.take)?.segments ?? []).filter(({ id }) => id !== this.line.id);
  }

  private lane(): string | null {
    return this.cuts.part(this.line)?.speaker ?? null;
  }

  /** The segments of the same lane over the wave form, the one in hand with its edges. */
  overlay(stretch: Stretch): TemplateResult {
    const [from_s, to_s] = this.edges();
    const same = this.others().filter(({ speaker }) => speaker === this.lane());
    return html`${same.map((part) => this.block(part, stretch))}
      <span class="tl-now" aria-hidden="true" .style=${placed(shareOf(stretch, from_s), shareOf(stretch, to_s))}><b>${this.parts.editor.at + 1}</b></span>
      ${this.handle("start", from_s, stretch)} ${this.handle("end", to_s, stretch)}`;
  }

  /** What the other speakers say, one strip each. */
  lanes(stretch: Stretch): TemplateResult[] {
    const others = this.others().filter(({ speaker }) => speaker !== this.lane());
    const names = [...new Set(others.map(({ speaker }) => speaker))];
    return names.map((name) => html`<div class="tl tl--lane" role="group" aria-label=${this.nameOf(name)}><span class="small" aria-hidden="true">${this.nameOf(name)}</span>${others.filter(({ speaker }) => speaker === name).map((part) => this.block(part, stretch))}</div>`);
  }

  private block(part: Part, stretch: Stretch): TemplateResult | typeof nothing {
    const { rate_hz } = this.line;
    const [from, to] = [part.start_sample, part.end_sample].map((sample) => Math.min(1, Math.max(0, shareOf(stretch, sample / rate_hz)))) as [number, number];
    if (from >= to) return nothing;
    const at = this.parts.editor.lines.findIndex(({ id }) => id === part.id);
    const label = t("cut.segment", { at: at + 1, from: clock(part.start_sample / rate_hz), to: clock(part.end_sample / rate_hz) });
    return html`<button type="button" class="tl-part" data-part=${part.id} aria-label=${label} .style=${placed(from, to)} @click=${() => this.parts.editor.goTo(at)}><b>${at + 1}</b></button>`;
  }

  private edges(): [number, number] {
    const from_s = startOf(this.line);
    const to_s = from_s + this.line.duration_s;
    if (this.moving === null) return [from_s, to_s];
    return this.moving.which === "start" ? [this.moving.at_s, to_s] : [from_s, this.moving.at_s];
  }

  private handle(which: Which, at_s: number, stretch: Stretch): TemplateResult {
    const [least, most] = this.reach(which);
    return html`<span class="tl-edge" id="edge-${which}" role="slider" tabindex="0" aria-label=${t(`cut.${which}`)} aria-valuemin=${least.toFixed(2)} aria-valuemax=${most.toFixed(2)} aria-valuenow=${at_s.toFixed(2)} aria-valuetext=${t("cut.at", { at: at_s.toFixed(2) })} .style=${placed(shareOf(stretch, at_s), shareOf(stretch, at_s))}
      @keydown=${(event: KeyboardEvent) => this.key(event, which)} @blur=${() => this.put(false)} @pointerdown=${(event: PointerEvent) => (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId)} @pointermove=${(event: PointerEvent) => this.drag(event, which)} @pointerup=${() => this.put(true)} @pointercancel=${() => this.drop()}></span>`;
  }

  /** How far an edge may go: to the end of the take, and never so far that too little is left. */
  private reach(which: Which): [number, number] {
    const from_s = startOf(this.line);
    const take = this.cuts.take(this.line.take);
    const all_s = take === null ? from_s + this.line.duration_s : take.frames / take.rate_hz;
    return which === "start" ? [0, from_s + this.line.duration_s - LEAST_S] : [from_s + LEAST_S, all_s];
  }

  private carry(which: Which, at_s: number): void {
    const [least, most] = this.reach(which);
    this.moving = { which, at_s: Math.min(most, Math.max(least, at_s)) };
    this.parts.redraw();
  }

  private drag(event: PointerEvent, which: Which): void {
    const handle = event.currentTarget as HTMLElement;
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const { left, width } = handle.parentElement!.getBoundingClientRect();
    this.carry(which, timeAt(this.stretch(), (event.clientX - left) / width));
  }

  private key(event: KeyboardEvent, which: Which): void {
    const direction = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (event.key === "Enter") return this.put(false);
    if (event.key === "Escape") return this.drop();
    if (direction === undefined) return;
    event.preventDefault();
    const [from_s, to_s] = this.edges();
    this.carry(which, (which === "start" ? from_s : to_s) + direction * (event.shiftKey ? WIDE_S : STEP_S));
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.put(false), REST_MS);
  }

  private drop(): void {
    clearTimeout(this.timer);
    this.moving = null;
    this.parts.redraw();
  }

  /** Put the edge down; dragged, it goes to the quiet place nearby. */
  private put(snap: boolean): void {
    clearTimeout(this.timer);
    const { moving, line } = this;
    if (moving === null) return;
    const sample = Math.round(moving.at_s * line.rate_hz);
    const end = line.start_sample + Math.round(line.duration_s * line.rate_hz);
    const edges: [number, number] = moving.which === "start" ? [sample, end] : [line.start_sample, sample];
    void this.cuts.move(line, ...edges, snap).then(() => this.drop());
  }

  split(at_s: number): void {
    void this.cuts.split(this.line, at_s, this.parts.caret());
  }

  merge(): void {
    if (this.cuts.next(this.line) !== null) void this.cuts.merge(this.line);
  }

  undo(): void {
    void this.cuts.undo(this.line);
  }

  /** What can be done with the segment in hand, and where somebody speaks without a word on paper. */
  tools(at_s: number): TemplateResult {
    const { cuts } = this;
    const take = cuts.take(this.line.take);
    const button = (id: string, can: boolean, words: string, act: () => void): TemplateResult => html`<button type="button" id=${id} class="btn btn--small" aria-disabled=${!can || cuts.busy} @click=${() => can && act()}>${words}</button>`;
    return html`<div class="transport" role="group" aria-label=${t("cut.tools")}>
        ${button("split", at_s > LEAST_S && at_s < this.line.duration_s - LEAST_S, t("cut.split", { at: oneDigit(at_s) }), () => this.split(this.parts.sound.audio.currentTime))}
        ${button("merge", cuts.next(this.line) !== null, t("cut.merge"), () => this.merge())}
        ${this.laneSelect()}
        ${button("cut-undo", take?.undoable != null, t("cut.undo"), () => this.undo())}
      </div>
      ${this.unwritten()}`;
  }

  private laneSelect(): TemplateResult {
    const { cuts } = this;
    const take = cuts.take(this.line.take);
    const names = new Set([...(take?.peers ?? []), ...(take?.segments ?? []).flatMap(({ speaker }) => speaker ?? [])]);
    const fresh = `other-${[...names].filter((name) => name.startsWith("other-")).length + 1}`;
    const values: (string | null)[] = [null, ...names, ...(names.has(fresh) ? [] : [fresh])];
    const choose = (event: Event): void => void cuts.lane(this.line, (event.target as HTMLSelectElement).value || null);
    return html`<label class="row small">${t("cut.lane")} <select id="lane" class="select select--small" ?disabled=${cuts.busy} @change=${choose}>${values.map((name) => html`<option value=${name ?? ""} .selected=${name === this.lane()}>${name === fresh ? t("cut.lane.new") : this.nameOf(name)}</option>`)}</select></label>`;
  }

  /** Whose lane a segment is in, where there is more than one. */
  whoOf(line: Line): string | null {
    if (this.parts.editor.data.claim.style === "dialogue") void this.cuts.load(line.take);
    const part = this.cuts.part(line);
    const has_lanes = this.cuts.take(line.take)?.segments.some(({ speaker }) => speaker !== null);
    return part !== null && has_lanes ? this.nameOf(part.speaker) : null;
  }

  private nameOf(speaker: string | null): string {
    const number = /^other-(\d+)$/.exec(speaker ?? "")?.[1];
    if (number !== undefined) return t("cut.lane.other", { number });
    return speaker ?? t("cut.lane.mine");
  }

  /** Speech of more than 0.6 s without a word; an empty segment waits for its words anyway. */
  private unwritten(): TemplateResult | typeof nothing {
    const { cuts, parts: { editor } } = this;
    const take = cuts.take(this.line.take);
    const kept = editor.lines.filter((line) => line.take === this.line.take);
    const inside = ([from, to]: [number, number]): boolean => kept.some(({ start_sample, duration_s, rate_hz }) => from >= start_sample && to <= start_sample + duration_s * rate_hz + 1);
    const left = (take?.unwritten ?? []).filter((span) => !inside(span));
    if (take === null || left.length === 0) return nothing;
    return html`<div class="transport" id="unwritten"><span class="small"><span class="ico ico--flag" aria-hidden="true"></span> ${t("cut.unwritten", { count: left.length })}</span>
      ${left.slice(0, MOST_UNWRITTEN).map((span) => {
        const [from_s, to_s] = span.map((sample) => sample / take.rate_hz) as [number, number];
        return html`<button type="button" class="btn btn--small" @click=${() => this.parts.sound.playTake(`${editor.data.api}/takes/${take.take}/audio`, { from_s, to_s })}><span class="ico ico--play" aria-hidden="true"></span>${clock(from_s)}–${clock(to_s)}</button>`;
      })}</div>`;
  }
}
