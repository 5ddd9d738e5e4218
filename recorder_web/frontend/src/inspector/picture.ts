/** A sound picture: wave form, spectrogram, level with its band, lanes and spans on one time line. Plain data in; what is done with it is the page's. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { t } from "../messages";
import { oneDigit, plain } from "../numbers";
import { shareOf, timeAt, type Stretch } from "../transcribe/window";
import type { BesideLane } from "./beside";
import { Curve } from "./curve";
import type { Pair, PictureData, PictureState } from "./data";
import { edgeAt, spanOf, withEdge, type Span } from "./evidence";
import { paintLane, rowsFor } from "./lanes";
import { Spectrum, frequencyRows } from "./spectrum";
import { showing, slid, ticks, zoomed } from "./stretch";
import { Tiles } from "./tiles";
import { paintWave, peakOf } from "./waveform";

export interface Flagged {
  severity: string;
  name: string;
  start_s: number;
  end_s: number;
}

export interface PictureParts {
  data: PictureData;
  duration_s: number;
  flagged: readonly Flagged[];
  inHand(): number; // number of the flagged span in hand, −1 for none
  evidence(): Span | null;
  at_s(): number;
  seek(at_s: number): void;
  select(span: Span | null): void;
  pick(number: number): void;
  redraw(): void;
  drawn(): void; // for the first time, all of it
  beside(): BesideLane | null; // the other person's track, where there is one
}

const DRAG_PX = 4; // less is a press
const REACH_PX = 6;
const LABEL_PX = 90;
const LOOK: Record<string, string> = { blocks: "stop", fix: "fix", flag: "flag" };
const ASK_MS = [500, 500, 1000, 1000, 2000];

export class Picture {
  stretch: Stretch;
  private readonly tiles: Tiles;
  private readonly spectrum: Spectrum;
  private readonly curve: Curve;
  private speech_s: Pair[];
  private frame = 0;
  private isDrawn = false;
  private press: { x: number; at_s: number; edge: "from_s" | "to_s" | null; dragged: boolean } | null = null;

  private readonly parts: PictureParts;

  constructor(parts: PictureParts) {
    this.parts = parts;
    const { data } = parts;
    this.stretch = { from_s: 0, to_s: parts.duration_s };
    this.speech_s = data.speech_s;
    this.tiles = new Tiles(data, () => this.soon());
    this.spectrum = new Spectrum(this.tiles, data);
    this.curve = new Curve(this.tiles, data);
    addEventListener("resize", () => this.soon());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.spectrum.forget();
      this.soon();
    });
    if (!this.isOver) void this.learn(0);
  }

  /** Whether nothing more is to be waited for: it is drawn, or cannot be. */
  private get isOver(): boolean {
    const { state } = this.parts.data;
    return state === "ready" || state === "failed";
  }

  /** Ask how far the picture is until it is there; the sound can be heard and judged meanwhile. */
  private async learn(asked: number): Promise<void> {
    const { data } = this.parts;
    const response = await fetch(data.address).catch(() => null);
    if (response?.ok) {
      const said = (await response.json()) as { state: PictureState; speech_s: Pair[] };
      [data.state, this.speech_s] = [said.state, said.speech_s];
      this.parts.redraw();
    }
    if (this.isOver) return;
    setTimeout(() => void this.learn(asked + 1), ASK_MS[asked] ?? 5_000);
  }

  show(stretch: Stretch): void {
    this.stretch = stretch;
    this.parts.redraw();
  }

  zoom(times: number, around_s = this.parts.at_s()): void {
    this.show(zoomed(this.stretch, times, around_s, this.parts.duration_s));
  }

  /** Turn the page when the head runs out of what is shown. */
  follow(at_s: number): void {
    const { from_s, to_s } = this.stretch;
    if (at_s < from_s || at_s > to_s) this.show(slid(this.stretch, (at_s - from_s) / (to_s - from_s), this.parts.duration_s));
  }

  bringIn(from_s: number, to_s: number): void {
    this.stretch = showing(this.stretch, from_s, to_s, this.parts.duration_s);
  }

  template(): TemplateResult {
    const { data } = this.parts;
    const peak = peakOf(this.tiles, data);
    return html`<div class="x-stack" @wheel=${this.wheel}>
      ${this.layer("wave", t("inspector.wave"), peak === null ? nothing : t("inspector.peak", { db: oneDigit(20 * Math.log10(Math.max(peak, 1e-5))) }), t("inspector.wave.what", { seconds: oneDigit(this.parts.duration_s), count: this.parts.flagged.length }))}
      ${this.layer("spec", t("inspector.spectrum"), `0–${frequencyRows(data.rate_hz) / 20} kHz`, t("inspector.spectrum.what"), this.frequencies())}
      ${this.layer("level", t("inspector.level"), html`LAeq ${plain(this.curve.step_s)} ${t("recorder.unit.s")}<br />${this.unit}`, this.levelSaid(), this.levels())}
      ${this.lane("speech", t("inspector.speaker"), this.speech_s)}
      ${data.others_s.length > 0 ? this.lane("others", t("inspector.others"), data.others_s) : nothing}
      ${this.parts.beside()?.template() ?? nothing}
      <div class="x-tl">${t("inspector.flagged")}<small aria-hidden="true">J K</small></div>
      ${this.spans()}
      <div></div>
      <div class="x-ax num" aria-hidden="true">${this.axis()}</div>
      ${this.over()}<i class="x-head-line" id="head"></i>
    </div>`;
  }

  private get unit(): string {
    return this.parts.data.scale.unit === "dBA" ? "dB(A)" : "dBFS(A)";
  }

  private layer(name: string, title: string, small: unknown, said: string, more: unknown = nothing): TemplateResult {
    return html`<div class="x-tl">${title}<small>${small}</small></div>
      <div class="x-tr x-${name}" @pointerdown=${this.down} @pointermove=${this.drag} @pointerup=${this.up} @pointercancel=${this.cancel}><canvas id=${name} role="img" aria-label=${said}></canvas>${more}${name === "spec" ? this.waiting() : nothing}</div>`;
  }

  private lane(name: string, title: string, spans: readonly Pair[]): TemplateResult {
    const seconds = spans.reduce((sum, [from_s, to_s]) => sum + to_s - from_s, 0);
    return html`<div class="x-tl">${title}</div>
      <div class="x-tr lane"><canvas id=${name} role="img" aria-label=${t("inspector.lane", { who: title, seconds: oneDigit(seconds), count: spans.length })}></canvas></div>`;
  }

  private waiting(): TemplateResult | typeof nothing {
    const { state } = this.parts.data;
    if (state === "ready") return nothing;
    return html`<p class="x-wait-for" role="status">${t(state === "failed" ? "inspector.picture.failed" : "inspector.picture.asked")}</p>`;
  }

  private frequencies(): TemplateResult {
    const highest = frequencyRows(this.parts.data.rate_hz) / 20;
    return html`${[8, 50, 92].map((y, at) => html`<span class="x-ylab l" aria-hidden="true" .style=${`--y:${y}`}>${(highest * (2 - at)) / 2}${at === 0 ? " kHz" : ""}</span>`)}`;
  }

  private levels(): unknown {
    const { low, high, band, level, uncertainty_db } = this.parts.data.scale;
    const { range } = this.curve;
    if (range === null) return nothing;
    const y = (db: number): string => `--y:${(100 * (range.top - db)) / (range.top - range.bottom)}`;
    const edge = (db: number | null, key: "inspector.edge.high" | "inspector.edge.low"): unknown => (db === null ? nothing : html`<span class="x-ylab" aria-hidden="true" .style=${y(db)}>${t(key, { db: plain(db) })}</span>`);
    const out = level !== null && ((high !== null && level >= high) || (low !== null && level < low));
    return html`<span class="x-ylab l" aria-hidden="true" .style=${"--y:8"}>${plain(range.top)}</span><span class="x-ylab l" aria-hidden="true" .style=${"--y:92"}>${plain(range.bottom)}</span>
      ${edge(high, "inspector.edge.high")}${edge(low, "inspector.edge.low")}
      ${low === null && high === null ? nothing : html`<span class="band band--${band} x-band" aria-hidden="true" .style=${y(((low ?? range.bottom) + (high ?? range.top)) / 2)}>${t(`band.${band}` as "band.low")}</span>`}
      ${level === null ? nothing : html`<span class="x-callout ${out ? "is-out" : ""}" aria-hidden="true">${t("inspector.level.whole", { level: oneDigit(level), u: uncertainty_db === null ? "–" : oneDigit(uncertainty_db), unit: this.unit })}</span>`}`;
  }

  private levelSaid(): string {
    const { level, uncertainty_db } = this.parts.data.scale;
    const highest = this.curve.highest();
    if (level === null || highest === null) return t("inspector.level");
    return t("inspector.level.what", { level: oneDigit(level), u: oneDigit(uncertainty_db ?? 0), highest: oneDigit(highest), unit: this.unit });
  }

  private spans(): TemplateResult {
    const { flagged } = this.parts;
    const width = document.getElementById("wave")?.clientWidth ?? 600;
    const rows = rowsFor(flagged, ((this.stretch.to_s - this.stretch.from_s) * LABEL_PX) / width);
    return html`<div class="x-tr spans" .style=${`--rows:${Math.max(1, ...rows.map((row) => row + 1))}`}>
      ${flagged.map((span, at) => {
        const [from, to] = [shareOf(this.stretch, span.start_s), shareOf(this.stretch, span.end_s)];
        if (to < 0 || from > 1) return nothing;
        const look = LOOK[span.severity] ?? "flag";
        const on = this.parts.inHand() === at;
        return html`<button type="button" class="x-def ${look} ${on ? "is-on" : ""}" aria-current=${on ? "true" : nothing} .style=${`${placed(Math.max(0, from), Math.min(1, to))};--row:${rows[at]}`} @click=${() => this.parts.pick(at)}><span class="ico ico--${look}" aria-hidden="true"></span>${span.name} <span class="num">${span.start_s.toFixed(2)}–${span.end_s.toFixed(2)}</span></button>`;
      })}
      ${flagged.length === 0 ? html`<span class="x-none">${t("inspector.no-spans")}</span>` : nothing}
    </div>`;
  }

  private axis(): unknown {
    const { times, digits } = ticks(this.stretch, 8);
    return times.filter((at_s) => shareOf(this.stretch, at_s) < 0.97).map((at_s) => html`<span .style=${placed(shareOf(this.stretch, at_s), 0)}>${timeSaid(at_s, digits)}</span>`);
  }

  private over(): unknown {
    const span = this.parts.evidence();
    if (span === null) return nothing;
    const [from, to] = [shareOf(this.stretch, span.from_s), shareOf(this.stretch, span.to_s)].map((share) => Math.min(1, Math.max(0, share))) as [number, number];
    return to <= from ? nothing : html`<i class="x-over" .style=${placed(from, to)}></i>`;
  }

  private soon(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.parts.redraw());
  }

  /** Draw everything; the page asks for it after each change. */
  paint(): void {
    const { data } = this.parts;
    const canvas = (id: string): HTMLCanvasElement | null => document.querySelector(`canvas#${id}`);
    const [wave, spec, level, speech, others] = ["wave", "spec", "level", "speech", "others"].map(canvas);
    if (!wave || !spec || !level || !speech) return;
    paintWave(wave, this.tiles, data, this.stretch);
    this.spectrum.paint(spec, this.stretch);
    this.curve.paint(level, this.stretch);
    paintLane(speech, this.speech_s, this.stretch, false);
    if (others) paintLane(others, data.others_s, this.stretch, true);
    this.parts.beside()?.paint(this.stretch);
    this.moveHead();
    if (!this.isDrawn && this.curve.range !== null && this.tiles.coming === 0) {
      this.isDrawn = true;
      performance.mark("picture drawn"); // what `benchmarks.inspector` waits for
      this.parts.drawn();
    }
  }

  /** The head alone, for every frame while it plays. */
  moveHead(): void {
    const share = shareOf(this.stretch, this.parts.at_s());
    const head = document.getElementById("head");
    if (head === null) return;
    head.hidden = share < 0 || share > 1;
    head.style.setProperty("--x", `${(100 * share).toFixed(3)}`);
  }

  private timeOf(event: PointerEvent | WheelEvent): number {
    const { left, width } = document.getElementById("wave")!.getBoundingClientRect();
    return Math.min(this.parts.duration_s, Math.max(0, timeAt(this.stretch, (event.clientX - left) / width)));
  }

  private readonly down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const at_s = this.timeOf(event);
    const { width } = document.getElementById("wave")!.getBoundingClientRect();
    const edge = edgeAt(this.parts.evidence(), at_s, (REACH_PX / width) * (this.stretch.to_s - this.stretch.from_s));
    this.press = { x: event.clientX, at_s, edge, dragged: false };
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
  };

  private readonly drag = (event: PointerEvent): void => {
    if (this.press === null || (!this.press.dragged && Math.abs(event.clientX - this.press.x) < DRAG_PX)) return;
    this.press.dragged = true;
    const [at_s, { edge }] = [this.timeOf(event), this.press];
    this.parts.select(edge === null ? spanOf(this.press.at_s, at_s, this.parts.duration_s) : withEdge(this.parts.evidence(), edge, at_s, this.parts.duration_s));
  };

  private readonly up = (event: PointerEvent): void => {
    if (this.press !== null && !this.press.dragged) this.parts.seek(this.timeOf(event));
    this.press = null;
  };

  private readonly cancel = (): void => {
    this.press = null;
  };

  /** With Ctrl it zooms where the pointer is, sideways it slides; else the page scrolls. */
  private readonly wheel = (event: WheelEvent): void => {
    if (event.ctrlKey) this.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.timeOf(event));
    else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.show(slid(this.stretch, event.deltaX / 600, this.parts.duration_s));
    else return;
    event.preventDefault();
  };
}

/** Where something lies, in percent of the width; the content security policy allows no style in the page. */
function placed(from: number, to: number): string {
  return `--x:${(100 * from).toFixed(3)};--w:${(100 * (to - from)).toFixed(3)}`;
}

function timeSaid(at_s: number, digits: number): string {
  if (at_s < 60) return `${at_s.toFixed(digits)} ${t("recorder.unit.s")}`;
  const [minutes, rest] = [Math.floor(at_s / 60), (at_s % 60).toFixed(digits)];
  return `${minutes}:${rest.padStart(digits === 0 ? 2 : digits + 3, "0")}`;
}
