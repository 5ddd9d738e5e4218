/** What is short on this device, and what to do about it. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { t } from "../messages";
import type { View } from "../view";

export function spaceNote(view: View): TemplateResult | typeof nothing {
  const what = spaceKind(view);
  return what === null ? nothing : html`<p class="notice notice--fix" role="note" id="space" data-space=${what}><span class="ico ico--fix" aria-hidden="true"></span><span>${spaceWords(view)}</span></p>`;
}

/** The same for those who do not see it: read only where something is short. */
export function spaceWords(view: View): string {
  const { left_s, planned_s } = view.space!;
  const [left, planned] = [left_s, planned_s ?? 0].map((seconds) => Math.floor(seconds / 60)) as [number, number];
  return t(`recorder.space.${spaceKind(view)!}`, { left, planned });
}

export function spaceKind({ space }: View): "short" | "low" | null {
  return space && space.say;
}
