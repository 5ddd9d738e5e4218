/** What all steps of the sound check are made of: a numbered card, its state, a problem with its picture. */

import { html, nothing, svg, type SVGTemplateResult, type TemplateResult } from "lit/html.js";
import type { StepState } from "../check/view";
import { t, type Key } from "../messages";

export type Part = TemplateResult | typeof nothing | string;

const COLOURS: Record<StepState, string> = { todo: "plain", running: "accent", good: "ok", note: "flag", problem: "fix" };
const ICONS: Record<StepState, string> = { todo: "clock", running: "mic", good: "check", note: "flag", problem: "fix" };

/** One step in its card. */
export function step(name: string, at: number, state: StepState, body: Part | Part[]): TemplateResult {
  return html`<li class="card stack" data-step=${name} data-state=${state} aria-labelledby="step-${name}">
    <div class="row row--between">
      <h2 class="h2" id="step-${name}"><span class="num muted">${at}</span> ${t(`check.${name}.title` as Key)}</h2>
      <span class="chip chip--${COLOURS[state]}"><span class="ico ico--${ICONS[state]}" aria-hidden="true"></span>${t(`check.state.${state}`)}</span>
    </div>
    ${body}
  </li>`;
}

export type Picture = "lock" | "plug" | "sliders" | "window" | "closer" | "lower" | "other" | "steady" | "meter" | "clock";

/** What stands in the way: what is so, the one thing to do, and a picture of it. */
export function problem(picture: Picture, what: string, act: string, colour: "fix" | "flag" = "fix"): TemplateResult {
  return html`<div class="notice notice--${colour}" role="status">
    <svg width="72" height="54" viewBox="0 0 64 48" fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${PICTURES[picture]}</svg>
    <div><b>${what}</b><p>${act}</p></div>
  </div>`;
}

export function button(id: string, text: string, press: () => void, { primary = true, disabled = false, icon = "" } = {}): TemplateResult {
  return html`<button type="button" id=${id} class="btn ${primary ? "btn--primary" : ""}" ?disabled=${disabled} @click=${press}>
    ${icon === "" ? nothing : html`<span class="ico ico--${icon}" aria-hidden="true"></span>`}${text}
  </button>`;
}

export function progress(left_s: number, whole_s: number, words: string): TemplateResult {
  return html`<div class="stack stack--s">
    <b>${words}</b>
    <progress class="progress" max=${whole_s} value=${whole_s - left_s} aria-label=${words}></progress>
  </div>`;
}

/** A number with its unit, and beside it what is asked. */
export function figure(name: string, value: Part, unit: string, asked: Part = nothing): TemplateResult {
  return html`<dt>${name}</dt><dd><b class="num">${value}</b><span class="unit">${unit}</span> <span class="small muted">${asked}</span></dd>`;
}

const PICTURES: Record<Picture, SVGTemplateResult> = {
  lock: svg`<rect x="3" y="10" width="58" height="14" rx="7"/><rect x="9" y="15" width="7" height="5" rx="1"/><path d="M10.500 15v-1a2 2 0 014 0v1M22 17h26M13 24v7h22v13H6V31h7"/><path d="M24 38l3 3 6-6"/>`,
  plug: svg`<rect x="10" y="6" width="10" height="18" rx="5"/><path d="M6 18a9 9 0 0018 0M15 27v8c0 6 14 6 16 0s8-6 12-2M44 28h8v12h-8zM52 31h6M52 37h6"/>`,
  sliders: svg`<rect x="8" y="4" width="48" height="40" rx="4"/><path d="M16 14h14M40 14h8M16 24h4M30 24h18M16 34h20M46 34h2"/><circle cx="35" cy="14" r="4"/><circle cx="25" cy="24" r="4"/><circle cx="41" cy="34" r="4"/>`,
  window: svg`<rect x="6" y="4" width="28" height="40" rx="2"/><path d="M20 4v40M6 24h28M44 18c4 3 4 9 0 12M50 13c8 6 8 16 0 22"/><path d="M40 44L60 4"/>`,
  closer: svg`<circle cx="14" cy="14" r="8"/><path d="M4 44c0-14 20-14 20 0M40 8h8a5 5 0 015 5v8a5 5 0 01-5 5h-1a5 5 0 01-5-5M46 30v10M38 40h16M36 17H26M30 13l-4 4 4 4"/>`,
  lower: svg`<path d="M14 6v36M32 6v36M50 6v36"/><rect x="9" y="28" width="10" height="8" rx="2" fill="currentColor"/><rect x="27" y="30" width="10" height="8" rx="2" fill="currentColor"/><path d="M50 12v18M44 24l6 7 6-7"/>`,
  other: svg`<rect x="8" y="6" width="12" height="20" rx="6"/><path d="M4 20a10 10 0 0020 0M14 30v10M8 40h12M30 16h16M41 11l5 5-5 5M30 32h16M35 27l-5 5 5 5"/><rect x="50" y="8" width="10" height="32" rx="3"/>`,
  steady: svg`<path d="M4 24h8l3-10 5 20 5-26 5 32 4-16h6M44 14h16M44 24h16M44 34h16"/>`,
  meter: svg`<rect x="8" y="4" width="20" height="40" rx="4"/><path d="M13 12h10M13 18h10"/><circle cx="18" cy="32" r="4"/><rect x="42" y="6" width="10" height="18" rx="5"/><path d="M38 18a9 9 0 0018 0M47 27v9M40 42h14M30 14h6"/>`,
  clock: svg`<circle cx="32" cy="24" r="18"/><path d="M32 12v12l8 5"/>`,
};
