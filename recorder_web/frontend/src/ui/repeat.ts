/** At the start of a sitting: is the calibration still right? One reading tells; skipping is one press and says its price. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { readingProblem } from "../check/readings";
import { t } from "../messages";
import { oneDigit } from "../numbers";
import type { Repeat, Repeating } from "../repeat";
import type { View } from "../view";

type Part = TemplateResult | typeof nothing;

/** The card, in whatever phase the check is; nothing once there is no more to say. */
export function repeatCard(repeating: Repeating, view: View): Part {
  const { repeat, calibration } = view;
  if (repeat === null || calibration === null || repeat.phase === "skipped" || repeat.phase === "agrees") return nothing;
  return html`<section class="card stack" id="repeat" data-phase=${repeat.phase} aria-labelledby="repeat-title">
    <h2 class="h2" id="repeat-title">${t("check.repeat.title")}</h2>
    ${body(repeating, repeat, view)}
  </section>`;
}

/** What is told to those who do not see the card, once a phase. */
export function repeatWords({ phase, left_s = 0, moved_db = null, difference_db = 0 }: Repeat): string {
  const difference = oneDigit(Math.abs(difference_db));
  if (phase === "ask") return `${t("check.repeat.title")} ${t("check.repeat.do")}`;
  if (phase === "warm-up" || phase === "running") return t(`check.repeat.${phase}`, { seconds: Math.ceil(left_s) });
  if (phase === "reading") return moved_db === null ? t("check.repeat.reading") : t("check.repeat.unsteady", { moved: oneDigit(moved_db) });
  return phase === "sent" || phase === "differs" ? t(`check.repeat.${phase}`, { difference }) : phase === "refused" ? t("check.repeat.refused") : "";
}

function body(repeating: Repeating, repeat: Repeat, { calibration, data }: View): Part {
  const { phase, left_s = 0, moved_db = null } = repeat;
  if (phase === "warm-up") return running(t("check.repeat.warm-up", { seconds: Math.ceil(left_s) }), 5 - left_s, 5);
  if (phase === "running") return running(t("check.repeat.running", { seconds: Math.ceil(left_s) }), 10 - left_s, 10);
  if (phase === "reading") return moved_db === null ? reading(repeating) : unsteady(repeating, moved_db);
  if (phase === "sent") return html`<p>${t("check.repeat.sent", { difference: oneDigit(Math.abs(repeat.difference_db!)) })}</p>`;
  if (phase === "differs" || phase === "refused") return differs(repeat, data.claim.id);
  const facts = { now: oneDigit(Number(calibration!.u_db)), then: oneDigit(Number(calibration!.u_unrepeated_db)) };
  return html`<p>${t("check.repeat.do")}</p>
    <div class="row">
      <button type="button" class="btn btn--primary" id="repeat-go" @click=${() => void repeating.measure()}>${t("check.repeat.go")}</button>
      <button type="button" class="btn" id="repeat-skip" @click=${() => repeating.skip()}>${t("check.repeat.skip")}</button>
    </div>
    <p class="small muted">${t("check.repeat.skip-cost", facts)}</p>`;
}

function running(words: string, done: number, whole: number): TemplateResult {
  return html`<p>${words}</p><progress class="progress" max=${whole} value=${done} aria-label=${t("check.repeat.title")}></progress>`;
}

function reading(repeating: Repeating): TemplateResult {
  const send = (event: Event): void => {
    event.preventDefault();
    const input = (event.target as HTMLFormElement).elements.namedItem("reading") as HTMLInputElement;
    const wrong = readingProblem(input.value);
    input.setCustomValidity(wrong === null ? "" : t("check.repeat.reading-wrong"));
    if (wrong === null) repeating.read(input.value);
    else input.reportValidity();
  };
  const clear = (event: Event): void => (event.target as HTMLInputElement).setCustomValidity("");
  return html`<form class="field" novalidate @submit=${send}>
    <label class="field__label" for="reading">${t("check.repeat.reading")}</label>
    <span class="row"><input class="input" id="reading" name="reading" inputmode="decimal" autocomplete="off" size="6" @input=${clear} /><span class="unit">${t("recorder.unit.dba")}</span>
    <button class="btn btn--primary" id="repeat-send">${t("check.repeat.send")}</button></span>
  </form>`;
}

function unsteady(repeating: Repeating, moved_db: number): TemplateResult {
  return html`<p>${t("check.repeat.unsteady", { moved: oneDigit(moved_db) })}</p>
    <div class="row">
      <button type="button" class="btn btn--primary" id="repeat-go" @click=${() => void repeating.measure()}>${t("check.repeat.go")}</button>
      <button type="button" class="btn" id="repeat-skip" @click=${() => repeating.skip()}>${t("check.repeat.skip")}</button>
    </div>`;
}

/** The gain was moved, or another reference was used: nothing is a sound pressure until it is calibrated anew. */
function differs({ phase, difference_db }: Repeat, claim: string): TemplateResult {
  return html`<p>${phase === "refused" ? t("check.repeat.refused") : t("check.repeat.differs", { difference: oneDigit(Math.abs(difference_db!)) })}</p>
    <p><a class="btn" href="/check/${claim}">${t("check.repeat.link")}</a></p>`;
}
