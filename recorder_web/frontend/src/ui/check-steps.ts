/** The first four steps of the sound check: the microphone as it is, and the room around it. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import type { CheckPage } from "../check/page";
import { calibrationOf, microphoneState, processingState, rateState, roomOf, roomState, type CheckView } from "../check/view";
import type { Band } from "../data";
import { sentenceFor, t, type Key } from "../messages";
import { oneDigit, plain } from "../numbers";
import { button, figure, problem, progress, step, type Part, type Picture } from "./check-parts";

const PRIOR_DB = 123; // what a usual microphone would make of a level, ±10 dB: a hint, never a measurement
const PICTURES: Record<string, Picture> = { denied: "lock", "no-microphone": "plug", busy: "other", gone: "plug", full: "clock" };
const DIAL = { lowest: 20, highest: 80 };

export function microphoneStep(page: CheckPage): TemplateResult {
  const { view } = page;
  const { microphone, problem: reason, opening } = view;
  return step("microphone", 1, microphoneState(view), [
    reason === null ? nothing : problem(PICTURES[reason] ?? "clock", sentenceFor("check.problem.", reason, "check.problem.busy"), sentenceFor("check.problem.", `${reason}-do`, "check.problem.busy-do")),
    microphone === null ? html`<p>${t("check.microphone.do")}</p>` : choice(page),
    microphone === null ? html`<p>${button("open", t(opening ? "check.microphone.opening" : "check.microphone.go"), () => void page.openMicrophone(), { disabled: opening || page.rest === null, icon: "mic" })}</p>` : nothing,
  ]);
}

/** All there are, by name; the page asks for the one that is chosen by its own id. */
function choice(page: CheckPage): TemplateResult {
  const { microphone, offered, phase } = page.view;
  const choose = (event: Event): void => page.choose((event.target as HTMLSelectElement).value);
  const open = { id: microphone!.id, label: microphone!.label };
  const listed = offered.some(({ id }) => id === open.id) ? offered : [open, ...offered]; // a system may hide which of them its own is
  return html`<div class="field">
    <label class="field__label" for="choice">${t("check.microphone.choice")}</label>
    <select class="select" id="choice" ?disabled=${phase !== null} @change=${choose}>
      ${listed.map(({ id, label }) => html`<option value=${id} ?selected=${id === microphone!.id}>${label || t("check.microphone.nameless")}</option>`)}
    </select>
    <p class="field__hint">${t("check.microphone.hint")}</p>
  </div>`;
}

export function processingStep({ view }: CheckPage): TemplateResult {
  const state = processingState(view);
  const { microphone } = view;
  if (microphone === null) return step("processing", 2, state, html`<p class="muted">${t("check.processing.what")}</p>`);
  if (microphone.processing === "off") return step("processing", 2, state, html`<p>${t("check.processing.off")}</p>`);
  const on = microphone.processing === "on";
  return step("processing", 2, state, problem("sliders", t(on ? "check.processing.on" : "check.processing.unknown"), t(on ? "check.processing.on-do" : "check.processing.unknown-do"), on ? "fix" : "flag"));
}

export function rateStep({ view }: CheckPage): TemplateResult {
  const state = rateState(view);
  const { microphone, data } = view;
  if (microphone === null) return step("rate", 3, state, html`<p class="muted">${t("check.rate.what")}</p>`);
  const wanted = data.capture?.rate_hz ?? null;
  const facts = { rate: microphone.rate_hz.toLocaleString("en-US"), wanted: (wanted ?? 0).toLocaleString("en-US") };
  const says = html`<p>${t(wanted === null ? "check.rate.is" : "check.rate.is-of", facts)}</p>`;
  return step("rate", 3, state, [says, state === "problem" ? problem("sliders", t("check.rate.low"), t("check.rate.low-do", facts)) : nothing]);
}

export function roomStep(page: CheckPage): TemplateResult {
  const { view } = page;
  const { microphone, phase, left_s, room_dbfs } = view;
  const again = room_dbfs !== null;
  return step("room", 4, roomState(view), [
    again || phase === "room" ? nothing : html`<p>${t("check.room.do")}</p>`,
    phase === "room" ? progress(left_s, 5, t("check.room.listening", { seconds: Math.ceil(left_s) })) : roomResult(view),
    html`<p>${button("room", t(again ? "check.room.again" : "check.room.go"), () => void page.measureRoom(), { primary: !again, disabled: microphone === null || phase !== null })}</p>`,
  ]);
}

function roomResult(view: CheckView): Part {
  const { room_dbfs, data } = view;
  if (room_dbfs === null) return nothing;
  const room = roomOf(view);
  const calibration = calibrationOf(view);
  const level_dba = calibration === null ? null : room_dbfs + Number(calibration.offset_db);
  if (level_dba === null) return uncalibrated(room_dbfs, data.capture?.calibration === "required");
  const band = data.bands.find(({ name }) => name === data.claim?.band);
  const error = room?.uncertainty_db ?? Number(calibration!.u_db);
  return html`<dl class="measure">${figure(t("check.room.level"), oneDigit(level_dba), t("recorder.unit.dba-error", { error: oneDigit(error) }))}</dl>
    ${band === undefined ? nothing : bandScale(band, level_dba)} ${room === null || band === undefined ? nothing : against(room.place, Math.abs(room.margin_db!), band, level_dba)}`;
}

function uncalibrated(room_dbfs: number, required: boolean): TemplateResult {
  const about = Math.round(room_dbfs + PRIOR_DB);
  return html`<dl class="measure">${figure(t("check.room.reading"), oneDigit(room_dbfs), t("recorder.unit.dbfs"))}</dl>
    ${problem("meter", t("check.room.uncalibrated"), t(required ? "check.room.uncalibrated-required" : "check.room.uncalibrated-do"), "flag")}
    <p class="small muted">${t("check.room.hint", { about })}</p>`;
}

function bandScale(band: Band, level_dba: number): TemplateResult {
  const [low, high] = [band.low ?? DIAL.lowest, band.high ?? DIAL.highest];
  return html`<div class="stack stack--s">
    <p class="row row--between small"><span class="band band--${band.name}">${t(`band.${band.name}` as Key)}</span><b class="num">${limitsOf(band)}</b></p>
    <div class="level__bar" aria-hidden="true">
      <span class="level__good" .style=${`left:${share(low)}%;width:${share(high) - share(low)}%`}></span><span class="level__peak" .style=${`--peak:${share(level_dba)}%`}></span>
    </div>
  </div>`;
}

/** Limits of a band in words and numbers. */
export function limitsOf({ low, high }: Band): string {
  if (low === null) return t("band.under", { high: plain(high ?? 0) });
  return high === null ? t("band.over", { low: plain(low) }) : t("band.between", { low: plain(low), high: plain(high) });
}

function against(place: string, margin_db: number, band: Band, level_dba: number): TemplateResult {
  const margin = oneDigit(margin_db);
  if (place === "in") return html`<p>${t("check.room.in", { margin })}</p>`;
  if (place === "edge") return html`<p>${t("check.room.edge", { margin })}</p>`;
  const quiet = band.low !== null && level_dba < band.low;
  return problem("window", t(quiet ? "check.room.too-quiet" : "check.room.too-loud", { margin }), t(quiet ? "check.room.too-quiet-do" : "check.room.too-loud-do"));
}

function share(level_dba: number): number {
  return Math.min(100, Math.max(0, ((level_dba - DIAL.lowest) / (DIAL.highest - DIAL.lowest)) * 100));
}
