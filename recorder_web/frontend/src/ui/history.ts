/** Earlier texts of a segment, newest first; putting one back is a new change, so nothing is lost by it. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { t } from "../messages";
import type { Editor } from "../transcribe/editor";
import type { Line } from "../transcribe/lines";
import type { Revision } from "../transcribe/server";

export interface History {
  line: Line;
  at: number; // its number in the list
  revisions: Revision[] | null; // null: not read yet
  failed: boolean;
  whole: boolean; // nothing earlier is left
}

export function historyPanel(editor: Editor, shown: History | null, more: () => void, close: () => void): TemplateResult {
  return html`<dialog id="history-panel" class="card sheet" aria-labelledby="history-title" @close=${close}>
    ${shown === null
      ? nothing
      : html`<div class="card__head"><h2 class="h2" id="history-title">${t("transcribe.history.title", { at: shown.at })}</h2><form method="dialog"><button class="btn btn--small">${t("transcribe.close")}</button></form></div>
          ${shown.failed ? html`<p role="alert">${t("transcribe.history.failed")}</p>` : nothing}
          <ol class="stack">${shown.revisions?.map((revision) => row(editor, shown.line, revision))}</ol>
          ${shown.whole ? nothing : html`<button type="button" class="btn btn--small" @click=${more}>${t("transcribe.history.more")}</button>`}`}
  </dialog>`;
}

function row(editor: Editor, line: Line, { number, text, mine, created_at }: Revision): TemplateResult {
  const when = new Date(created_at).toLocaleString(editor.data.locale);
  const restore = (event: Event): void => {
    (event.target as HTMLElement).closest("dialog")!.close(); // beneath an open sheet no text box can be written in
    editor.put(line, text);
  };
  const who = t(mine ? "transcribe.history.mine" : "transcribe.history.theirs");
  return html`<li class="stack stack--s revision" data-revision=${number}>
    <p class="small muted">${t("transcribe.history.row", { number, when, who })}</p>
    <p class="read--s" lang=${editor.data.claim.variety}>${text || t("transcribe.history.empty")}</p>
    ${text === line.text ? html`<p class="small"><span class="ico ico--check" aria-hidden="true"></span> ${t("transcribe.history.now")}</p>` : html`<p><button type="button" class="btn btn--small" @click=${restore}>${t("transcribe.history.restore")}</button></p>`}
  </li>`;
}
