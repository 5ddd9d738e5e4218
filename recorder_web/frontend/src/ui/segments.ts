/** One row a segment; the one in hand has its text box with underlines behind it. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { sentenceFor, t, type Key } from "../messages";
import { oneDigit } from "../numbers";
import type { Editor, Line } from "../transcribe/editor";
import { piecesOf, type Violation } from "../transcribe/text";

/** The list of segments, the one in hand open for writing. */
export function segmentList(editor: Editor, keys: (event: KeyboardEvent) => void, inside: boolean): TemplateResult {
  return html`<section class="card card--flush" aria-label=${t("transcribe.segments")}>
    <ol class="segs">
      ${editor.lines.map((line, at) => (at === editor.at ? openRow(editor, line, keys, inside) : row(editor, line, at)))}
    </ol>
    <div class="keys only-desk">
      ${key("transcribe.key.tab", "transcribe.key.play")} ${key("transcribe.key.arrows", "transcribe.key.seek")} ${key("transcribe.key.alt-down", "transcribe.key.problem")}
      ${key("transcribe.key.ctrl-enter", "transcribe.key.next")} ${key("transcribe.key.esc", "transcribe.key.leave")}
    </div>
  </section>`;
}

function row(editor: Editor, line: Line, at: number): TemplateResult {
  return html`<li data-segment=${line.id}>
    <div class="segs__time num"><b>${line.position}</b>${oneDigit(line.duration_s)} ${t("recorder.unit.s")}</div>
    <button type="button" class="segs__body read--s segs__open" lang=${editor.data.claim.variety} @click=${() => editor.goTo(at)}>${line.text || t("transcribe.empty")}</button>
    <div>${chip(line)}</div>
  </li>`;
}

function openRow(editor: Editor, line: Line, keys: (event: KeyboardEvent) => void, inside: boolean): TemplateResult {
  const typed = (event: InputEvent): void => {
    if (!event.isComposing) editor.type(line, (event.target as HTMLTextAreaElement).value);
  };
  const composed = (event: CompositionEvent): void => editor.type(line, (event.target as HTMLTextAreaElement).value);
  return html`<li aria-current="true" data-segment=${line.id} data-saving=${line.saving}>
    <div class="segs__time num"><b>${line.position}</b>${oneDigit(line.duration_s)} ${t("recorder.unit.s")}</div>
    <div class="segs__body stack segs__wide">
      ${line.prompt_text === null ? nothing : prompt(editor, line, line.prompt_text)}
      <div class="write">
        <div class="editor write__under" aria-hidden="true" lang=${editor.data.claim.variety}>${underlined(line)}</div>
        <textarea id="text" class="editor write__text" rows="2" spellcheck="false" autocomplete="off" lang=${editor.data.claim.variety} aria-label=${t("transcribe.box", { at: line.position })} aria-describedby="problems" .value=${line.text} @input=${typed} @compositionend=${composed} @keydown=${keys}></textarea>
      </div>
      <div class="row row--between small">${chip(line)}<span class="muted" role="status" id="saving">${savingWords(line)}</span></div>
      ${line.saving === "conflict" ? conflict(editor, line) : nothing}
      ${inside && line.text !== "" ? problems(editor) : nothing}
    </div>
  </li>`;
}

/** The prompt, and one click for the usual case: it was said as written. Never filled in unasked: text is what was heard. */
function prompt(editor: Editor, line: Line, text: string): TemplateResult {
  const use = html`<button type="button" id="use-prompt" class="btn btn--small" @click=${() => editor.type(line, text)}>${t("transcribe.use-prompt")}</button>`;
  return html`<p class="small muted">${t("transcribe.prompt")} <span class="read--s" lang=${editor.data.claim.variety}>${text}</span></p>
    ${line.text === "" ? html`<p class="row">${use}</p>` : nothing}`;
}

function underlined({ text, violations }: Line): (TemplateResult | string)[] {
  return piecesOf(text, violations ?? []).map(({ text: piece, violation }) => {
    if (violation === null) return piece;
    return html`<mark class="viol viol--${violations![violation]!.severity === "error" ? "error" : "warn"}">${piece}</mark>`;
  });
}

function savingWords({ saving, refusal, revision }: Line): string {
  if (saving === "refused") return sentenceFor("error.what.", refusal ?? "", "transcribe.saving.refused", { code: refusal ?? "" });
  if (saving === "saved" && revision === 0) return ""; // nothing was written yet
  return t(`transcribe.saving.${saving}` as Key, { revision });
}

function chip({ text, violations }: Line): TemplateResult {
  if (text === "") return chipOf("plain", "clock", t("transcribe.chip.empty"));
  if (violations === null) return chipOf("plain", "clock", t("transcribe.chip.checking"));
  const errors = violations.filter(({ severity }) => severity === "error").length;
  if (errors > 0) return chipOf("stop", "stop", t("transcribe.chip.errors", { count: errors }));
  if (violations.length > 0) return chipOf("flag", "flag", t("transcribe.chip.warnings", { count: violations.length }));
  return chipOf("ok", "check", t("transcribe.chip.good"));
}

function chipOf(colour: string, icon: string, text: string): TemplateResult {
  return html`<span class="chip chip--${colour}"><span class="ico ico--${icon}" aria-hidden="true"></span>${text}</span>`;
}

function conflict(editor: Editor, line: Line): TemplateResult {
  return html`<div class="notice notice--fix" role="alert" id="conflict">
    <span class="ico ico--fix" aria-hidden="true"></span>
    <span>${t("transcribe.conflict")} <q lang=${editor.data.claim.variety}>${line.theirs?.text ?? ""}</q></span>
    <span class="row">
      <button type="button" class="btn btn--small" @click=${() => editor.settle(line, "theirs")}>${t("transcribe.conflict.theirs")}</button>
      <button type="button" class="btn btn--small btn--primary" @click=${() => editor.settle(line, "mine")}>${t("transcribe.conflict.mine")}</button>
    </span>
  </div>`;
}

/** What is wrong with the text in hand, each with its reason and its fix. */
export function problems(editor: Editor): TemplateResult {
  const line = editor.current;
  const found = line.violations ?? [];
  const safe = found.filter(({ fix }) => fix === "safe").length;
  return html`<section class="card problems" aria-labelledby="problems-title" id="problems">
    <div class="card__head"><h2 class="h2" id="problems-title">${t("transcribe.problems")}</h2></div>
    ${found.length === 0 ? html`<p class="muted">${t(line.text === "" ? "transcribe.problems.empty" : "transcribe.problems.none")}</p>` : nothing}
    <ol class="viol-list">${found.map((violation) => problem(editor, line, violation))}</ol>
    ${safe > 0
      ? html`<button type="button" id="fix-safe" class="btn btn--block" @click=${() => editor.fixSafe(line)}><span class="ico ico--check" aria-hidden="true"></span>${t("transcribe.fix-safe", { count: safe })}</button>`
      : nothing}
    <p class="small muted">${t("transcribe.problems.hint")}</p>
  </section>`;
}

function problem(editor: Editor, line: Line, violation: Violation): TemplateResult {
  const { severity, rule, found, fix, candidates, facts } = violation;
  const error = severity === "error";
  const facts_ = { x: found, m: "", l: "", ...facts };
  const reason = sentenceFor("finding.transcript.", rule.toLowerCase(), "transcribe.rule-other", { rule, ...facts_ });
  const choices = fix === "none" ? [] : candidates;
  return html`<li data-rule=${rule}>
    <span class="ico ico--${error ? "stop" : "flag"}" role="img" aria-label=${t(error ? "transcribe.must" : "transcribe.may")}></span>
    <q lang=${editor.data.claim.variety}>${found || "␣"}</q>
    <span class="small">${reason}</span>
    <span class="row">${choices.map((choice) => html`<button type="button" class="btn btn--small" lang=${editor.data.claim.variety} @click=${() => editor.fix(line, violation, choice)}>${choice === "" ? t("transcribe.delete") : choice}</button>`)}</span>
  </li>`;
}

function key(name: Key, does: Key): TemplateResult {
  return html`<span><kbd class="kbd">${t(name)}</kbd>${t(does)}</span>`;
}
