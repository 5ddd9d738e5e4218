/** A recogniser's draft: asked for, waited for, shown beside the text. Fetched where a recogniser can be asked. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { sentenceFor, t } from "../messages";
import type { Editor } from "../transcribe/editor";
import type { Line } from "../transcribe/lines";
import { Machine } from "../transcribe/machine";
import type { Server } from "../transcribe/server";

type Part = TemplateResult | typeof nothing;

export class Recogniser {
  private readonly editor: Editor;
  private readonly machine: Machine;

  constructor(editor: Editor, server: Server, redraw: () => void) {
    this.editor = editor;
    this.machine = new Machine(server, redraw);
  }

  load(line: Line): void {
    this.machine.load(line);
  }

  /** The button under the text box, while nothing was asked. */
  ask(): Part {
    const { current: line } = this.editor;
    if (this.machine.of(line).state !== "absent") return nothing;
    return html`<button type="button" id="ask-draft" class="btn btn--small" @click=${() => void this.machine.ask(line)}>${t("transcribe.draft.ask")}</button>`;
  }

  /** The draft beside the text: waiting, ready, failed. */
  card(): Part {
    const { editor, machine } = this;
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
}
