/** Recordings of a visit that broke off: each with its time and length, to be heard before anything is decided. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { t } from "../messages";
import { oneDigit } from "../numbers";
import type { Page } from "../page";
import type { Interrupted } from "../store/recovery";
import { spaceNote } from "./space";

export function recovery(page: Page): TemplateResult {
  const { interrupted, asking } = page.view;
  const seconds = oneDigit(interrupted.reduce((sum, take) => sum + secondsOf(take), 0));
  return html`<section class="card stack" role="alertdialog" aria-labelledby="recover" id="recovery">
    <div class="row row--between"><h2 class="h2" id="recover">${t("recorder.recover.title")}</h2><span class="chip chip--ok"><span class="ico ico--safe" aria-hidden="true"></span>${t("recorder.recover.kept")}</span></div>
    <p>${t("recorder.recover.what", { seconds, count: interrupted.length })}</p>
    <ul class="stack stack--s">${interrupted.map((take) => row(page, take))}</ul>
    ${spaceNote(page.view)}
    <div class="stack">
      <button type="button" class="btn btn--primary btn--block" id="keep" @click=${() => page.keepInterrupted()}><span class="ico ico--up" aria-hidden="true"></span>${t("recorder.recover.keep")}</button>
      ${asking ? html`<p class="notice notice--stop" role="alert">${t("recorder.recover.sure")}</p>` : nothing}
      <button type="button" class="btn btn--danger btn--block" id="discard" @click=${() => page.discardInterrupted()}>${t(asking ? "recorder.recover.discard-sure" : "recorder.recover.discard")}</button>
    </div>
  </section>`;
}

function row(page: Page, take: Interrupted): TemplateResult {
  const { data, playing } = page.view;
  const when = take.began_ms === null ? "" : new Date(take.began_ms).toLocaleString(data.locale, { dateStyle: "short", timeStyle: "short" });
  return html`<li class="row row--between" data-interrupted=${take.take}>
    <span>${said(page, take)} <span class="small muted">${when} <span class="num">${oneDigit(secondsOf(take))}</span><span class="unit">${t("recorder.unit.s")}</span></span></span>
    <button type="button" class="btn btn--small" aria-pressed=${playing === take.take} @click=${() => page.listen(take)}><span class="ico ico--play" aria-hidden="true"></span>${t("recorder.recover.listen")}</button>
  </li>`;
}

/** The sentence it was, or what else. */
function said({ view: { data } }: Page, { prompt_id }: Interrupted): TemplateResult | string {
  if (prompt_id === null) return t("recorder.state.room");
  const prompt = data.prompts.find(({ id }) => id === prompt_id);
  return prompt === undefined ? t("recorder.recover.other") : html`<span lang=${data.claim.variety}>${prompt.text}</span>`;
}

function secondsOf({ frames, rate_hz }: Interrupted): number {
  return frames / rate_hz;
}
