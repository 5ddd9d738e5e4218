/** One row a segment; the one in hand has its text box with underlines behind it. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { keyed } from "lit/directives/keyed.js";
import { sentenceFor, t, type Key } from "../messages";
import { clock, oneDigit } from "../numbers";
import type { Editor } from "../transcribe/editor";
import { spokenCharacters } from "../transcribe/graphemes";
import { inHand, isFree, numberOf, startOf, type Line } from "../transcribe/lines";
import { isWhole, piecesOf } from "../transcribe/text";
import { made, problems, reasonOf, type Hands } from "./problems";

/** What stands around the text box. */
export interface Around {
  inside: boolean; // the problems stand within the row
  resting: boolean; // the take is being cut: nothing is typed meanwhile
  above: () => TemplateResult | typeof nothing; // before the problems
  helpers: () => TemplateResult | typeof nothing;
  who: (line: Line) => string | null; // in whose lane it is, where a take has several
}

/** The list of segments, the one in hand open for writing. */
export function segmentList(editor: Editor, hands: Hands, around: Around, legend: TemplateResult): TemplateResult {
  return html`<section class="card card--flush" aria-label=${t("transcribe.segments")}>
    <ol class="segs">
      ${editor.lines.map((line, at) => (at === editor.at ? openRow(editor, line, at, hands, around) : row(editor, line, at, around.who(line))))}
    </ol>
    ${legend}
  </section>`;
}

function row(editor: Editor, line: Line, at: number, who: string | null): TemplateResult {
  return html`<li data-segment=${line.id} data-saving=${line.saving}>
    ${when(editor, line, at, who)}
    <button type="button" class="segs__body read--s segs__open" lang=${editor.data.claim.variety} @click=${() => editor.goTo(at)}>${line.text || t("transcribe.empty")}</button>
    <div class="row">${unsafe(line)}${chip(line)}</div>
  </li>`;
}

/** Its number and its length; in free speech its place in the take. */
function when(editor: Editor, line: Line, at: number, who: string | null): TemplateResult {
  if (!isFree(editor.data)) return html`<div class="segs__time num"><b>${line.position}</b>${oneDigit(line.duration_s)} ${t("recorder.unit.s")}</div>`;
  return html`<div class="segs__time num"><b>${at + 1}</b>${clock(startOf(line))}–${clock(startOf(line) + line.duration_s)}${who === null ? nothing : html` <span data-who>${who}</span>`}</div>`;
}

function openRow(editor: Editor, line: Line, at: number, hands: Hands, { inside, resting, above, helpers, who }: Around): TemplateResult {
  const wrong = line.violations?.some(({ severity }) => severity === "error") ?? false;
  return html`<li aria-current="true" data-segment=${line.id} data-saving=${line.saving} data-checking=${line.checking} data-sequence=${line.sequence}>
    ${when(editor, line, at, who(line))}
    <div class="segs__body stack segs__wide">
      ${line.prompt_text === null ? nothing : prompt(editor, line, line.prompt_text)}
      <div class="write">
        <div class="editor write__under" id="under" aria-hidden="true" lang=${editor.data.claim.variety}>${hands.composing() ? hands.typed() : underlined(line)}</div>
        ${keyed(
          `${line.id} ${line.version}`, // cut anew it holds other words
          html`<textarea id="text" ?readonly=${resting} class="editor write__text" rows="2" spellcheck="false" autocomplete="off" autocapitalize="off" lang=${editor.data.claim.variety} aria-label=${t("transcribe.box", { at: numberOf(editor.data, editor.lines, line) })} aria-describedby="counted" aria-invalid=${wrong}></textarea>`,
        )}
      </div>
      <p class="visually-hidden" id="marked" lang=${editor.data.locale}>${spoken(editor, line)}</p>
      <div class="row row--between small"><span class="row" id="counted">${chip(line)}</span><span class="muted">${counts(line)}</span></div>
      <p class="row row--between small muted"><span role="status" id="saving">${savingWords(line, editor.data.locale)}</span>${line.revision > 0 ? html`<button type="button" id="history" class="btn btn--quiet btn--small" @click=${() => hands.history(line)}>${t("transcribe.history")}</button>` : nothing}</p>
      ${helpers()}
      ${line.checking === "offline" ? html`<p class="small" role="status" id="unchecked"><span class="ico ico--clock" aria-hidden="true"></span> ${t("transcribe.check.offline")}</p>` : nothing}
      ${line.restored ? html`<p class="notice notice--ok small" role="status" id="restored"><span class="ico ico--safe" aria-hidden="true"></span><span>${t("transcribe.restored")}</span></p>` : nothing}
      ${line.saving === "conflict" && line.theirs !== null ? conflict(editor, line, line.theirs.text) : nothing}
      ${inside ? html`${above()}${made(editor, line, hands)}${problems(editor, hands)}` : nothing}
    </div>
  </li>`;
}

/** The prompt, and one click for the usual case: it was said as written. Never filled in unasked: text is what was heard. */
function prompt(editor: Editor, line: Line, text: string): TemplateResult {
  const use = html`<button type="button" id="use-prompt" class="btn btn--small" @click=${() => editor.put(line, text)}>${t("transcribe.use-prompt")}</button>`;
  return html`<p class="small muted">${t("transcribe.prompt")} <span class="read--s" lang=${editor.data.claim.variety}>${text}</span></p>
    ${line.text === "" ? html`<p class="row">${use}</p>` : nothing}`;
}

/** Every violation the server returned, under the characters it is about. */
function underlined(line: Line): (TemplateResult | string)[] {
  const { text, violations } = line;
  const hand = inHand(line);
  const drawn = piecesOf(text, violations ?? []).map(({ text: piece, violations: over }) => {
    if (over.length === 0) return piece;
    const placed = over.filter((n) => !isWhole(text, violations![n]!));
    const told = placed.length > 0 ? placed : over; // a place is marked over what is said of the whole text
    const error = told.some((n) => violations![n]!.severity === "error");
    const now = hand !== null && placed.includes(hand);
    return html`<mark class="viol viol--${error ? "error" : "warn"}${placed.length > 0 ? "" : " viol--whole"}${now ? " viol--on" : ""}" data-violations=${over.join(" ")}>${piece}</mark>`;
  });
  return text.endsWith("\n") ? [...drawn, "\u200b"] : drawn; // a break at the very end has a line of its own in a text box
}

/** The same for ears: the text, and after each marked place what is wrong with it. */
function spoken(editor: Editor, line: Line): (TemplateResult | string)[] {
  const found = line.violations ?? [];
  if (found.length === 0) return [];
  const told = new Set<number>();
  return piecesOf(line.text, found).map(({ text, violations }) => {
    const ends = violations.filter((n) => !told.has(n) && told.add(n));
    const words = ends.map((n) => t("transcribe.spoken", { how: t(found[n]!.severity === "error" ? "transcribe.must" : "transcribe.may"), rule: found[n]!.rule, reason: reasonOf(found[n]!) }));
    return html`<span lang=${editor.data.claim.variety}>${text}</span>${words.join(" ")}`;
  });
}

function counts({ text, duration_s }: Line): string {
  if (text === "") return "";
  const count = spokenCharacters(text);
  return t("transcribe.counts", { count, seconds: oneDigit(duration_s), rate: oneDigit(count / duration_s) });
}

export function savingWords({ saving, kept, refusal, revision, saved_at }: Line, locale: string): string {
  if (refusal !== null) return sentenceFor("error.what.", refusal, "transcribe.saving.refused", { code: refusal });
  if (saving === "saved" && revision === 0) return ""; // nothing was written yet
  if (saving === "saved" && saved_at !== null) return t("transcribe.saving.saved-at", { revision, time: new Date(saved_at).toLocaleTimeString(locale) });
  if (saving === "offline" && !kept) return t("transcribe.saving.offline-page", { revision });
  return t(`transcribe.saving.${saving}` as Key, { revision });
}

/** A row that is not open says so when its words are not on the server. */
function unsafe({ saving }: Line): TemplateResult | typeof nothing {
  if (saving === "conflict") return chipOf("fix", "fix", t("transcribe.chip.conflict"));
  return saving === "offline" || saving === "refused" ? chipOf("fix", "up", t("transcribe.chip.unsaved")) : nothing;
}

function chip({ text, violations, checking }: Line): TemplateResult | TemplateResult[] {
  if (text === "" && violations === null) return chipOf("plain", "clock", t("transcribe.chip.empty"));
  if (checking === "offline" || checking === "refused") return chipOf("plain", "clock", t("transcribe.chip.offline"));
  if (violations === null) return chipOf("plain", "clock", t("transcribe.chip.checking"));
  const errors = violations.filter(({ severity }) => severity === "error").length;
  const warnings = violations.length - errors;
  if (violations.length === 0) return chipOf("ok", "check", t("transcribe.chip.good"));
  return [
    ...(errors > 0 ? [chipOf("stop", "stop", t("transcribe.chip.errors", { count: errors }))] : []),
    ...(warnings > 0 ? [chipOf("flag", "flag", t("transcribe.chip.warnings", { count: warnings }))] : []),
  ];
}

function chipOf(colour: string, icon: string, text: string): TemplateResult {
  return html`<span class="chip chip--${colour}"><span class="ico ico--${icon}" aria-hidden="true"></span>${text}</span>`;
}

/** Both texts, side by side; whichever counts, the other one stays in the history. */
function conflict(editor: Editor, line: Line, theirs: string): TemplateResult {
  const side = (whose: "mine" | "theirs", text: string): TemplateResult => html`<div class="stack stack--s">
    <h3 class="h3">${t(`transcribe.conflict.title.${whose}`)}</h3>
    <p class="read--s" id="conflict-${whose}" lang=${editor.data.claim.variety}>${text}</p>
    <button type="button" class="btn btn--small" data-whose=${whose} @click=${() => editor.settle(line, whose)}>${t(`transcribe.conflict.${whose}`)}</button>
  </div>`;
  return html`<div class="notice notice--fix notice--both" role="alert" id="conflict">
    <span class="ico ico--fix" aria-hidden="true"></span>
    <p>${t("transcribe.conflict")}</p>
    <div class="both">${side("mine", line.text)}${side("theirs", theirs)}</div>
  </div>`;
}
