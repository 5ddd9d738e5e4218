/** What is wrong with the text in hand: one card for the problem in hand, a list of the others, what a fix just did. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { sentenceFor, t } from "../messages";
import { oneDigit } from "../numbers";
import type { Editor } from "../transcribe/editor";
import { inHand, type Line, type Made } from "../transcribe/lines";
import { kindOf } from "./marks";
import { faces } from "../transcribe/shortcuts";
import type { Place } from "../transcribe/sound";
import { drawnSpan, grouped, type Group, type Violation } from "../transcribe/text";

/** What the rows and cards may ask of the page around them. */
export interface Hands {
  composing(): boolean;
  typed(): string;
  undo(): void;
  history(line: Line): void;
  place(line: Line, violation: Violation): Place;
  listen(place: Place): void;
  chord(nth: number): string | null;
  find(): void; // characters for the romanised word in hand
  note(line: Line, index: number): Promise<void>; // a note in the text becomes an event
}

// rules whose sentence is built from what the check measured; a finding of theirs has limit and unit instead
const WITH_FACTS = ["RATE-HI", "RATE-LO", "DUP-RUN", "LEN-MAX", "VRB-FILL", "VRB-CLEAN", "VRB-PROMPT"];
const BLANK = /^[\p{Z}\s]+$/u;
const UNSEEN = /^[\p{Z}\p{C}\s]+$/u;

/** Characters so that they can be seen: a blank by its name, an invisible one by its code. */
export function visible(text: string, codepoints: readonly string[]): string {
  if (text === "" || !UNSEEN.test(text)) return text;
  return BLANK.test(text) ? t("transcribe.blank") : codepoints.join(" ");
}

export function reasonOf(violation: Violation): string {
  const { rule, found, facts, codepoints } = violation;
  const prefix = WITH_FACTS.includes(rule) ? "transcribe.rule." : "finding.transcript.";
  return sentenceFor(prefix, rule.toLowerCase(), "transcribe.rule-other", { rule, ...facts, x: visible(found, codepoints) });
}

export function shortOf(rule: string): string {
  return sentenceFor("finding.transcript.", `${rule.toLowerCase()}.short`, "transcribe.rule-short", { rule });
}

/** The problem in hand, then the others. */
export function problems(editor: Editor, hands: Hands): TemplateResult {
  const line = editor.current;
  const now = inHand(line);
  return html`<div class="stack" id="problems">
    ${now === null ? none(line) : fixCard(editor, hands, line, now)}
    ${line.violations !== null && line.violations.length > 1 ? others(editor, line, now!) : nothing}
    ${safeCount(line) > 0 ? fixAll(editor, line) : nothing}
    ${line.unclear === null ? nothing : html`<p class="small muted" id="unclear">${t("transcribe.unclear", line.unclear)}</p>`}
    <p class="small muted hint">${t("transcribe.problems.hint")}</p>
  </div>`;
}

function none(line: Line): TemplateResult {
  const words = line.text === "" ? "transcribe.problems.empty" : line.checking === "done" ? "transcribe.problems.none" : "transcribe.chip.checking";
  return html`<section class="card" aria-labelledby="problems-title"><h2 class="h2" id="problems-title">${t("transcribe.problems")}</h2><p class="muted">${t(words)}</p></section>`;
}

function fixCard(editor: Editor, hands: Hands, line: Line, index: number): TemplateResult {
  const violation = line.violations![index]!;
  const error = violation.severity === "error";
  const place = hands.place(line, violation);
  const all = line.violations!.length;
  return html`<section class="card fix-card" aria-labelledby="fix-title" id="fix-card" data-rule=${violation.rule}>
    <div class="row row--between">
      <h2 class="h2" id="fix-title">${shortOf(violation.rule)}</h2>
      <span class="chip chip--${error ? "stop" : "flag"}"><span class="ico ico--${error ? "stop" : "flag"}" aria-hidden="true"></span>${t("transcribe.fix.at", { at: index + 1, all })}</span>
    </div>
    <p id="fix-reason">${reasonOf(violation)}</p>
    ${violation.fix === "ask" ? choices(editor, hands, line, index) : nothing}
    ${violation.fix === "safe" ? swap(editor, hands, line, index) : nothing}
    <div class="row row--between">
      <button type="button" id="listen" class="btn btn--small" @click=${() => hands.listen(place)}><span class="ico ico--play" aria-hidden="true"></span>${t("transcribe.fix.listen", { from: oneDigit(place.from_s), to: oneDigit(place.to_s) })}</button>
      ${all > 1 ? html`<button type="button" id="skip" class="btn btn--small btn--quiet" @click=${() => editor.select((index + 1) % all)}>${t("transcribe.fix.skip")}</button>` : nothing}
    </div>
    <p class="small muted">${t(error ? "transcribe.must" : "transcribe.may")}　<span class="num">${violation.rule}</span></p>
  </section>`;
}

/** Only a listener knows: nothing is chosen beforehand. */
function choices(editor: Editor, hands: Hands, line: Line, index: number): TemplateResult {
  const { candidates, rule, facts, found } = line.violations![index]!;
  const note = rule === "TAG-INLINE";
  return html`<p class="muted">${t(note ? "transcribe.fix.note" : "transcribe.fix.heard")}</p>
    <div class="choices" role="group" aria-label=${t("transcribe.fix.heard")}>
      ${note ? html`<button type="button" class="choice" id="to-event" @click=${() => void hands.note(line, index)}>${keysOf(hands.chord(1))}<b>${t("transcribe.fix.to-event", { kind: kindOf(facts["event"] || "noise"), found })}</b></button>` : nothing}
      ${candidates.map((choice, n) => html`<button type="button" class="choice" data-choice=${choice} @click=${() => editor.fix(line, [index], choice)}>${keysOf(hands.chord(n + (note ? 2 : 1)))}<b lang=${editor.data.claim.variety}>${choice === "" ? t("transcribe.delete") : choice}</b></button>`)}
    </div>
    ${rule === "LAT-TL" ? html`<button type="button" class="btn btn--small" @click=${() => hands.find()}>${t("transcribe.han.find")}</button>` : nothing}`;
}

function swap(editor: Editor, hands: Hands, line: Line, index: number): TemplateResult {
  const { found, codepoints, replacement } = line.violations![index]!;
  return html`<p class="swap" lang=${editor.data.claim.variety}><del>${visible(found, codepoints)}</del><span aria-hidden="true">→</span><ins>${shown(replacement ?? "")}</ins></p>
    <button type="button" id="fix-one" class="btn btn--block" @click=${() => editor.fix(line, [index], replacement ?? "")}>${keysOf(hands.chord(1))}<span>${t("transcribe.fix.one")}</span></button>`;
}

export function keysOf(chord: string | null): TemplateResult {
  return html`<span class="row only-desk">${faces(chord ?? "").map((face) => (face === "" ? nothing : html`<kbd class="kbd">${face}</kbd>`))}</span>`;
}

function shown(text: string): string {
  if (text === "") return t("transcribe.delete");
  return BLANK.test(text) ? t("transcribe.blank") : text;
}

function others(editor: Editor, line: Line, now: number): TemplateResult {
  const rest = grouped(line.violations!).filter(({ indexes }) => !(indexes.length === 1 && indexes[0] === now));
  if (rest.length === 0) return html``;
  return html`<section class="card problems" aria-labelledby="others-title">
    <h2 class="h2" id="others-title">${t("transcribe.others")}</h2>
    <ol class="viol-list">${rest.map((group) => other(editor, line, group))}</ol>
  </section>`;
}

function other(editor: Editor, line: Line, { violation, indexes }: Group): TemplateResult {
  const { severity, rule, found, codepoints, fix, replacement } = violation;
  const error = severity === "error";
  const at = found === "" ? line.text.slice(...drawnSpan(line.text, violation)) : visible(found, codepoints);
  const look = html`<button type="button" class="btn btn--small" @click=${() => editor.select(indexes[0]!)}>${t(fix === "ask" ? "transcribe.pick" : "transcribe.look")}</button>`;
  const mend = html`<button type="button" class="btn btn--small" @click=${() => editor.fix(line, indexes, replacement ?? "")}>${t("transcribe.fix.one")}</button>`;
  return html`<li data-rule=${rule}>
    <span class="ico ico--${error ? "stop" : "flag"}" role="img" aria-label=${t(error ? "transcribe.must" : "transcribe.may")}></span>
    <q lang=${editor.data.claim.variety}>${at}</q>
    <span class="small">${shortOf(rule)}${fix === "safe" ? html` → <b lang=${editor.data.claim.variety}>${shown(replacement ?? "")}</b>` : nothing}<br /><span class="muted">${rule}${indexes.length > 1 ? html`　${t("transcribe.fix.places", { count: indexes.length })}` : nothing}</span></span>
    <span class="row">${fix === "safe" ? mend : look}</span>
  </li>`;
}

function safeCount({ violations }: Line): number {
  return (violations ?? []).filter(({ fix }) => fix === "safe").length;
}

function fixAll(editor: Editor, line: Line): TemplateResult {
  return html`<button type="button" id="fix-safe" class="btn btn--block" @click=${() => editor.fixSafe(line)}><span class="ico ico--check" aria-hidden="true"></span>${t("transcribe.fix-safe", { count: safeCount(line) })}</button>`;
}

/** Before and after of the last fix, with the way back. */
export function made(editor: Editor, { made: list }: Line, hands: Hands): TemplateResult | typeof nothing {
  if (list === null) return nothing;
  const times = list.reduce((sum, change) => sum + change.times, 0);
  return html`<section class="card made" role="status" id="made">
    <div class="row row--between"><h2 class="h3">${t("transcribe.made", { count: times })}</h2><button type="button" id="undo" class="btn btn--small" @click=${hands.undo}>${t("transcribe.undo")}</button></div>
    <ul class="row small">${list.map((change) => madeRow(editor, change))}</ul>
  </section>`;
}

function madeRow(editor: Editor, { rule, found, by, times }: Made): TemplateResult {
  const codes = [...found].map((character) => `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`);
  return html`<li data-rule=${rule}><span lang=${editor.data.claim.variety}><del>${visible(found, codes)}</del> → <ins>${shown(by)}</ins></span>${times > 1 ? html` ×${times}` : nothing} <span class="muted">${shortOf(rule)}</span></li>`;
}
