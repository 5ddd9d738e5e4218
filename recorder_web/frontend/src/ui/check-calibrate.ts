/** From digital numbers to decibels: takes of a steady sound beside a reference that shows them. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { isComplete } from "../check/calibration-desk";
import type { CheckPage } from "../check/page";
import { APART_DB, readingOf, readingProblem, TAKES } from "../check/readings";
import { calibrationOf, calibrationState, type Calibrating, type CalibrationTake, type CheckView, type Method } from "../check/view";
import type { Calibration } from "../data";
import { sentenceFor, t, type Key } from "../messages";
import { oneDigit } from "../numbers";
import { button, figure, problem, progress, step, type Part, type Picture } from "./check-parts";

const METHODS: Method[] = ["reference-meter", "calibrated-phone", "none"];
const REFUSED: Record<string, Picture> = { "calibration.unsteady": "steady", "calibration.spread": "steady", "calibration.reference": "meter", "calibration.gain-control": "sliders", "calibration.processing": "sliders" };

export function calibrateStep(page: CheckPage): TemplateResult {
  const { view } = page;
  return step("calibrate", 7, calibrationState(view), body(page));
}

function body(page: CheckPage): Part[] {
  const { view } = page;
  const { calibrating, phase, left_s } = view;
  const known = calibrationOf(view);
  if (phase === "warm-up") return [progress(left_s, 5, t("check.calibrate.warm-up", { seconds: Math.ceil(left_s) }))];
  if (phase === "calibrate") return [progress(left_s, 10, t("check.calibrate.listening", { at: calibrating.takes.length + 1, seconds: Math.ceil(left_s) }))];
  if (known !== null && !calibrating.anew && calibrating.sent !== "takes") return [holds(known, calibrating), again(page)];
  return [html`<p>${t("check.calibrate.do")}</p>`, methods(page), measuring(page), sentState(page)];
}

function again(page: CheckPage): TemplateResult {
  return html`<p>${button("calibrate-again", t("check.calibrate.again"), () => page.calibration.again(), { primary: false, disabled: page.view.phase !== null })}</p>`;
}

/** What is known now, in numbers with their limits. */
function holds(made: Calibration, { answer }: Calibrating): TemplateResult {
  const spread = answer?.["spread_db"];
  return html`<p id="calibrated" data-calibration=${made.id}><b>${t("check.calibrate.done")}</b></p>
    <dl class="measure">
      ${figure(t("check.calibrate.offset"), oneDigit(Number(made.offset_db)), t("check.unit.db"))}
      ${figure(t("check.calibrate.error"), `±${oneDigit(Number(made.u_db))}`, t("check.unit.db"))}
      ${typeof spread === "string" ? figure(t("check.calibrate.spread"), oneDigit(Number(spread)), t("check.unit.db"), t("check.calibrate.spread-asked")) : nothing}
      <dt>${t("check.calibrate.until")}</dt><dd class="num">${made.expires_at.slice(0, 10)}</dd>
    </dl>`;
}

/** Three ways, each with what it means for the work. */
function methods(page: CheckPage): TemplateResult {
  const { calibrating, phase } = page.view;
  return html`<div class="ticks" role="radiogroup" aria-labelledby="methods">
    <p class="field__label" id="methods">${t("check.calibrate.method")}</p>
    ${METHODS.map(
      (method) => html`<label class="tick"><input type="radio" name="method" value=${method} .checked=${calibrating.method === method} ?disabled=${phase !== null} @change=${() => page.calibration.choose(method)} />
        <span>${t(`check.calibrate.method.${method}`)}<small class="tick__why muted">${t(why(page.view, method))}</small></span></label>`,
    )}
  </div>`;
}

function why({ data }: CheckView, method: Method): Key {
  return method === "none" && data.capture?.calibration === "required" ? "check.calibrate.method.none-required" : `check.calibrate.method.${method}-why`;
}

function measuring(page: CheckPage): Part {
  const { calibrating, microphone, phase } = page.view;
  const { method, takes, second } = calibrating;
  if (method === null || method === "none") return nothing;
  const wanted = second ? TAKES + 1 : TAKES;
  const next = takes.length < wanted;
  return html`<div class="field">
      <label class="field__label" for="class">${t("check.calibrate.class")}</label>
      <input class="input" id="class" maxlength="80" .value=${calibrating.reference_class} @change=${(event: Event) => page.calibration.name((event.target as HTMLInputElement).value)} />
      <p class="field__hint">${t("check.calibrate.class-hint")}</p>
    </div>
    ${problem("meter", t("check.calibrate.place"), t("check.calibrate.place-do"), "flag")}
    ${takes.length === 0 ? nothing : html`<ol class="stack">${takes.map((take, at) => reading(page, take, at))}</ol>`}
    ${second ? levels(calibrating) : nothing}
    <div class="row">
      ${next ? button("measure", t(takes.length === 0 ? "check.calibrate.go" : "check.calibrate.next", { at: takes.length + 1 }), () => void page.calibration.measure(), { disabled: microphone === null || phase !== null, icon: "mic" }) : nothing}
      ${next && takes.length < TAKES ? nothing : button("send-calibration", t("check.calibrate.send"), () => page.calibration.send(), { primary: !next, disabled: !isComplete(calibrating) || calibrating.sent !== "no" })}
      ${takes.length === TAKES && !second ? button("second", t("check.calibrate.second"), () => page.calibration.addLevel(), { primary: false }) : nothing}
    </div>
    ${takes.length === TAKES && !second ? html`<p class="small muted">${t("check.calibrate.second-why")}</p>` : nothing}`;
}

function reading(page: CheckPage, { typed, moved_db }: CalibrationTake, at: number): TemplateResult {
  const wrong = typed === "" ? null : readingProblem(typed);
  const note = `reading-note-${at}`;
  const type = (event: Event): void => page.calibration.type(at, (event.target as HTMLInputElement).value);
  const input = html`<span class="row"><input class="input" id="reading-${at}" inputmode="decimal" autocomplete="off" size="6" .value=${typed} aria-invalid=${wrong !== null} aria-describedby=${note} @input=${type} /><span class="unit">${t("recorder.unit.dba")}</span></span>`;
  const unsteady = html`${problem("steady", t("check.calibrate.unsteady", { moved: oneDigit(moved_db ?? 0) }), t("check.calibrate.unsteady-do"))}
    <p>${button(`drop-${at}`, t("check.calibrate.drop"), () => page.calibration.drop(at), { primary: false })}</p>`;
  return html`<li class="field" data-take=${at}>
    <label class="field__label" for="reading-${at}">${t("check.calibrate.reading", { at: at + 1 })}</label>
    ${moved_db === null ? input : unsteady}
    <p class="field__hint" id=${note}>${wrong === null ? t("check.calibrate.reading-hint") : t(`check.calibrate.reading-${wrong}`)}</p>
  </li>`;
}

/** Whether the readings lie far enough apart to say anything about gain control. */
function levels({ takes }: Calibrating): Part {
  const read = takes.map(({ typed }) => readingOf(typed)).filter((value) => value !== null).map(Number);
  if (takes.length <= TAKES || read.length < takes.length) return html`<p>${t("check.calibrate.second-do", { apart: APART_DB })}</p>`;
  const apart = Math.max(...read) - Math.min(...read);
  return apart >= APART_DB ? nothing : problem("lower", t("check.calibrate.apart", { apart: oneDigit(apart) }), t("check.calibrate.apart-do", { apart: APART_DB }));
}

function sentState(page: CheckPage): Part {
  const { sent, refused } = page.view.calibrating;
  if (sent === "no" || sent === "done") return nothing;
  if (sent !== "refused") return problem("clock", t(`check.calibrate.waits-${sent}`), t("check.calibrate.waits-do"), "flag");
  const { code, facts } = refused!;
  const words = Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, String(fact)]));
  return html`<div id="refused" data-code=${code} class="stack">
    ${problem(REFUSED[code] ?? "meter", sentenceFor("check.refused.", code, "check.refused.other", { ...words, code }), sentenceFor("check.refused.", `${code}-do`, "check.refused.other-do"))}
    <p>${button("calibrate-again", t("check.calibrate.again"), () => page.calibration.again())}</p>
  </div>`;
}
