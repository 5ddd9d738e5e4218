/** Two people at one device: what is missing before they may begin, and how both voices are heard. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { t, type Key } from "../messages";
import type { Partner, RecorderData } from "../data";
import type { Page } from "../page";
import type { View } from "../view";
import type { Voice, Voices } from "../voices";

/** The microphone stays closed until the second person has agreed. */
export function partnerCard({ data }: View): TemplateResult {
  return html`<section class="card stack" id="partner-first" aria-labelledby="partner-title">
    <h2 class="h2" id="partner-title">${t("recorder.partner.title")}</h2>
    <p>${t("recorder.partner.do")}</p>
    <p><a class="btn btn--primary" href="/claims/${data.claim.id}/partner">${t("recorder.partner.go")}</a></p>
  </section>`;
}

/** A line of each, one after the other, and how it was heard. */
export function voicesCard(page: Page): TemplateResult | typeof nothing {
  const { voices, partner } = page.view;
  if (voices === null) return nothing;
  const names = namesOf(partner);
  return html`<section class="card stack" id="voices" data-who=${voices.who} aria-labelledby="voices-title">
    <h2 class="h2" id="voices-title">${t(voicesTitle(page.view.data))}</h2>
    ${voices.heard.map((voice, n) => html`<p><b>${names[n]}</b> ${words(voice)}</p>`)}
    ${voices.who > 1 ? after(page) : turn(page, names[voices.who]!, voices.left_s)}
  </section>`;
}

/** What is told to those who do not see the card, once a step: how the last voice was heard, and whose turn it is. */
export function voicesWords({ who, left_s, heard }: Voices, { partner, data }: View): string {
  const names = namesOf(partner);
  if (left_s !== null) return t("recorder.voices.running", { who: names[who]!, seconds: Math.ceil(left_s) });
  const last = heard.at(-1);
  const before = last === undefined ? t(voicesTitle(data)) : `${names[heard.length - 1]} ${words(last)}`;
  return who > 1 ? before : `${before} ${t("recorder.voices.do", { who: names[who]! })}`;
}

/** On two devices each speaks at their own. */
function voicesTitle({ call }: RecorderData): Key {
  return call ? "call.voices.title" : "recorder.voices.title";
}

function namesOf(partner: Partner | null): string[] {
  return [t("recorder.voices.me"), partner?.ref ?? ""];
}

function turn(page: Page, who: string, left_s: number | null): TemplateResult {
  if (left_s !== null) return html`<p>${t("recorder.voices.running", { who, seconds: Math.ceil(left_s) })}</p>`;
  return html`<p>${t("recorder.voices.do", { who })}</p>
    <p><button type="button" class="btn btn--primary" id="voice-go" @click=${() => page.voiceCheck?.speak()}>${t("recorder.voices.go")}</button></p>`;
}

function after(page: Page): TemplateResult {
  return html`<div class="row">
    <button type="button" class="btn btn--primary" id="voices-done" @click=${() => page.voiceCheck?.done()}>${t("recorder.voices.done")}</button>
    <button type="button" class="btn" id="voices-again" @click=${() => page.voiceCheck?.ask()}>${t("recorder.voices.again")}</button>
  </div>`;
}

function words(voice: Voice): string {
  return t(voice === "good" || voice === "none" ? (`recorder.voices.${voice}` as Key) : (voice.replace("audio", "recorder.heard") as Key));
}
