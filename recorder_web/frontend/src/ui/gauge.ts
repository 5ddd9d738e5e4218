/** The noise gauge: dial with the required band, words, gate, and the last ten seconds. */

import { html, nothing, svg, type TemplateResult } from "lit/html.js";
import type { Band } from "../data";
import { t, type Key } from "../messages";
import { oneDigit, plain } from "../numbers";
import type { View } from "../view";

const LOWEST_DBA = 20;
const HIGHEST_DBA = 80;
const CENTRE = { x: 220, y: 224 };
const RADIUS = 164;
const PLOT = { left: 40, right: 436, top: 6, bottom: 106 };
const TRACE_STEPS = 100;
const UNSURE_DB = 2.8; // how wide the pale rim of the band is drawn before the first reading

/** The whole gauge card. */
export function gauge(view: View): TemplateResult {
  const band = bandOf(view);
  const state = stateOf(view);
  return html`<div class="gauge" data-state=${state}>
    <div class="gauge__top">
      <span class="small muted">${t("recorder.gauge.wanted")}</span>
      <span class="row"><span class="band band--${band.name}">${t(`band.${band.name}` as Key)}</span><b class="num">${limits(band)}</b></span>
    </div>
    ${view.room?.place === "uncalibrated" || view.room === null ? plainDial(view) : bandDial(view, band)} ${words(view, band, state)}
    ${gateLine(view)} ${trace(view, band)}
  </div>`;
}

function bandOf({ data }: View): Band {
  return data.bands.find(({ name }) => name === data.claim.band)!;
}

/** Limits of a band in words and numbers. */
export function limits({ low, high }: Band): string {
  if (low === null) return t("recorder.gauge.below", { high: high ?? "" });
  if (high === null) return t("recorder.gauge.above", { low });
  return t("recorder.gauge.between", { low, high });
}

function stateOf({ room, gate, state }: View): "none" | "in" | "edge" | "out" | "back" {
  if (room === null || room.place === "uncalibrated") return "none";
  const waits = !gate.open && (state === "waiting" || state === "paused");
  if (waits) return room.place === "in" ? "back" : "out"; // near the limit counts, but does not open the gate
  return room.place;
}

/** The background, as the trace below shows it: not the voice of the one who speaks. */
function plainDial({ trace: levels }: View): TemplateResult {
  const value = levels.length === 0 ? "–" : oneDigit(levels.at(-1)!);
  return html`<svg viewBox="0 0 440 262" role="img" aria-label=${t("recorder.gauge.label-dbfs", { level: value })}>
    <path class="g-track" d=${arc(LOWEST_DBA, HIGHEST_DBA)}></path>
    <path class="g-edge g-dots" fill="none" stroke-dasharray="1 7" stroke-linecap="round" d=${arc(LOWEST_DBA, HIGHEST_DBA)}></path>
    <text class="g-value" x="220" y="206" text-anchor="middle">${value}</text>
    <text class="g-unit" x="220" y="240" text-anchor="middle">${t("recorder.unit.dbfs")}</text>
  </svg>`;
}

function bandDial({ data, room }: View, wanted: Band): TemplateResult {
  const level = room!.level_dba!;
  const label = t("recorder.gauge.label-dba", { level: oneDigit(level), limits: limits(wanted) });
  return html`<svg viewBox="0 0 440 262" role="img" aria-label=${label}>
    <path class="g-track" d=${arc(LOWEST_DBA, HIGHEST_DBA)}></path>
    ${data.bands.map((band) => bandArc(band, band.name === wanted.name, room!.uncertainty_db ?? UNSURE_DB))}
    ${ticks(data.bands).map((value) => tick(value, value === wanted.low || value === wanted.high))} ${needle(level)}
    <text class="g-value" x="220" y="216" text-anchor="middle">${oneDigit(level)}</text>
    <text class="g-unit" x="220" y="246" text-anchor="middle">${t("recorder.unit.dba-error", { error: oneDigit(room!.uncertainty_db!) })}</text>
  </svg>`;
}

function bandArc(band: Band, wanted: boolean, error: number): TemplateResult {
  const [low, high] = [Math.max(LOWEST_DBA, band.low ?? LOWEST_DBA), Math.min(HIGHEST_DBA, band.high ?? HIGHEST_DBA)];
  const middle = point((low + high) / 2, 116);
  const mark = shape(band.name, middle);
  if (!wanted) return svg`<g class="g-${band.name}"><path class="g-arc" d=${arc(low, high)}></path>${mark}</g>`;
  const [from, to] = [band.low === null ? low : low + error, band.high === null ? high : high - error];
  return svg`<g class="g-${band.name}"><path class="g-need" d=${arc(low, high)}></path><path class="g-core" d=${arc(from, Math.max(from, to))}></path>${mark}</g>`;
}

function shape(name: string, { x, y }: Point): TemplateResult {
  if (name === "low") return svg`<circle class="g-mark" cx=${x} cy=${y} r="8"></circle>`;
  if (name === "medium") return svg`<rect class="g-mark" x=${x - 6} y=${y - 6} width="12" height="12" rx="1"></rect>`;
  return svg`<path class="g-mark" d="M${x} ${y - 7}l7.5 13h-15z"></path>`;
}

function ticks(bands: readonly Band[]): number[] {
  const edges = bands.flatMap(({ low, high }) => [low, high]).filter((edge): edge is number => edge !== null);
  return [...new Set([LOWEST_DBA, 30, ...edges, HIGHEST_DBA])].filter((edge) => edge >= LOWEST_DBA && edge <= HIGHEST_DBA);
}

function tick(value: number, limit: boolean): TemplateResult {
  const [inner, outer, text] = [point(value, limit ? 142 : 182), point(value, 188), point(value, 204)];
  return svg`<path class=${limit ? "g-edge" : "g-tick"} d="M${inner.x} ${inner.y}L${outer.x} ${outer.y}"></path>
    <text class=${limit ? "g-limit" : ""} x=${text.x} y=${text.y + 5} text-anchor="middle">${value}</text>`;
}

function needle(level: number): TemplateResult {
  const at = Math.min(HIGHEST_DBA, Math.max(LOWEST_DBA, level));
  const [tip, left, right] = [point(at, 178), point(at - 1.4, 104), point(at + 1.4, 104)];
  return svg`<path class="g-needle" d="M${tip.x} ${tip.y}L${left.x} ${left.y}L${right.x} ${right.y}z"></path>`;
}

function words(view: View, band: Band, state: string): TemplateResult {
  const [say, act] = sentences(view, band, state);
  return html`<div class="gauge__words"><p class="gauge__say">${say}</p><p class="gauge__do">${act}</p></div>`;
}

/** What is so, and what to do: also what a screen reader is told. */
export function sentences(view: View, band: Band = bandOf(view), state: string = stateOf(view)): [string, string] {
  const { room, meter, data } = view;
  if (room === null || meter === null) return [t("recorder.gauge.off"), t("recorder.gauge.off-do")];
  if (room.place === "uncalibrated") {
    const required = data.capture.calibration === "required";
    return [t("recorder.gauge.uncalibrated"), t(required ? "recorder.gauge.uncalibrated-required" : "recorder.gauge.uncalibrated-do")];
  }
  const margin = oneDigit(Math.abs(room.margin_db!));
  const quiet = band.low !== null && room.level_dba! < band.low;
  if (state === "out") return quiet ? [t("recorder.gauge.too-quiet", { margin }), t("recorder.gauge.too-quiet-do")] : [t("recorder.gauge.too-loud", { margin }), t("recorder.gauge.too-loud-do")];
  if (state === "edge") return [t("recorder.gauge.edge"), t("recorder.gauge.edge-do", { margin, error: oneDigit(room.uncertainty_db!) })];
  if (state === "back") return [t("recorder.gauge.back", { seconds: oneDigit(Math.max(0, 3 - view.gate.in_s)) }), t("recorder.gauge.back-do")];
  return [t("recorder.gauge.in"), t("recorder.gauge.in-do", { margin })];
}

function gateLine({ gate, room, state }: View): TemplateResult | typeof nothing {
  if (room === null) return nothing;
  const open = gate.open;
  const key: Key = open ? (state === "recording" ? "recorder.gate.goes-on" : "recorder.gate.open") : "recorder.gate.shut";
  const icon = open ? "ico--check" : "ico--stop";
  return html`<div class="gate ${open ? "gate--open" : "gate--shut"}">
    <span class="ico ${icon}" aria-hidden="true"></span><span>${t(key)}</span>
    <span class="num">${room.place === "in" ? t("recorder.gate.since", { seconds: Math.floor(gate.in_s) }) : nothing}</span>
  </div>`;
}

function trace({ trace: levels, room }: View, band: Band): TemplateResult | typeof nothing {
  if (room === null || levels.length < 2) return nothing;
  const absolute = room.place !== "uncalibrated";
  const [bottom, top] = absolute ? [LOWEST_DBA, Math.max(60, (band.high ?? 60) + 10)] : around(levels);
  const y = (level: number): number => PLOT.bottom - (PLOT.bottom - PLOT.top) * Math.min(1, Math.max(0, (level - bottom) / (top - bottom)));
  const x = (step: number): number => PLOT.right - ((levels.length - 1 - step) / TRACE_STEPS) * (PLOT.right - PLOT.left);
  const line = levels.map((level, step) => `${step === 0 ? "M" : "L"}${x(step).toFixed(1)} ${y(level).toFixed(1)}`).join("");
  const marks = [bottom + 10, (bottom + top) / 2, top - 10].map(Math.round);
  return html`<figure>
    <svg viewBox="0 0 440 112" role="img" aria-label=${t("recorder.gauge.trace")}>
      <rect class="g-plot" x=${PLOT.left} y=${PLOT.top} width=${PLOT.right - PLOT.left} height=${PLOT.bottom - PLOT.top} rx="4"></rect>
      ${absolute ? shade(band, y, bottom, top) : nothing}
      ${marks.map((mark) => svg`<text x="32" y=${y(mark) + 5} text-anchor="end">${plain(mark)}</text>`)}
      <path class="g-line" d=${line}></path>
      <circle class="g-dot ${room.place === "out" ? "g-dot--out" : ""}" cx=${x(levels.length - 1)} cy=${y(levels.at(-1)!)} r="6"></circle>
    </svg>
    <figcaption class="trace__axis">
      <span>${t("recorder.gauge.ten-seconds")}</span><span>${t(absolute ? "recorder.gauge.axis-dba" : "recorder.gauge.axis-dbfs")}</span><span>${t("recorder.gauge.now")}</span>
    </figcaption>
  </figure>`;
}

function shade(band: Band, y: (level: number) => number, bottom: number, top: number): TemplateResult {
  const [low, high] = [y(band.low ?? bottom), y(band.high ?? top)];
  const edges = [band.low, band.high].filter((edge): edge is number => edge !== null);
  return svg`<g class="g-${band.name}"><rect class="g-shade" x=${PLOT.left} y=${high} width=${PLOT.right - PLOT.left} height=${Math.max(0, low - high)}></rect></g>
    ${edges.map((edge) => svg`<path class="g-edge" d="M${PLOT.left} ${y(edge)}H${PLOT.right}" stroke-dasharray="5 4"></path>`)}`;
}

function around(levels: readonly number[]): [number, number] {
  const middle = Math.round([...levels].sort((a, b) => a - b)[levels.length >> 1]! / 10) * 10;
  return [middle - 20, middle + 20];
}

interface Point {
  x: number;
  y: number;
}

function point(value: number, radius: number): Point {
  const angle = Math.PI * (1 - (value - LOWEST_DBA) / (HIGHEST_DBA - LOWEST_DBA));
  const [x, y] = [CENTRE.x + radius * Math.cos(angle), CENTRE.y - radius * Math.sin(angle)];
  return { x: Math.round(x * 10) / 10, y: Math.round(y * 10) / 10 };
}

function arc(from: number, to: number): string {
  const [a, b] = [point(from, RADIUS), point(to, RADIUS)];
  return `M${a.x} ${a.y}A${RADIUS} ${RADIUS} 0 0 1 ${b.x} ${b.y}`;
}
