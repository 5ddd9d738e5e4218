/** The last ten seconds of the background: a line over the shaded band, with a mark where something banged. */

import { html, nothing, svg, type TemplateResult } from "lit/html.js";
import type { Band } from "../data";
import { t } from "../messages";
import { plain } from "../numbers";
import type { View } from "../view";
import { LOWEST_DBA } from "./dial";

const PLOT = { left: 40, right: 436, top: 6, bottom: 106 };
const TRACE_STEPS = 100;

type Scale = (level: number) => number;

export function trace({ trace: levels, bursts, room }: View, band: Band): TemplateResult | typeof nothing {
  if (room === null || levels.length < 2) return nothing;
  const absolute = room.place !== "uncalibrated";
  const [bottom, top] = absolute ? [LOWEST_DBA, Math.max(60, (band.high ?? 60) + 10)] : around(levels);
  const y: Scale = (level) => PLOT.bottom - (PLOT.bottom - PLOT.top) * Math.min(1, Math.max(0, (level - bottom) / (top - bottom)));
  const x: Scale = (step) => PLOT.right - ((levels.length - 1 - step) / TRACE_STEPS) * (PLOT.right - PLOT.left);
  const line = levels.map((level, step) => `${step === 0 ? "M" : "L"}${x(step).toFixed(1)} ${y(level).toFixed(1)}`).join("");
  const edges = absolute ? [band.low, band.high].filter((edge): edge is number => edge !== null) : [(bottom + top) / 2];
  const marks = [bottom + 10, ...edges, ...(edges.at(-1)! < top - 15 ? [top - 10] : [])].map(Math.round);
  const banged = bursts.flatMap((burst, step) => (burst ? [step] : []));
  return html`<figure>
    <svg viewBox="0 0 440 112" role="img" aria-label=${t("recorder.gauge.trace")} data-bursts=${banged.length}>
      <rect class="g-plot" x=${PLOT.left} y=${PLOT.top} width=${PLOT.right - PLOT.left} height=${PLOT.bottom - PLOT.top} rx="4"></rect>
      ${absolute ? shade(band, y, bottom, top) : nothing}
      ${marks.map((mark) => svg`<text x="32" y=${y(mark) + 5} text-anchor="end">${plain(mark)}</text>`)}
      ${banged.map((step) => svg`<path class="g-burst" d="M${x(step).toFixed(1)} ${PLOT.top}v${PLOT.bottom - PLOT.top}m-5 ${PLOT.top - PLOT.bottom}h10"></path>`)}
      <path class="g-line" d=${line}></path>
      <circle class="g-dot ${room.place === "out" ? "g-dot--out" : ""}" cx=${x(levels.length - 1)} cy=${y(levels.at(-1)!)} r="6"></circle>
    </svg>
    <figcaption class="trace__axis">
      <span>${t("recorder.gauge.ten-seconds")}</span><span>${banged.length > 0 ? t("recorder.gauge.burst") : t(absolute ? "recorder.gauge.axis-dba" : "recorder.gauge.axis-dbfs")}</span><span>${t("recorder.gauge.now")}</span>
    </figcaption>
  </figure>`;
}

function shade(band: Band, y: Scale, bottom: number, top: number): TemplateResult {
  const [low, high] = [y(band.low ?? bottom), y(band.high ?? top)];
  const edges = [band.low, band.high].filter((edge): edge is number => edge !== null);
  return svg`<g class="g-${band.name}"><rect class="g-shade" x=${PLOT.left} y=${high} width=${PLOT.right - PLOT.left} height=${Math.max(0, low - high)}></rect></g>
    ${edges.map((edge) => svg`<path class="g-edge" d="M${PLOT.left} ${y(edge)}H${PLOT.right}" stroke-dasharray="5 4"></path>`)}`;
}

function around(levels: readonly number[]): [number, number] {
  const middle = Math.round([...levels].sort((a, b) => a - b)[levels.length >> 1]! / 10) * 10;
  return [middle - 20, middle + 20];
}
