/** What can be put into the text from outside: Hàn-jī for a romanised word. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { t } from "../messages";
import type { Editor } from "../transcribe/editor";
import type { Offers } from "../transcribe/offers";
import { keysOf, type Hands } from "./problems";

/** Buttons under the text box: characters for a word, and whatever else is offered. */
export function helpers(editor: Editor, other: TemplateResult | typeof nothing, find: () => void): TemplateResult | typeof nothing {
  const taigi = editor.data.claim.variety !== "cmn-TW";
  if (!taigi && other === nothing) return nothing;
  return html`<p class="row">
    ${taigi ? html`<button type="button" id="find-han" class="btn btn--small" @mousedown=${(event: Event) => event.preventDefault()} @click=${find}>${t("transcribe.han.find")}</button>` : nothing}
    ${other}
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
