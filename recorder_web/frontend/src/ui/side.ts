/** Beside the prompt: what is safe, which microphone, and the way on. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { t, type Key } from "../messages";
import { clock } from "../numbers";
import type { Page } from "../page";
import { uploadKey, type View } from "../view";

/** What happened to the sound, in plain words. */
export function uploadCard(page: Page): TemplateResult {
  const { upload, state, lines } = page.view;
  const key = uploadKey(upload);
  const safe = Object.keys(upload.safe).length;
  const count = lines.filter(({ take }) => take !== null && upload.safe[take] !== undefined).length; // sentences, without the room
  const facts = { count, takes: upload.waiting_takes, length: clock(upload.waiting_s), code: Object.values(upload.stopped)[0] ?? "" };
  return html`<section class="card" aria-label=${t("recorder.upload.label")} id="upload" data-key=${key} data-safe=${safe} data-waiting=${upload.waiting_takes}>
    <div class="safe">
      <span class="ico ico--${key === "recorder.upload.safe" ? "safe" : "up"}" aria-hidden="true"></span>
      <div>
        <b>${t(said(key, facts.count, upload.waiting_s), facts)}</b>
        <p class="small muted">${state === "recording" ? t("recorder.upload.growing") : t("recorder.upload.patient")}</p>
        ${key === "recorder.upload.sign-in" || key === "recorder.upload.other-account" ? html`<a class="btn btn--small" href="/join" target="_blank" rel="noopener">${t("recorder.upload.sign-in-go")}</a>` : nothing}
        ${key === "recorder.upload.other-open" ? html`<button type="button" class="btn btn--small" @click=${() => page.takeOver()}>${t("recorder.upload.take-over")}</button>` : nothing}
      </div>
    </div>
  </section>`;
}

/** The key in the words that fit: no sentence yet, or too little to name its length. */
function said(key: Key, count: number, waiting_s: number): Key {
  if (key === "recorder.upload.safe" && count === 0) return "recorder.upload.room";
  return key === "recorder.upload.sending" && waiting_s < 1 ? "recorder.upload.sending-little" : key;
}

/** The microphone as it is, not as it was asked for. */
export function microphoneCard({ microphone, data }: View): TemplateResult | typeof nothing {
  if (microphone === null) return nothing;
  const rate = microphone.rate_hz === null ? "" : t("recorder.mic.rate", { rate: microphone.rate_hz.toLocaleString("en-US") });
  return html`<section class="card recorder__mic" aria-label=${t("recorder.mic.label")}>
    <dl class="measure small">
      <dt>${t("recorder.mic.label")}</dt>
      <dd>${microphone.label} ${rate}</dd>
      <dt>${t("recorder.mic.processing")}</dt>
      <dd>${t(`recorder.mic.processing-${microphone.processing}` as Key)}</dd>
      <dt>${t("recorder.mic.calibration")}</dt>
      <dd>${data.calibration === null ? t("recorder.mic.uncalibrated") : t("recorder.mic.calibrated", { error: data.calibration.u_db })}</dd>
    </dl>
  </section>`;
}

/** On to the transcripts, once everything has arrived. */
export function leaveCard(page: Page): TemplateResult {
  const { lines, state, leaving } = page.view;
  const busy = state === "recording" || state === "closing";
  const done = lines.filter((line) => line.take !== null).length;
  return html`<section class="card stack ${done < lines.length ? "recorder__leave" : ""}" aria-label=${t("recorder.leave.label")}>
    <p class="small muted">${t(leaving ? "recorder.leave.waiting" : "recorder.leave.hint", { done, all: lines.length })}</p>
    <button type="button" id="leave" class="btn btn--block ${done === lines.length ? "btn--primary" : ""}" ?disabled=${busy || leaving || done === 0} @click=${() => page.leave()}>${t("recorder.leave.go")}</button>
  </section>`;
}
