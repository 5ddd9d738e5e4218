/** The sound card: wave form, segments around the one in hand, events, and what can be done with them. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { t } from "../messages";
import { clock, oneDigit } from "../numbers";
import type { Editor } from "../transcribe/editor";
import { isFree, numberOf, startOf, type Line } from "../transcribe/lines";
import { spanBetween, type Marks } from "../transcribe/marks";
import { SPEEDS, type Place, type Sound } from "../transcribe/sound";
import type { Server } from "../transcribe/server";
import { shareOf, stretchOf, TakeWave, ticksOf, timeAt, type Stretch } from "../transcribe/window";
import { drawWave, type Mark as Shade } from "../wave";
import type { CutDesk } from "./cuts";
import type { TwoTracks } from "./two-tracks";
import { markLane, markPanel, markTools, told } from "./marks";

const DRAG_PX = 5; // less is a click

/** Where something is drawn, in percent of the width; the content security policy allows no style in the page. */
export function placed(from: number, to: number): string {
  return `--x:${(100 * from).toFixed(2)}%;--w:${(100 * (to - from)).toFixed(2)}%`;
}

export interface TimelineParts {
  editor: Editor;
  sound: Sound;
  marks: Marks;
  server: Server;
  cutAnew(take: string): void; // "": a cut has begun
  problem(): Place | null; // where the problem in hand is spoken
  caret(): number;
  redraw(): void;
}

export class Timeline {
  desk: CutDesk | null = null; // for free speech alone, and fetched for it
  tracks: TwoTracks | null = null; // for a dialogue alone
  private readonly parts: TimelineParts;
  private readonly wave: TakeWave;
  private readonly free: boolean;
  private frame = 0;
  private press: { x: number; at_s: number; dragged: boolean } | null = null;

  constructor(parts: TimelineParts) {
    this.parts = parts;
    this.free = isFree(parts.editor.data);
    this.wave = new TakeWave(parts.editor.data.api, parts.redraw);
    if (this.free) void this.fetchDesk();
    if (parts.editor.data.claim.style === "dialogue") void this.fetchTracks();
  }

  private async fetchDesk(): Promise<void> {
    const { CutDesk } = await import("./cuts");
    this.desk = new CutDesk(this.parts, this.parts.server, () => this.stretch());
    this.parts.redraw();
  }

  private async fetchTracks(): Promise<void> {
    const { TwoTracks } = await import("./two-tracks");
    this.tracks = new TwoTracks(this.parts, this.wave);
    this.parts.redraw();
  }

  /** Where the cursor is in the segment in hand. */
  get at_s(): number {
    return Math.min(this.parts.sound.audio.currentTime, this.line.duration_s);
  }

  private get line(): Line {
    return this.parts.editor.current;
  }

  private stretch(): Stretch {
    const take = this.desk?.cuts.take(this.line.take);
    return stretchOf(this.line, take == null ? null : take.frames / take.rate_hz);
  }

  load(): void {
    const { sound, marks } = this.parts;
    this.tracks?.load(this.line.take);
    sound.load(this.line, this.tracks?.address(this.line));
    void marks.load(this.line.take);
    void this.desk?.cuts.load(this.line.take);
  }

  card(): TemplateResult {
    const stretch = this.stretch();
    return html`<section class="card card--flush" aria-label=${t("transcribe.sound")}>
      <div class="wave-view">
        ${this.free ? html`<div class="tl tl--ticks num" aria-hidden="true">${ticksOf(stretch).map((at_s) => html`<span .style=${placed(shareOf(stretch, at_s), 0)}>${clock(at_s).slice(0, -2)}</span>`)}</div>` : nothing}
        <div class="tl">${this.canvas()}${this.desk?.overlay(stretch) ?? nothing}</div>
        ${this.desk?.lanes(stretch) ?? nothing}
        ${this.tracks?.lane(this.line, stretch) ?? nothing}
        ${markLane(this.parts.marks, this.line, stretch)}
        ${this.tracks?.words(this.line, stretch) ?? nothing}
      </div>
      ${this.transport()}
      ${markPanel(this.parts, this.line)}
      ${this.desk?.tools(this.at_s) ?? nothing}
      ${told(this.parts.marks, this.desk?.cuts ?? null, this.line)}
    </section>`;
  }

  private canvas(): TemplateResult {
    const label = t("transcribe.wave", { at: numberOf(this.parts.editor.data, this.parts.editor.lines, this.line), seconds: oneDigit(this.line.duration_s) });
    return html`<canvas id="wave" class="wave-canvas" role="img" aria-label=${label} @pointerdown=${this.down} @pointermove=${this.drag} @pointerup=${this.up} @pointercancel=${this.cancel}></canvas>`;
  }

  private transport(): TemplateResult {
    const { sound, marks } = this.parts;
    const { paused, playbackRate, loop } = sound.audio;
    return html`<div class="transport">
      <button type="button" id="play" class="btn btn--primary btn--small" aria-pressed=${!paused} @click=${() => sound.toggle()}><span class="ico ico--${paused ? "play" : "pause"}" aria-hidden="true"></span>${t(paused ? "transcribe.play" : "transcribe.pause")}</button>
      <span class="num"><b id="now"></b> / ${oneDigit(this.line.duration_s)} ${t("recorder.unit.s")}</span>
      <span class="segmented" role="group" aria-label=${t("transcribe.speed")}>
        ${SPEEDS.map((speed) => html`<button type="button" aria-pressed=${playbackRate === speed} @click=${() => sound.setSpeed(speed)}>${speed}×</button>`)}
      </span>
      <button type="button" id="loop" class="btn btn--small" aria-pressed=${loop} @click=${() => sound.toggleLoop()}><span class="ico ico--redo" aria-hidden="true"></span>${t(loop ? "transcribe.loop-on" : "transcribe.loop-off")}</button>
      ${this.tracks?.tools(this.line) ?? nothing}
      ${markTools(marks, this.line, () => this.at_s)}
    </div>`;
  }

  paint(): void {
    cancelAnimationFrame(this.frame);
    const canvas = document.getElementById("wave") as HTMLCanvasElement | null;
    if (canvas === null) return;
    const { sound } = this.parts;
    sound.tick();
    const [{ currentTime, paused }, stretch] = [sound.audio, this.stretch()];
    const peaks = this.free ? this.wave.peaks(this.line, stretch) : sound.peaks(this.line);
    const head = shareOf(stretch, startOf(this.line) + currentTime);
    drawWave(canvas, peaks, this.shades(stretch), head);
    this.tracks?.paint(this.line, stretch, head);
    document.getElementById("now")!.textContent = oneDigit(currentTime); // the template leaves it empty: it changes with every frame
    if (!paused) this.frame = requestAnimationFrame(() => this.paint());
  }

  /** Where events last, the problem in hand, and the span that was chosen. */
  private shades(stretch: Stretch): Shade[] {
    const { marks } = this.parts;
    const open = marks.open === null ? null : spanBetween(marks.open, this.at_s);
    const [problem, span] = [this.parts.problem(), marks.span ?? open];
    const shade = ({ from_s, to_s }: Place, colour: string): Shade => {
      const start = startOf(this.line);
      return { from: shareOf(stretch, start + from_s), to: shareOf(stretch, start + to_s), colour };
    };
    const [from, to] = [stretch.from_s, stretch.to_s].map((s) => Math.round(s * this.line.rate_hz)) as [number, number];
    const heard = marks.of(this.line.take, from, to).map(({ start_sample, end_sample }): Shade => ({ from: shareOf(stretch, start_sample / this.line.rate_hz), to: shareOf(stretch, end_sample / this.line.rate_hz), colour: "--flag-soft" }));
    return [...heard, ...(problem ? [shade(problem, "--accent-soft")] : []), ...(span ? [shade(span, "--flag-soft")] : [])];
  }

  /** The time under a pointer, in the segment in hand. */
  private under(event: PointerEvent): number {
    const { left, width } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const at_s = timeAt(this.stretch(), (event.clientX - left) / width) - startOf(this.line);
    return Math.max(0, Math.min(at_s, this.line.duration_s));
  }

  private readonly down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.press = { x: event.clientX, at_s: this.under(event), dragged: false };
  };

  private readonly drag = (event: PointerEvent): void => {
    if (this.press === null) return;
    this.press.dragged ||= Math.abs(event.clientX - this.press.x) > DRAG_PX;
    if (!this.press.dragged) return;
    Object.assign(this.parts.marks, { span: spanBetween(this.press.at_s, this.under(event)), open: null });
    this.paint();
  };

  private readonly up = (event: PointerEvent): void => {
    if (this.press === null) return;
    if (!this.press.dragged) this.seekTo(this.under(event));
    this.press = null;
    this.parts.redraw();
  };

  private readonly cancel = (): void => {
    this.press = null;
  };

  seekTo(at_s: number): void {
    this.parts.sound.goTo(at_s, this.line.duration_s);
    this.paint();
  }
}
