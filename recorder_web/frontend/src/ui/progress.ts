/** How far one is: sentences done and to do, or seconds spoken against what is wished for. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { t, type Key } from "../messages";
import { minutes } from "../numbers";
import { counts, isFree, paidMinutes, spoken, spokenAbout } from "../targets";
import type { View } from "../view";

type Part = TemplateResult | typeof nothing;

export function progress(view: View): TemplateResult {
  return html`<div class="row small" id="progress">${isFree(view) ? topic(view) : sentences(view)}</div>`;
}

function sentences(view: View): TemplateResult {
  const { done, skipped, left } = counts(view);
  return html`<span>${t("recorder.progress.sentences", { done, left })}</span>${skipped > 0 ? html`<span class="muted">${t("recorder.progress.skipped", { skipped })}</span>` : nothing}`;
}

/** Of this topic, and of the whole claim where it has several. */
function topic(view: View): TemplateResult {
  const { data, at } = view;
  const here = line("recorder.progress.topic", spokenAbout(view, at), data.prompts[at]!.target_s);
  const all = data.prompts.length > 1 ? line("recorder.progress.all", spoken(view), data.claim.target_s) : nothing;
  const left = paidMinutes(view);
  const paid = left === null ? "" : left > 0 ? t("recorder.quota.left", { minutes: left }) : t("recorder.quota.over");
  return html`${here}${all}<b role="status">${paid}</b>`;
}

function line(key: Key, spoken_s: number, target_s: number | null): Part {
  const words = t(key, { spoken: minutes(spoken_s) });
  if (target_s === null) return html`<span class="num">${words}</span>`;
  const whole = t("recorder.progress.of", { words, target: minutes(target_s) });
  return html`<span class="num">${whole}</span><progress class="progress" max=${target_s} value=${Math.min(target_s, spoken_s)} aria-label=${whole}></progress>`;
}
