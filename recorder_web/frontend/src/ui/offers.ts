/** What can be put into the text from outside: Hàn-jī for a romanised word, and a recogniser's draft. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { sentenceFor, t } from "../messages";
import type { Editor } from "../transcribe/editor";
import type { Machine } from "../transcribe/machine";
import type { Offers } from "../transcribe/offers";
import { keysOf, type Hands } from "./problems";

/** Buttons under the text box: characters for a word, a draft by the computer. */
export function helpers(editor: Editor, machine: Machine, find: () => void): TemplateResult | typeof nothing {
  const { claim, drafts } = editor.data;
  const taigi = claim.variety !== "cmn-TW";
  if (!taigi && !drafts) return nothing;
  const line = editor.current;
  const ask = drafts && machine.of(line).state === "absent";
  return html`<p class="row">
    ${taigi ? html`<button type="button" id="find-han" class="btn btn--small" @mousedown=${(event: Event) => event.preventDefault()} @click=${find}>${t("transcribe.han.find")}</button>` : nothing}
    ${ask ? html`<button type="button" id="ask-draft" class="btn btn--small" @click=${() => void machine.ask(line)}>${t("transcribe.draft.ask")}</button>` : nothing}
  </p>`;
}

/** The list of characters; where it is open it stands before the problems. */
export function offerCard(editor: Editor, offers: Offers, hands: Hands): TemplateResult | typeof nothing {
  const line = editor.current;
  const offered = offers.of(line);
  if (offered === null) return offers.none === null ? nothing : html`<p class="notice small" role="status" id="no-han">${t(`transcribe.han.${offers.none}`)}</p>`;
  const listed = offers.listed(offered);
  return html`<section class="card fix-card" id="han-card" aria-labelledby="han-title">
    <div class="row row--between"><h2 class="h2" id="han-title">${t("transcribe.han.title")}</h2><button type="button" class="btn btn--small" @click=${() => offers.close()}>${t("transcribe.close")}</button></div>
    <p class="muted" role="status">${t("transcribe.han.found", { count: listed.length })}</p>
    <div class="choices" role="group" aria-labelledby="han-title">
      ${listed.map(({ word, offer }, n) => html`<button type="button" class="choice" data-han=${offer.han} @click=${() => offers.take(line, offered, word, offer)}>${keysOf(n < 4 ? hands.chord(n + 1) : null)}<b lang=${editor.data.claim.variety}>${offer.han}</b><span class="small muted"><span class="tailo" lang="nan-Latn">${offer.reading}</span> ${t("transcribe.han.seen", { count: offer.prompts + offer.accepted })}</span></button>`)}
    </div>
  </section>`;
}

/** The draft beside the text: waiting, ready, failed. */
export function draftCard(editor: Editor, machine: Machine): TemplateResult | typeof nothing {
  if (!editor.data.drafts) return nothing;
  const line = editor.current;
  const { state, text, error_code } = machine.of(line);
  if (state === "absent") return nothing;
  const again = html`<button type="button" class="btn btn--small" @click=${() => void machine.ask(line)}>${t("transcribe.draft.again")}</button>`;
  const use = html`<button type="button" id="use-draft" class="btn btn--small" @click=${() => editor.put(line, text ?? "")}>${t("transcribe.draft.use")}</button>`;
  return html`<section class="card stack stack--s" id="draft" data-state=${state} aria-labelledby="draft-title">
    <h2 class="h3" id="draft-title">${t("transcribe.draft.title")}</h2>
    <div role="status">
      ${state === "queued" ? html`<p class="muted"><span class="ico ico--clock" aria-hidden="true"></span> ${t("transcribe.draft.waiting")}</p>` : nothing}
      ${state === "ready" ? html`<p class="read--s" id="draft-text" lang=${editor.data.claim.variety}>${text}</p><p class="small muted">${t("transcribe.draft.check")}</p>` : nothing}
      ${state === "failed" ? html`<p>${sentenceFor("draft.failed.", error_code ?? "", "draft.failed.other", { code: error_code ?? "" })}</p>` : nothing}
    </div>
    <p class="row">${state === "ready" ? use : state === "failed" ? again : nothing}</p>
  </section>`;
}
