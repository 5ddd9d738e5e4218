/** The sheet on which each key is set anew. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { t } from "../messages";
import { ACTIONS, allowed, chordOf, faces, objection, USUAL, type Action, type Chords } from "../transcribe/shortcuts";
import { keyCaps, nameOf } from "./keys";

export interface KeySheet {
  asking: Action | null; // the action whose new key is awaited
  refused: string | null; // why the last one was not taken
}

export interface KeySetter {
  asking(): Action | null; // as it is now, drawn or not
  ask(action: Action | null): void;
  set(action: Action, chord: string): void;
  refuse(why: string): void;
  usual(): void;
}

export function keySheet(chords: Chords, actions: readonly Action[], { asking, refused }: KeySheet, setter: KeySetter): TemplateResult {
  const changed = ACTIONS.some((action) => chords[action] !== USUAL[action]);
  return html`<dialog id="key-sheet" class="card sheet" aria-labelledby="keys-title" @close=${() => setter.ask(null)} @cancel=${(event: Event) => setter.asking() !== null && event.preventDefault()}>
    <div class="card__head"><h2 class="h2" id="keys-title">${t("transcribe.keys.change")}</h2><form method="dialog"><button class="btn btn--small">${t("transcribe.close")}</button></form></div>
    <p class="small muted">${t("transcribe.keys.hint")}</p>
    <p class="small" role="status" id="key-refused">${refused ?? ""}</p>
    <ul class="key-list">${actions.map((action) => row(chords, action, asking === action, setter))}</ul>
    ${changed ? html`<button type="button" id="usual-keys" class="btn btn--small" @click=${() => setter.usual()}>${t("transcribe.keys.usual")}</button>` : nothing}
  </dialog>`;
}

function row(chords: Chords, action: Action, asking: boolean, setter: KeySetter): TemplateResult {
  const pressed = (event: KeyboardEvent): void => {
    if (setter.asking() !== action || event.isComposing || event.keyCode === 229) return;
    const chord = chordOf(event);
    if (chord === null) return;
    event.preventDefault();
    const against = objection(chords, action, chord);
    if (against === null) setter.set(action, chord);
    else setter.refuse(allowed(chord) ? t("transcribe.keys.taken", { key: faces(chord).join(" "), action: nameOf(against as Action) }) : t("transcribe.keys.plain", { key: faces(chord).join(" ") }));
  };
  return html`<li><span>${nameOf(action)}</span>
    <button type="button" class="btn btn--small" data-action=${action} @click=${() => setter.ask(asking ? null : action)} @keydown=${pressed} @blur=${() => setter.asking() === action && setter.ask(null)}><span class="visually-hidden">${nameOf(action)}</span> ${asking ? t("transcribe.keys.press") : keyCaps(chords[action])}</button></li>`;
}
