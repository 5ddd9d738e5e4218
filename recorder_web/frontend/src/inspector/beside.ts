/** The other person's track in the time of an item: a lane of speech, a wave form, and which of the two is heard. Fetched where there is one. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { t, type Key } from "../messages";
import { oneDigit } from "../numbers";
import { Channels } from "../tracks/channels";
import { BOTH, offSaid, toggled, type Caps, type Hearing, type Side, type Way } from "../tracks/hearing";
import { rightOf } from "../tracks/stereo";
import type { Stretch } from "../transcribe/window";
import { hearingTools } from "../ui/hearing";
import { sheetOf } from "./canvas";
import type { BesideData } from "./data";
import { paintLane } from "./lanes";

const LOWEST_PEAK = 0.02; // of full scale: what is quieter is not drawn larger still
const KEYS: Caps = { solo: { mine: "O", theirs: "P" }, mute: { mine: "⇧O", theirs: "⇧P" } };

export class BesideLane {
  hearing: Hearing = BOTH;
  readonly isHeard: boolean;
  private theirs: Int16Array | null = null;
  private peak = LOWEST_PEAK;
  private state: BesideData["state"] | "offline";
  private channels: Channels | null = null;

  private readonly data: BesideData;
  private readonly duration_s: number;
  private readonly redraw: () => void;

  constructor(data: BesideData, duration_s: number, audio: HTMLAudioElement, redraw: () => void) {
    [this.data, this.duration_s, this.redraw, this.state] = [data, duration_s, redraw, data.state];
    this.isHeard = data.state === "aligned" || data.state === "clock";
    if (!this.isHeard) return;
    this.channels = new Channels(audio);
    const alone = audio.src;
    audio.src = data.audio;
    audio.addEventListener("error", () => this.lost(() => (audio.src = alone)), { once: true }); // the item is judged all the same
    void this.read();
  }

  private async read(): Promise<void> {
    const response = await fetch(this.data.audio).catch(() => null);
    if (!response?.ok) return this.lost();
    this.theirs = rightOf(await response.arrayBuffer());
    this.peak = this.theirs.reduce((most, code) => Math.max(most, Math.abs(code) / 32768), LOWEST_PEAK);
    this.redraw();
  }

  private lost(otherwise: () => void = () => undefined): void {
    otherwise();
    this.state = "offline";
    this.redraw();
  }

  private readonly set = (hearing: Hearing): void => {
    this.hearing = hearing;
    this.channels?.set(hearing);
    this.redraw();
  };

  toggle(way: Way, side: Side): void {
    if (this.isHeard) this.set(toggled(this.hearing, way, side));
  }

  template(): TemplateResult {
    const { off_ms, speech_s } = this.data;
    const seconds = speech_s.reduce((sum, [from_s, to_s]) => sum + to_s - from_s, 0);
    const title = t("inspector.others");
    return html`${this.isHeard ? html`<div class="x-tl">${title}</div>
        <div class="x-tr x-beside"><canvas id="wave-beside" role="img" aria-label=${t("inspector.side.wave")}></canvas></div>
        <div class="x-tl" aria-hidden="true"></div>
        <div class="x-tr lane"><canvas id="speech-beside" role="img" aria-label=${t("inspector.lane", { who: title, seconds: oneDigit(seconds), count: speech_s.length })}></canvas></div>` : nothing}
      <div class="x-tl"></div>
      <p class="x-beside-state" role="status" id="beside-state" data-state=${this.state}>${t(`inspector.side.${this.state}` as Key, { ms: offSaid(off_ms) })}</p>`;
  }

  tools(): TemplateResult | typeof nothing {
    return this.isHeard ? hearingTools(this.hearing, { mine: t("inspector.speaker"), theirs: t("inspector.others") }, this.set, KEYS) : nothing;
  }

  paint(stretch: Stretch): void {
    const [wave, speech] = ["wave-beside", "speech-beside"].map((id) => document.getElementById(id) as HTMLCanvasElement | null);
    if (speech) paintLane(speech, this.data.speech_s, stretch, true);
    if (wave && this.theirs !== null) this.paintWave(wave, this.theirs, stretch);
  }

  /** Lowest and highest sample over every pixel: an item has half a minute at most, so all of them are at hand. */
  private paintWave(canvas: HTMLCanvasElement, codes: Int16Array, stretch: Stretch): void {
    const { pen, width, height, colour } = sheetOf(canvas, stretch);
    pen.fillStyle = colour("--ink-2");
    pen.fillRect(0, Math.floor(height / 2), width, 1);
    const per_s = codes.length / this.duration_s;
    const [first, step] = [stretch.from_s * per_s, ((stretch.to_s - stretch.from_s) * per_s) / width];
    const y = (code: number): number => (height / 2) * (1 - (0.94 * code) / 32768 / this.peak);
    for (let x = 0; x < width; x++) {
      const [from, to] = [Math.max(0, Math.floor(first + x * step)), Math.min(codes.length, Math.ceil(first + (x + 1) * step))];
      let [low, high] = [32767, -32768];
      for (let at = from; at < to; at++) [low, high] = [Math.min(low, codes[at]!), Math.max(high, codes[at]!)];
      if (low <= high) pen.fillRect(x, y(high), 1, Math.max(1, y(low) - y(high)));
    }
  }
}
