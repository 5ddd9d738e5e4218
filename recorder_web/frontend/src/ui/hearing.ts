/** Who is heard: for each of two tracks a button to hear it alone and one to silence it. */

import { html, type TemplateResult } from "lit/html.js";
import { t } from "../messages";
import { SIDES, toggled, type Caps, type Change, type Hearing, type Side, type Way } from "../tracks/hearing";

const WAYS: Way[] = ["solo", "mute"];

/** `names`: what the two are called; `keys`: what is pressed instead, where the page shows it beside. */
export function hearingTools(hearing: Hearing, names: Record<Side, string>, set: Change, keys?: Caps): TemplateResult {
  return html`${SIDES.map((side) => html`<span class="row hear" role="group" aria-label=${t("side.track", { who: names[side] })}>
    <span class="small" aria-hidden="true">${names[side]}</span>
    <span class="segmented">${WAYS.map((way) => html`<button type="button" id="${way}-${side}" aria-pressed=${way === "solo" ? hearing.solo === side : hearing.mute[side]} @click=${() => set(toggled(hearing, way, side))}>${t(`side.${way}`)}<span class="visually-hidden"> ${names[side]}</span>${keys ? html` <span class="x-k" aria-hidden="true">${keys[way][side]}</span>` : ""}</button>`)}</span>
  </span>`)}`;
}
