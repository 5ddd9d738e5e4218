/** The dial of the gauge: the scale with its three bands, the needle, the figure with its unit and error. */

import { html, svg, type TemplateResult } from "lit/html.js";
import type { Band } from "../data";
import { t } from "../messages";
import { oneDigit } from "../numbers";
import type { View } from "../view";
import { limits } from "./limits";

export const LOWEST_DBA = 20;
const HIGHEST_DBA = 80;
const CENTRE = { x: 220, y: 224 };
const RADIUS = 164;

/** What the microphone reads where nobody knows how loud that is: no figure in dB(A), no band. */
export function plainDial({ trace: levels }: View): TemplateResult {
  const level = levels.length === 0 ? "–" : oneDigit(levels.at(-1)!); // the background, not the voice of the one who speaks
  return html`<svg viewBox="0 0 440 262" role="img" aria-label=${t("recorder.gauge.reading", { level })}>
    <path class="g-track" d=${arc(LOWEST_DBA, HIGHEST_DBA)}></path>
    <path class="g-edge g-dots" fill="none" stroke-dasharray="1 7" stroke-linecap="round" d=${arc(LOWEST_DBA, HIGHEST_DBA)}></path>
    <text class="g-value" x="220" y="206" text-anchor="middle">${levels.length === 0 ? "–" : "?"}</text>
    <text class="g-unit" x="220" y="240" text-anchor="middle">${t("recorder.gauge.reading", { level })}</text>
  </svg>`;
}

export function bandDial({ data, room }: View, wanted: Band): TemplateResult {
  const [level, error] = [room!.level_dba!, room!.uncertainty_db!];
  const label = t("recorder.gauge.label-dba", { level: oneDigit(level), limits: limits(wanted) });
  return html`<svg viewBox="0 0 440 262" role="img" aria-label=${label}>
    <path class="g-track" d=${arc(LOWEST_DBA, HIGHEST_DBA)}></path>
    ${data.bands.map((band) => bandArc(band, band.name === wanted.name, error))}
    ${ticks(data.bands).map((value) => tick(value, value === wanted.low || value === wanted.high))} ${needle(level)}
    <text class="g-value" x="220" y="216" text-anchor="middle">${oneDigit(level)}</text>
    <text class="g-unit" x="220" y="246" text-anchor="middle">${t("recorder.unit.dba-error", { error: oneDigit(error) })}</text>
  </svg>`;
}

function bandArc(band: Band, wanted: boolean, error: number): TemplateResult {
  const [low, high] = [Math.max(LOWEST_DBA, band.low ?? LOWEST_DBA), Math.min(HIGHEST_DBA, band.high ?? HIGHEST_DBA)];
  const mark = shape(band.name, point((low + high) / 2, 116));
  if (!wanted) return svg`<g class="g-${band.name}"><path class="g-arc" d=${arc(low, high)}></path>${mark}</g>`;
  const [from, to] = [band.low === null ? low : low + error, band.high === null ? high : high - error];
  return svg`<g class="g-${band.name}"><path class="g-need" d=${arc(low, high)}></path><path class="g-core" d=${arc(from, Math.max(from, to))}></path>${mark}</g>`;
}

/** ● low, ■ medium, ▲ high: colour is never alone. */
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
