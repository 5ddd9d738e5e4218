/** The noise gauge: dial with the required band, words, figures, gate, and the last ten seconds. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import type { Band } from "../data";
import { OPENS_AFTER_S } from "../gate";
import { figures } from "../measuring";
import { t, type Key } from "../messages";
import { oneDigit } from "../numbers";
import type { View } from "../view";
import { bandDial, plainDial } from "./dial";
import { limits } from "./limits";
import type { trace } from "./trace";

type Say = "none" | "in" | "edge" | "out" | "back";

/** The whole gauge card; the trace is fetched after the page stands. */
export function gauge(view: View, drawTrace?: typeof trace): TemplateResult {
  const band = bandOf(view);
  const say = sayOf(view);
  return html`<div class="gauge" data-state=${say}>
    <div class="gauge__top">
      <span class="small muted">${t("recorder.gauge.wanted")}</span>
      <span class="row"><span class="band band--${band.name}">${t(`band.${band.name}` as Key)}</span><b class="num">${limits(band)}</b></span>
    </div>
    ${view.room === null || view.room.place === "uncalibrated" ? plainDial(view) : bandDial(view, band)} ${words(view)} ${calibrate(view)}
    ${say === "back" ? gateSteps(view) : gateLine(view)} ${numbers(view)} ${drawTrace?.(view, band)}
  </div>`;
}

function bandOf({ data }: View): Band {
  return data.bands.find(({ name }) => name === data.claim.band)!;
}

/** An unknown microphone can be made known, unless the browser works on its sound. */
function calibrate({ room, microphone, data }: View): TemplateResult | typeof nothing {
  if (room?.place !== "uncalibrated" || microphone?.processing === "on") return nothing;
  return html`<a class="btn btn--block ${data.capture.calibration === "required" ? "btn--primary" : ""}" href="/check/${data.claim.id}">${t("recorder.gauge.calibrate")}</a>`;
}

/** Which of the five things the gauge says. */
export function sayOf({ room, gate, state }: View): Say {
  if (room === null || room.place === "uncalibrated") return "none";
  const waits = !gate.open && (state === "waiting" || state === "paused");
  if (waits) return room.place === "in" ? "back" : "out"; // near the limit counts, but does not open the gate
  return room.place;
}

function words(view: View): TemplateResult {
  const [say, act] = sentences(view);
  return html`<div class="gauge__words"><p class="gauge__say">${say}</p><p class="gauge__do">${act}</p></div>`;
}

/** What is so, and what to do: also what a screen reader is told. */
export function sentences(view: View): [string, string] {
  const { room, meter, data } = view;
  if (room === null || meter === null) return [t("recorder.gauge.off"), t("recorder.gauge.off-do")];
  if (room.place === "uncalibrated") {
    const required = data.capture.calibration === "required";
    return [t("recorder.gauge.uncalibrated"), t(required ? "recorder.gauge.uncalibrated-required" : "recorder.gauge.uncalibrated-do")];
  }
  const [say, margin] = [sayOf(view), oneDigit(Math.abs(room.margin_db!))];
  if (say === "out") return outside(tooQuiet(view) ? "too-quiet" : "too-loud", margin);
  if (say === "edge") return [t("recorder.gauge.edge"), t("recorder.gauge.edge-do", { margin, error: oneDigit(room.uncertainty_db!) })];
  const quiet = bandOf(view).low === null; // a noisy band asks for noise
  if (say === "back") return [t(quiet ? "recorder.gauge.back" : "recorder.gauge.back-range", { seconds: oneDigit(missing_s(view)) }), t("recorder.gauge.back-do")];
  return [t(quiet ? "recorder.gauge.in" : "recorder.gauge.in-range"), t("recorder.gauge.in-do", { margin })];
}

function outside(how: "too-quiet" | "too-loud", margin: string): [string, string] {
  return [t(`recorder.gauge.${how}`, { margin }), t(`recorder.gauge.${how}-do`)];
}

/** Whether the room is under its band. */
export function tooQuiet(view: View): boolean {
  const { low } = bandOf(view);
  return low !== null && view.room!.level_dba! < low;
}

function missing_s({ gate }: View): number {
  return Math.max(0, OPENS_AFTER_S - gate.in_s);
}

/** LAeq of a second and of ten, and what the room does not fall below: each with its unit, the limit beside them. */
function numbers(view: View): TemplateResult | typeof nothing {
  const found = figures(view);
  if (found === null) return nothing;
  const unit = t(`recorder.unit.${found.unit}`);
  const one = (key: Key, value: string, of: string): TemplateResult => html`<div><dt class="muted">${t(key)}</dt><dd class="num">${value}<span class="unit">${of}</span></dd></div>`;
  return html`<dl class="row row--between small gauge__figures">
    ${one("recorder.gauge.leq-1s", oneDigit(found.leq_1s), unit)} ${one("recorder.gauge.leq-10s", oneDigit(found.leq_10s), unit)} ${one("recorder.gauge.l90", oneDigit(found.l90), unit)}
    ${found.unit === "dba" ? one("recorder.gauge.limit", limits(bandOf(view)), "") : nothing}
  </dl>`;
}

function gateLine({ gate, room, state }: View): TemplateResult | typeof nothing {
  if (room === null) return nothing;
  const key: Key = gate.open ? (state === "recording" ? "recorder.gate.goes-on" : "recorder.gate.open") : "recorder.gate.shut";
  const end = room.place === "in" ? t("recorder.gate.since", { seconds: Math.floor(gate.in_s) }) : room.place === "edge" && gate.open ? t("recorder.gate.unbroken") : gate.open ? "" : t("recorder.gate.asks");
  return html`<div class="gate ${gate.open ? "gate--open" : "gate--shut"}">
    <span class="ico ${gate.open ? "ico--check" : "ico--stop"}" aria-hidden="true"></span><span>${t(key)}</span>
    <span class="num">${room.place === "uncalibrated" ? nothing : end}</span>
  </div>`;
}

/** How much of the three quiet seconds has passed. */
function gateSteps({ gate }: View): TemplateResult {
  const share = (second: number): number => Math.round(Math.min(1, Math.max(0, gate.in_s - second)) * 100);
  return html`<div class="gate">
    <span>${t("recorder.gate.quiet-for")}</span>
    <span class="gate__steps" aria-hidden="true">${[0, 1, 2].map((second) => html`<i .style=${`--at:${share(second)}%`}></i>`)}</span>
    <span class="num">${t("recorder.gate.of", { seconds: oneDigit(Math.min(OPENS_AFTER_S, gate.in_s)), all: OPENS_AFTER_S })}</span>
  </div>`;
}
