/** Events: marks under the wave form, how one is added, and the one in hand. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { sentenceFor, t, type Key } from "../messages";
import { oneDigit } from "../numbers";
import type { Cuts } from "../transcribe/cuts";
import { startOf, type Line } from "../transcribe/lines";
import { KINDS, rowsOf, type Marks } from "../transcribe/marks";
import type { Mark } from "../transcribe/server";
import { shareOf, type Stretch } from "../transcribe/window";
import { placed, type TimelineParts } from "./timeline";

const AT_HAND = 3; // kinds with a button of their own; the others are in a list
const LEAST = { wide: 0.08, narrow: 0.2 }; // share of the width a mark takes at least: a finger finds it, an eye reads it
const NARROW = matchMedia("(max-width: 48rem)");
const LANGUAGES = ["nan-TW", "cmn-TW", "hak-TW", "en", "ja"];

export function kindOf(kind: string): string {
  return sentenceFor("transcribe.kind.", kind, "transcribe.kind.noise");
}

/** A mark in words: its kind, its note, and its time in the segment in hand. */
function wordsOf({ kind, note, start_sample, end_sample }: Mark, line: Line): string {
  const [from, to] = [start_sample, end_sample].map((sample) => oneDigit((sample - line.start_sample) / line.rate_hz)) as [string, string];
  return t("transcribe.event.at", { kind: note === null ? kindOf(kind) : `${kindOf(kind)} ${note}`, from, to });
}

/** Every event that reaches into what is drawn. */
export function markLane(marks: Marks, line: Line, stretch: Stretch): TemplateResult | typeof nothing {
  const [from, to] = [stretch.from_s, stretch.to_s].map((s) => Math.round(s * line.rate_hz)) as [number, number];
  const shown = marks.of(line.take, from, to);
  if (shown.length === 0) return nothing;
  const least = NARROW.matches ? LEAST.narrow : LEAST.wide;
  const shares = shown.map(({ start_sample, end_sample }) => {
    const [start, end] = [start_sample, end_sample].map((sample) => Math.min(1, Math.max(0, shareOf(stretch, sample / line.rate_hz)))) as [number, number];
    const left = Math.min(start, 1 - least);
    return { from: left, to: Math.max(end, left + least) };
  });
  const rows = rowsOf(shares);
  return html`<ul class="tl tl--marks" id="marks" aria-label=${t("transcribe.events")} .style=${`--rows:${Math.max(...rows) + 1}`}>
    ${shown.map((mark, n) => html`<li .style=${`${placed(shares[n]!.from, shares[n]!.to)};--row:${rows[n]}`}><button type="button" data-mark=${mark.id} aria-pressed=${marks.chosen === mark.id} aria-label=${wordsOf(mark, line)} @click=${() => marks.choose(mark.id)} @keydown=${(event: KeyboardEvent) => byKey(event, marks, line, mark)}>${mark.note ?? kindOf(mark.kind)}</button></li>`)}
  </ul>`;
}

function byKey(event: KeyboardEvent, marks: Marks, line: Line, mark: Mark): void {
  if (event.key !== "Delete" && event.key !== "Backspace") return;
  event.preventDefault();
  void removed(marks, line, mark);
}

/** Remove an event; who did it by keys goes on where another one can be added. */
async function removed(marks: Marks, line: Line, mark: Mark): Promise<void> {
  if (await marks.remove(line.take, mark)) document.getElementById("add-laugh")?.focus();
}

/** Buttons that add an event over the chosen span, else at the cursor. */
export function markTools(marks: Marks, line: Line, at: () => number): TemplateResult {
  const add = (kind: string): void => void marks.add(line, kind, at());
  const other = (): void => add((document.getElementById("other-kind") as HTMLSelectElement).value);
  return html`<span class="row tl-add" role="group" aria-label=${t("transcribe.event.add")}>
    <button type="button" id="span" class="btn btn--small btn--quiet" aria-pressed=${marks.span !== null || marks.open !== null} @click=${() => marks.toggleSpan(at())}>${spanWords(marks)}</button>
    <span class="small muted">${t("transcribe.event.add")}</span>
    ${KINDS.slice(0, AT_HAND).map((kind) => html`<button type="button" id="add-${kind}" class="btn btn--small" @click=${() => add(kind)}>${kindOf(kind)}</button>`)}
    <span class="row tl-other"><select id="other-kind" class="select select--small" aria-label=${t("transcribe.event.other")}>${KINDS.slice(AT_HAND).map((kind) => html`<option value=${kind}>${kindOf(kind)}</option>`)}</select><button type="button" id="add-other" class="btn btn--small" @click=${other}>${t("transcribe.event.add-other")}</button></span>
  </span>`;
}

function spanWords({ span, open }: Marks): string {
  if (span !== null) return t("transcribe.span.drop", { from: oneDigit(span.from_s), to: oneDigit(span.to_s) });
  return open === null ? t("transcribe.span.from") : t("transcribe.span.to", { from: oneDigit(open) });
}

/** The event in hand: kind, edges, language, hear it, remove it. */
export function markPanel({ marks, sound }: TimelineParts, line: Line): TemplateResult | typeof nothing {
  const mark = marks.current;
  if (mark === null) return nothing;
  const start_s = startOf(line);
  const [from_s, to_s] = [mark.start_sample, mark.end_sample].map((sample) => sample / line.rate_hz - start_s) as [number, number];
  const shown = (sample: number): string => (sample / line.rate_hz - start_s).toFixed(2);
  const edge = (which: "from" | "to", value: number): TemplateResult => html`<label class="row small">${t(`transcribe.event.${which}`)} <input id="mark-${which}" class="input input--small num" type="number" step="0.1" .value=${value.toFixed(2)} @change=${(event: Event) => moved(event, which)} /></label>`;
  const moved = (event: Event, which: "from" | "to"): void => {
    const input = event.target as HTMLInputElement;
    const key = which === "from" ? "start_sample" : "end_sample";
    const sample = Math.round((input.valueAsNumber + start_s) * line.rate_hz);
    const as_kept = (): void => void (input.value = shown((marks.current ?? mark)[key])); // refused, it is as before
    if (Number.isNaN(sample)) as_kept();
    else void marks.change(line.take, { [key]: sample }).then(as_kept);
  };
  return html`<div class="transport" role="group" id="mark-panel" aria-label=${wordsOf(mark, line)}>
    <select id="mark-kind" class="select select--small" aria-label=${t("transcribe.event.kind")} @change=${(event: Event) => void marks.change(line.take, { kind: (event.target as HTMLSelectElement).value })}>${options(KINDS, marks.wanted ?? mark.kind, kindOf)}</select>
    ${edge("from", from_s)} ${edge("to", to_s)} <span class="small">${t("recorder.unit.s")}</span>
    ${mark.kind === "code-switch" ? html`<select id="mark-language" class="select select--small" aria-label=${t("transcribe.event.language")} @change=${(event: Event) => void marks.change(line.take, { language: (event.target as HTMLSelectElement).value })}>${options(LANGUAGES, mark.language, (tag) => t(`transcribe.language.${tag}` as Key))}</select>` : nothing}
    <button type="button" class="btn btn--small" @click=${() => sound.playPlace({ from_s: Math.max(0, from_s), to_s: Math.min(line.duration_s, to_s) })}><span class="ico ico--play" aria-hidden="true"></span>${t("transcribe.event.listen")}</button>
    <button type="button" id="mark-remove" class="btn btn--small btn--danger" @click=${() => void removed(marks, line, mark)}>${t("transcribe.event.remove")}</button>
  </div>`;
}

function options(values: readonly string[], chosen: string | null, name: (value: string) => string): TemplateResult[] {
  return values.map((value) => html`<option value=${value} .selected=${value === chosen}>${name(value)}</option>`);
}

/** What was just done, or why it was not: seen and said. */
export function told({ refusal, last }: Marks, cuts: Cuts | null, line: Line): TemplateResult {
  const against = refusal ?? cuts?.refusal ?? null;
  const done = cuts?.done ?? null;
  const words = against !== null
    ? sentenceFor("transcribe.not.", against, "transcribe.not.other", { code: against })
    : done !== null ? t(`cut.done.${done}`)
    : last === null ? "" : t(`transcribe.event.${last.done}`, { what: wordsOf(last.mark, line) });
  return html`<p class="told small ${against === null ? "" : "told--not"}" role="status" id="told">${words}</p>`;
}
