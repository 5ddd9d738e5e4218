/** The prompt to be read aloud, the record button, and how loud the voice is. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { t, type Key } from "../messages";
import { clock, oneDigit, plain } from "../numbers";
import type { Page } from "../page";
import { isFree } from "../targets";
import { canRest, type View } from "../view";
import { progress } from "./progress";

const LEVEL_LOWEST_DBFS = -60;

/** The card with the sentence and everything one needs while saying it. */
export function promptCard(page: Page): TemplateResult {
  const { view } = page;
  return html`<section class="card card--flush" aria-label=${t("recorder.prompt.label")}>
    <div class="prompt">${head(page)} ${page.call?.words() ?? text(view)} ${skipped(page)} ${following(view)} ${acts(page)}</div>
    ${bar(page)}
    <div class="keys only-desk">
      ${key("recorder.key.space", view.state === "recording" ? "recorder.key.stop" : "recorder.key.record")} ${key("recorder.key.enter", "recorder.key.next")}
      ${key("recorder.key.backspace", isFree(view) ? "recorder.act.more" : "recorder.key.redo")} ${key("recorder.key.p", "recorder.key.play")}
      ${isSecond(view) ? nothing : html`<span><kbd class="kbd">S</kbd>${t("recorder.key.skip")}</span>`} <span><kbd class="kbd">B</kbd>${t("recorder.key.rest")}</span>
    </div>
  </section>`;
}

function head(page: Page): TemplateResult {
  const { data, at, lines, reading } = page.view;
  const readings = data.prompts.some((prompt) => prompt.reading !== null);
  return html`<div class="row row--between">
    <span class="row">
      <span class="chip">${t(`variety.${data.claim.variety}` as Key)}</span>
      <span class="small">${t(isFree(page.view) ? "recorder.topic.place" : "recorder.prompt.place", { at: at + 1, all: lines.length })}</span>
    </span>
    ${progress(page.view)}
    ${readings
      ? html`<span class="segmented" role="group" aria-label=${t("recorder.prompt.shown")}>
          <button type="button" aria-pressed=${reading} @click=${() => page.toggleReading()}>${t("recorder.prompt.with-reading")}</button>
          <button type="button" aria-pressed=${!reading} @click=${() => page.toggleReading()}>${t("recorder.prompt.characters")}</button>
        </span>`
      : nothing}
  </div>`;
}

function text(view: View): TemplateResult {
  const { data, at, reading } = view;
  const prompt = data.prompts[at]!;
  const tailo = reading && prompt.reading !== null ? html`<p class="tailo" lang="nan-Latn">${prompt.reading}</p>` : nothing;
  return html`<div class="prompt__text"><p class="read" lang=${data.claim.variety}>${prompt.text}</p>${tailo}${isFree(view) ? html`<p class="muted">${t("recorder.topic.hint")}</p>` : nothing}</div>`;
}

function following({ data, at }: View): TemplateResult | typeof nothing {
  const next = data.prompts[at + 1];
  if (next === undefined) return nothing;
  return html`<p class="small muted only-desk">${t("recorder.prompt.next")} <span class="read--s" lang=${data.claim.variety}>${next.text}</span></p>`;
}

function skipped(page: Page): TemplateResult | typeof nothing {
  const { data, at, skips } = page.view;
  const reason = skips[data.prompts[at]!.id];
  if (reason === undefined) return nothing;
  return html`<p class="notice notice--flag" id="skipped"><span class="ico ico--flag" aria-hidden="true"></span><span>${t("recorder.skip.done", { reason: reasonWords(reason) })}</span><button type="button" class="btn btn--small" id="skip-back" @click=${() => page.skip(at, null)}>${t("recorder.skip.back")}</button></p>`;
}

/** What is skipped is for the one whose claim it is. */
function isSecond({ data }: View): boolean {
  return data.call?.seat === 2;
}

/** A reason in the words of the sheet on which it is chosen. */
function reasonWords(reason: string): string {
  return document.querySelector(`#skip-sheet [value="${reason}"]`)?.nextElementSibling?.textContent ?? reason;
}

/** What the keys do, for hands without a keyboard. */
function acts(page: Page): TemplateResult {
  const { view } = page;
  const busy = view.state === "recording" || view.state === "closing";
  const act = (id: string, words: Key, does: () => void, off: boolean): TemplateResult => html`<button type="button" class="btn btn--small" id=${id} ?disabled=${busy || off} @click=${does}>${t(words)}</button>`;
  const said = view.lines[view.at]!.take !== null;
  return html`<div class="row" role="group" aria-label=${t("recorder.prompt.label")}>
    ${act("previous", "recorder.act.previous", () => page.goTo(view.at - 1), view.at === 0)} ${act("next", "recorder.key.next", () => page.next(), view.at === view.lines.length - 1)}
    ${said ? act("redo", isFree(view) ? "recorder.act.more" : "recorder.key.redo", () => page.redo(), view.state !== "armed" || view.resting) : nothing}
    ${said || isSecond(view) || view.skips[view.data.prompts[view.at]!.id] !== undefined ? nothing : act("skip", "recorder.key.skip", () => void page.askSkip(), false)}
    ${view.resting || !canRest(view.state) ? nothing : act("rest", "recorder.key.rest", () => page.rest(true), false)}
  </div>`;
}

function bar(page: Page): TemplateResult {
  const { view } = page;
  const recording = view.state === "recording" || view.state === "closing";
  const ready = (view.state === "armed" && !view.resting) || view.state === "recording";
  return html`<div class="recbar" role="group" aria-label=${t("recorder.bar.label")}>
    <button
      type="button"
      id="record"
      class="recbtn ${recording ? "recbtn--stop" : ""}"
      ?disabled=${!ready}
      aria-label=${t(recording ? "recorder.bar.stop" : "recorder.bar.record")}
      @click=${() => page.toggle()}
    ></button>
    ${level(view)}
    <div class="recbar__end">
      <div class="recbar__state" data-live=${view.live && recording}>
        ${view.live && recording ? html`<span class="live" aria-hidden="true"></span>` : nothing}${stateWords(view)}
      </div>
      <div class="recbar__clock num">${clock(recording ? view.take_s : (view.lines[view.at]?.seconds ?? 0))}</div>
    </div>
  </div>`;
}

/** The state in one or two words. */
export function stateWords(view: View): string {
  if (view.resting) return t("recorder.rest.title");
  if (view.room_s !== null) return t("recorder.state.room");
  if (view.state === "recording" && !view.live) return t("recorder.state.starting");
  return t(`recorder.state.${view.state}` as Key);
}

function level({ meter, data, muted, state }: View): TemplateResult {
  const { speech_min_dbfs: low, speech_max_dbfs: high } = data.limits;
  const now = meter?.z_100ms ?? LEVEL_LOWEST_DBFS;
  const peak = meter === null ? LEVEL_LOWEST_DBFS : 20 * Math.log10(Math.max(1e-3, meter.peak));
  const word: Key = muted ? "recorder.level.muted" : now < low ? "recorder.level.quiet" : now > high ? "recorder.level.loud" : "recorder.level.good";
  const silent = now < low && state !== "recording" && !muted; // nobody speaks: that is not too soft
  const scale = { low: plain(low), high: plain(high) };
  return html`<div class="level" role="meter" aria-label=${t("recorder.level.label")} aria-valuemin=${LEVEL_LOWEST_DBFS} aria-valuemax="0" aria-valuenow=${Math.max(LEVEL_LOWEST_DBFS, now).toFixed(1)} aria-valuetext=${t("recorder.level.value", { level: oneDigit(now), word: t(word) })}>
    <div class="row row--between small">
      <span class="muted">${t("recorder.level.label")}</span>
      <span><b class="num">${meter === null ? "–" : oneDigit(now)}</b><span class="unit">${t("recorder.unit.dbfs")}</span> <b>${meter === null || silent ? nothing : t(word)}</b> <span class="limit">${t("recorder.level.limits", scale)}</span></span>
    </div>
    <div class="level__bar">
      <span class="level__good" .style=${`left:${share(low)}%;width:${share(high) - share(low)}%`}></span>
      <span class="level__now" .style=${`--now:${share(now)}%`}></span><span class="level__peak" .style=${`--peak:${share(peak)}%`}></span>
    </div>
    <div class="level__scale" aria-hidden="true"><span>${t("recorder.level.quiet")}</span><span>${t("recorder.level.good")}</span><span>${t("recorder.level.loud")}</span></div>
  </div>`;
}

function share(level_dbfs: number): number {
  return Math.round(Math.min(100, Math.max(0, ((level_dbfs - LEVEL_LOWEST_DBFS) / -LEVEL_LOWEST_DBFS) * 100)) * 10) / 10;
}

function key(name: Key, does: Key): TemplateResult {
  return html`<span><kbd class="kbd">${t(name)}</kbd>${t(does)}</span>`;
}
