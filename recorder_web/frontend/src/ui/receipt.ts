/** The server's receipt of a take in full: what it says, what it proves, how to check it without us. Fetched when wanted. */

import { html, nothing, render, type TemplateResult } from "lit/html.js";
import { t } from "../messages";
import { receiptOf } from "../store/room";
import type { Receipt } from "../store/opfs";
import type { View } from "../view";

const COMMAND = "speechcorpus receipt verify receipt.json --key key.pem";

interface Shown {
  text: string; // what was said
  lang: string;
  locale: string;
  sha256: string;
  receipt: Receipt | null; // null: only its hash is still known here
  copied: boolean;
}

/** Open the sheet over the page; closing it gives the keyboard back to where it was. */
export async function showReceipt({ data, lines, upload }: View, take: string): Promise<void> {
  const receipt = await receiptOf(data.contributor_ref, take);
  const at = lines.findIndex((line) => line.take === take);
  const shown = { text: data.prompts[at]?.text ?? "", lang: data.claim.variety, locale: data.locale, sha256: upload.safe[take]!, receipt, copied: false };
  const place = document.createElement("div");
  document.body.append(place);
  const draw = (): unknown => render(sheet(shown, () => void copy(shown).then(draw), () => place.remove()), place);
  draw();
  place.querySelector("dialog")!.showModal();
}

function sheet({ text, lang, locale, sha256, receipt, copied }: Shown, copy: () => void, closed: () => void): TemplateResult {
  return html`<dialog id="receipt" class="card sheet" aria-labelledby="receipt-title" @close=${closed}>
    <div class="card__head"><h2 class="h2" id="receipt-title">${t("recorder.receipt.title")}</h2><form method="dialog"><button class="btn btn--small">${t("recorder.receipt.close")}</button></form></div>
    <div class="stack">
      <p class="read--s" lang=${lang}>${text}</p>
      <dl class="measure small">
        <dt>${t("recorder.receipt.hash")}</dt>
        <dd class="x-hash" id="receipt-hash">${sha256}</dd>
        ${receipt === null ? nothing : html`<dt>${t("recorder.receipt.time")}</dt><dd>${new Date(receipt.kept_ms).toLocaleString(locale)}</dd>`}
      </dl>
      <p>${t("recorder.receipt.proves")}</p>
      ${receipt === null ? nothing : html`<p class="small">${t("recorder.receipt.check")}</p><pre class="x-pre" tabindex="0">${COMMAND}</pre>`}
      <p class="row">
        <button type="button" class="btn btn--primary" id="copy-hash" @click=${copy}>${t("recorder.receipt.copy")}</button>
        ${receipt === null ? nothing : html`<a class="btn" id="save-receipt" download="receipt.json" href=${fileOf(receipt)}>${t("recorder.receipt.save")}</a>`}
        <span role="status">${copied ? t("recorder.receipt.copied") : ""}</span>
      </p>
    </div>
  </dialog>`;
}

/** The signed document as a file: nothing of ours around it. */
function fileOf({ receipt }: Receipt): string {
  return `data:application/json;charset=utf-8,${encodeURIComponent(JSON.stringify(receipt))}`;
}

/** Copy the fingerprint; where the browser does not allow it, mark it, so that a person can. */
async function copy(shown: Shown): Promise<void> {
  try {
    await navigator.clipboard.writeText(shown.sha256);
    shown.copied = true;
  } catch {
    getSelection()?.selectAllChildren(document.getElementById("receipt-hash")!);
  }
}
