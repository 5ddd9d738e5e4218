/** The other person's track under one's own: wave form, segments with their words, and which of the two is heard. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { t, type Key } from "../messages";
import { clock } from "../numbers";
import { Channels } from "../tracks/channels";
import { BOTH, offSaid, toggled, type Hearing, type Side, type Way } from "../tracks/hearing";
import { BesideTakes } from "../transcribe/beside";
import type { Line } from "../transcribe/lines";
import type { Beside, BesidePart } from "../transcribe/server";
import { shareOf, type Stretch, type TakeWave } from "../transcribe/window";
import { drawWave } from "../wave";
import { hearingTools } from "./hearing";
import { placed, type TimelineParts } from "./timeline";

const LAID = ["aligned", "clock"];

export class TwoTracks {
  hearing: Hearing = BOTH;
  private readonly parts: TimelineParts;
  private readonly wave: TakeWave;
  private readonly takes: BesideTakes;
  private channels: Channels | null = null;

  constructor(parts: TimelineParts, wave: TakeWave) {
    this.parts = parts;
    this.wave = wave;
    this.takes = new BesideTakes(parts.server, (take, again) => {
      if (again) void parts.marks.load(take, true); // where both speak is known by now
      parts.redraw();
    });
    parts.sound.audio.addEventListener("error", () => {
      const { take } = parts.editor.current;
      if (this.isLaid(parts.editor.current)) void this.takes.read(take); // perhaps it was taken back
    });
  }

  load(take: string): void {
    this.takes.load(take);
  }

  private of({ take }: Line): Beside | null {
    return this.takes.of(take);
  }

  private isLaid(line: Line): boolean {
    return LAID.includes(this.of(line)?.state ?? "none");
  }

  /** Where both are heard in one sound; null where only mine is there. */
  address(line: Line): string | null {
    if (!this.isLaid(line)) return null;
    this.channels ??= new Channels(this.parts.sound.audio);
    return `${this.parts.editor.data.api}/segments/${line.id}/beside/audio?v=${line.version}`; // other edges are other sound
  }

  /** By keys; nothing where there is one track. */
  toggle(way: Way, side: Side): void {
    if (this.isLaid(this.parts.editor.current)) this.set(toggled(this.hearing, way, side));
  }

  private readonly set = (hearing: Hearing): void => {
    this.hearing = hearing;
    this.channels?.set(hearing);
    this.parts.redraw();
  };

  private nameOf({ who }: Beside): string {
    return who ?? t("side.theirs");
  }

  tools(line: Line): TemplateResult | typeof nothing {
    if (!this.isLaid(line)) return nothing;
    return hearingTools(this.hearing, { mine: t("side.mine"), theirs: this.nameOf(this.of(line)!) }, this.set);
  }

  /** Their segments over their wave form. */
  lane(line: Line, stretch: Stretch): TemplateResult | typeof nothing {
    if (!this.isLaid(line)) return nothing;
    const who = this.nameOf(this.of(line)!);
    return html`<div class="tl tl--other" id="beside" role="group" aria-label=${t("side.track", { who })}><canvas id="wave-beside" class="wave-canvas" role="img" aria-label=${t("side.track", { who })}></canvas>
        <span class="small tl-who" aria-hidden="true">${who}</span>${this.shown(line, stretch).map((part) => this.block(part, line, stretch, who))}</div>`;
  }

  /** How far the two tracks are, and what the other person says in what is drawn. */
  words(line: Line, stretch: Stretch): TemplateResult | typeof nothing {
    const beside = this.of(line);
    if (beside === null || beside.state === "none") return nothing;
    const shown = this.isLaid(line) ? this.shown(line, stretch) : [];
    return html`<p class="small muted" role="status" id="beside-state" data-state=${beside.state}>${beside.state === "clock" ? html`<span class="ico ico--flag" aria-hidden="true"></span> ` : nothing}${t(`side.state.${beside.state}` as Key, { ms: offSaid(beside.off_ms) })}</p>
      ${shown.length > 0 ? this.said(shown, line, this.nameOf(beside)) : nothing}`;
  }

  private shown(line: Line, stretch: Stretch): BesidePart[] {
    return this.of(line)!.segments.filter((part) => this.shares(part, line, stretch) !== null);
  }

  private shares({ start_sample, end_sample }: BesidePart, { rate_hz }: Line, stretch: Stretch): [number, number] | null {
    const [from, to] = [start_sample, end_sample].map((sample) => Math.min(1, Math.max(0, shareOf(stretch, sample / rate_hz)))) as [number, number];
    return from < to ? [from, to] : null;
  }

  private wordsOf({ text }: BesidePart): string {
    return text === null ? t("side.private") : text || t("side.unwritten");
  }

  private block(part: BesidePart, line: Line, stretch: Stretch, who: string): TemplateResult {
    const [from, to] = this.shares(part, line, stretch)!;
    const times = { from: clock(part.start_sample / line.rate_hz), to: clock(part.end_sample / line.rate_hz) };
    return html`<button type="button" class="tl-part" data-beside=${part.id} aria-label=${t("side.listen-to", { who, ...times })} .style=${placed(from, to)} @click=${() => this.listen(part, line)}></button>`;
  }

  /** Read only: whoever spoke a track writes its words. */
  private said(parts: readonly BesidePart[], line: Line, who: string): TemplateResult {
    return html`<ul class="said-beside" id="said-beside" aria-label=${t("side.said", { who })}>${parts.map((part) => html`<li><button type="button" class="btn btn--small btn--quiet num" @click=${() => this.listen(part, line)}><span class="ico ico--play" aria-hidden="true"></span>${clock(part.start_sample / line.rate_hz)}–${clock(part.end_sample / line.rate_hz)}</button><span class=${part.text ? "read--s" : "small muted"} lang=${part.text ? this.parts.editor.data.claim.variety : nothing}>${this.wordsOf(part)}</span></li>`)}</ul>`;
  }

  private listen({ start_sample, end_sample }: BesidePart, { take, rate_hz }: Line): void {
    this.parts.sound.playTake(`${this.parts.editor.data.api}/takes/${take}/beside/audio`, { from_s: start_sample / rate_hz, to_s: end_sample / rate_hz });
  }

  paint(line: Line, stretch: Stretch, at: number): void {
    const canvas = document.getElementById("wave-beside") as HTMLCanvasElement | null;
    if (canvas !== null) drawWave(canvas, this.wave.peaks(line, stretch, "beside/audio"), [], at, "--ink-3");
  }
}
