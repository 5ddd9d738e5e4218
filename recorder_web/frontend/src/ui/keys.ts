/** The keys under the list of segments. */

import { html, type TemplateResult } from "lit/html.js";
import { t, type Key } from "../messages";
import { faces, type Action, type Chords } from "../transcribe/shortcuts";

const SHOWN: Action[] = ["play", "back", "forward", "problem", "next", "leave"];

export function legend(chords: Chords, open: () => void): TemplateResult {
  return html`<div class="keys only-desk">
    ${SHOWN.map((action) => html`<span>${keyCaps(chords[action])}${nameOf(action)}</span>`)}
    <button type="button" id="set-keys" class="btn btn--quiet btn--small" @click=${open}>${t("transcribe.keys.change")}</button>
  </div>`;
}

export function keyCaps(chord: string): TemplateResult {
  return html`<span class="row caps">${faces(chord).map((face) => html`<kbd class="kbd">${face}</kbd>`)}</span>`;
}

export function nameOf(action: Action): string {
  return t(`${/^(solo|mute)-/.test(action) ? "side" : "transcribe"}.key.${action}` as Key);
}
