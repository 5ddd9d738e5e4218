/** Beside the prompt: which microphone, and the way on. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { calibrationOf } from "../measuring";
import { t, type Key } from "../messages";
import { oneDigit } from "../numbers";
import type { Page } from "../page";
import { counts } from "../targets";
import type { View } from "../view";

/** The microphone as it is, not as it was asked for. */
export function microphoneCard(view: View): TemplateResult | typeof nothing {
  const { microphone } = view;
  if (microphone === null) return nothing;
  const calibration = calibrationOf(view);
  const rate = microphone.rate_hz === null ? "" : t("recorder.mic.rate", { rate: microphone.rate_hz.toLocaleString("en-US") });
  return html`<section class="card recorder__mic" aria-label=${t("recorder.mic.label")}>
    <dl class="measure small">
      <dt>${t("recorder.mic.label")}</dt>
      <dd>${microphone.label} ${rate}</dd>
      <dt>${t("recorder.mic.processing")}</dt>
      <dd>${t(`recorder.mic.processing-${microphone.processing}` as Key)}</dd>
      <dt>${t("recorder.mic.calibration")}</dt>
      <dd>${calibration === null ? t("recorder.mic.uncalibrated") : t("recorder.mic.calibrated", { error: oneDigit(Number(calibration.u_db)) })}</dd>
    </dl>
    <p class="small"><a href="/check/${view.data.claim.id}">${t("check.repeat.link")}</a></p>
  </section>`;
}

/** On to the transcripts, once everything has arrived. */
export function leaveCard(page: Page): TemplateResult {
  const { state, leaving } = page.view;
  const busy = state === "recording" || state === "closing";
  const { done, owed } = counts(page.view);
  return html`<section class="card stack ${done < owed ? "recorder__leave" : ""}" aria-label=${t("recorder.leave.label")}>
    <p class="small muted">${t(leaving ? "recorder.leave.waiting" : "recorder.leave.hint", { done, all: owed })}</p>
    <button type="button" id="leave" class="btn btn--block ${done === owed ? "btn--primary" : ""}" ?disabled=${busy || leaving || done === 0} @click=${() => page.leave()}>${t("recorder.leave.go")}</button>
  </section>`;
}
