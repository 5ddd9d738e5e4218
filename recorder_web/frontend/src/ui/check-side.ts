/** Beside the steps: what the work asks, what is safe, and the way on. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import type { CheckPage } from "../check/page";
import { problems, type CheckView } from "../check/view";
import { t, type Key } from "../messages";
import { problem, type Part } from "./check-parts";
import { limitsOf } from "./check-steps";

/** Short notes: a browser that may drop sound, recordings of an earlier visit. */
export function notes({ view, booth }: CheckPage): Part[] {
  return [
    booth.path === "worklet" ? problem("other", t("check.note.worklet"), t("check.note.worklet-do"), "flag") : nothing,
    view.interrupted > 0 && view.data.urls.record !== null ? problem("clock", t("check.note.interrupted", { count: view.interrupted }), t("check.note.interrupted-do"), "flag") : nothing,
  ];
}

/** What the work in hand asks of room and microphone. */
export function needs({ data }: CheckView): TemplateResult {
  const band = data.bands.find(({ name }) => name === data.claim?.band);
  if (band === undefined || data.capture === null) return html`<section class="card"><p class="small muted">${t("check.needs.none")}</p></section>`;
  return html`<section class="card stack stack--s" aria-label=${t("check.needs.label")}>
    <h2 class="h3">${t("check.needs.label")}</h2>
    <dl class="measure small">
      <dt>${t("check.needs.band")}</dt>
      <dd><span class="band band--${band.name}">${t(`band.${band.name}` as Key)}</span> ${limitsOf(band)}</dd>
      <dt>${t("check.needs.rate")}</dt>
      <dd>${t("recorder.mic.rate", { rate: data.capture.rate_hz.toLocaleString("en-US") })}</dd>
      <dt>${t("check.needs.calibration")}</dt>
      <dd>${t(`check.needs.calibration-${data.capture.calibration}`)}</dd>
    </dl>
  </section>`;
}

/** What happened to the sound. */
export function sentCard(page: CheckPage): Part {
  const { upload } = page.view;
  const { problem: code, waiting_takes: takes, safe } = upload;
  const count = Object.keys(safe).length;
  if (takes === 0 && count === 0 && code === null) return nothing;
  return html`<section class="card" aria-label=${t("recorder.upload.label")} id="upload" data-safe=${count} data-waiting=${takes}>
    <p class="small">${said(code, takes)}</p>
    ${code === "auth.expired" || code === "auth.other-account" ? html`<a class="btn btn--small" href="/join" target="_blank" rel="noopener">${t("recorder.upload.sign-in-go")}</a>` : nothing}
    ${code === "sitting.other-open" ? html`<button type="button" class="btn btn--small" @click=${() => page.booth.takeOver()}>${t("recorder.upload.take-over")}</button>` : nothing}
  </section>`;
}

const KNOWN: Record<string, Key> = {
  "auth.expired": "recorder.upload.sign-in",
  "auth.other-account": "recorder.upload.other-account",
  "consent.withdrawn": "recorder.upload.withdrawn",
  "sitting.other-open": "recorder.upload.other-open",
  "storage.full": "recorder.upload.server-full",
};

function said(code: string | null, takes: number): string {
  if (code !== null && code !== "take.assembling") return t(KNOWN[code] ?? "recorder.upload.offline", { takes });
  return takes > 0 ? t("recorder.upload.sending-little", { takes }) : t("check.sent.safe");
}

/** On to the recorder: open, whatever was found here. */
export function goCard(view: CheckView): TemplateResult {
  const { data, microphone, phase } = view;
  const count = problems(view);
  const record = data.urls.record;
  return html`<section class="card stack" aria-label=${t("check.go.label")}>
    <p class="small muted">${t(microphone === null ? "check.go.first" : count > 0 ? "check.go.problems" : "check.go.ready", { count })}</p>
    <p><a class="btn btn--block ${microphone !== null && count === 0 ? "btn--primary" : ""}" id="go" aria-disabled=${phase !== null} href=${record ?? data.urls.home}>${t(record === null ? "check.go.home" : "check.go.recorder")}</a></p>
  </section>`;
}
