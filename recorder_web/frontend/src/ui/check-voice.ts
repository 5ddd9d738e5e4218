/** One line aloud: how loud the voice is over the room, and whether the path to the file is raw. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import type { Check } from "../capture/self-test";
import type { CheckPage } from "../check/page";
import { isTested, testState, voiceProblem, voiceState, type CheckView, type VoiceProblem } from "../check/view";
import { t, type Key } from "../messages";
import { oneDigit, plain } from "../numbers";
import { button, figure, problem, progress, step, type Part, type Picture } from "./check-parts";

const LOWEST_DBFS = -60;
const VOICE_PICTURES: Record<VoiceProblem, Picture> = { silent: "plug", quiet: "closer", loud: "lower", clipped: "lower", noisy: "window" };
const TEST_PICTURES: Record<string, Picture> = { ledger: "clock", rate: "sliders", bandwidth: "other", gate: "sliders", "gain-control": "sliders", settings: "sliders" };
const RESULT_ICONS = { pass: "check", fail: "stop", flag: "flag", "not-tested": "clock" } as const;
const RESULT_COLOURS = { pass: "ok", fail: "fix", flag: "flag", "not-tested": "plain" } as const;

export function voiceStep(page: CheckPage): TemplateResult {
  const { view } = page;
  return step("voice", 5, voiceState(view), [
    speaking(view) ? performing(page) : html`<p>${t("check.voice.do")}</p>`,
    speaking(view) ? nothing : voiceResult(view),
    speaking(view) ? nothing : begin(page),
  ]);
}

function speaking({ phase }: CheckView): boolean {
  return phase !== null && ["silence", "line", "quiet", "loud", "closing"].includes(phase);
}

function begin(page: CheckPage): TemplateResult {
  const { view } = page;
  const { microphone, phase, loudspeaker, voice } = view;
  const allow = (event: Event): void => page.allowSound((event.target as HTMLInputElement).checked);
  const sound = html`<label class="tick"><input type="checkbox" id="sound" .checked=${loudspeaker} @change=${allow} /><span>${t("check.voice.sound")}<small class="tick__why muted">${t("check.voice.sound-why")}</small></span></label>`;
  return html`${isTested(view) ? nothing : sound}
    <p>${button("speak", t(voice === null ? "check.voice.go" : "check.voice.again"), () => void page.speak(), { primary: voice === null, disabled: microphone === null || phase !== null })}</p>`;
}

function performing(page: CheckPage): TemplateResult {
  const { phase, left_s, data } = page.view;
  if (phase === "silence") return progress(left_s, 3, t("check.voice.silence", { seconds: Math.ceil(left_s) }));
  if (phase !== "line") return progress(left_s, 2, t("check.voice.noise"));
  return html`<p class="small muted">${t("check.voice.say")}</p>
    <p class="read" lang=${data.line === null ? data.locale : data.claim!.variety}>${data.line ?? t("check.voice.line")}</p>
    ${meter(page.view)}
    <p>${button("said", t("check.voice.said"), () => page.said())}</p>`;
}

function meter({ meter: reading, data }: CheckView): TemplateResult {
  const now = reading?.z_100ms ?? LOWEST_DBFS;
  const { speech_min_dbfs: low, speech_max_dbfs: high } = data.limits;
  return html`<div class="level" role="meter" aria-label=${t("check.voice.level")} aria-valuemin=${LOWEST_DBFS} aria-valuemax="0" aria-valuenow=${Math.max(LOWEST_DBFS, now).toFixed(1)}>
    <div class="level__bar">
      <span class="level__good" .style=${`left:${share(low)}%;width:${share(high) - share(low)}%`}></span><span class="level__now" .style=${`--now:${share(now)}%`}></span>
    </div>
  </div>`;
}

function share(level_dbfs: number): number {
  return Math.round(Math.min(100, Math.max(0, ((level_dbfs - LOWEST_DBFS) / -LOWEST_DBFS) * 100)) * 10) / 10;
}

function voiceResult(view: CheckView): Part {
  const { voice, data } = view;
  if (voice === null) return nothing;
  const { speech_min_dbfs: low, speech_max_dbfs: high, snr_min_db } = data.limits;
  const found = voiceProblem(view);
  const digits = (value: number | null): string => (value === null ? "–" : oneDigit(value));
  return html`<dl class="measure" id="voice" data-problem=${found ?? ""}>
      ${figure(t("check.voice.level"), digits(voice.level_dbfs), t("recorder.unit.dbfs"), t("check.voice.level-asked", { low: plain(low), high: plain(high) }))}
      ${figure(t("check.voice.snr"), digits(voice.snr_db), t("check.unit.db"), t("check.voice.snr-asked", { limit: plain(snr_min_db) }))}
      ${figure(t("check.voice.clipped"), String(voice.clipped_runs), t("check.unit.times"), t("check.voice.clipped-asked"))}
    </dl>
    ${found === null ? html`<p>${t("check.voice.good")}</p>` : problem(VOICE_PICTURES[found], t(`check.voice.${found}`), t(`check.voice.${found}-do`))}`;
}

export function testStep(page: CheckPage): TemplateResult {
  const { view } = page;
  const { checks } = view;
  return step("test", 6, testState(view), [
    checks === null ? html`<p>${t(isTested(view) ? "check.test.before" : "check.test.do")}</p>` : results(view, checks),
    isTested(view) && checks === null ? html`<p>${button("test-again", t("check.test.again"), () => page.testAgain(), { primary: false, disabled: view.phase !== null })}</p>` : nothing,
  ]);
}

function results(view: CheckView, checks: readonly Check[]): Part {
  const failed = checks.find(({ name, result }) => result === "fail" || (result === "flag" && (name === "gate" || name === "gain-control")));
  return html`<ul class="stack stack--s" id="checks">${checks.map(row)}</ul>
    ${failed === undefined ? nothing : problem(TEST_PICTURES[failed.name] ?? "other", t(`check.test.${failed.name}-fail` as Key), t(`check.test.${failed.name}-do` as Key))}
    <p class="small muted" id="report" data-report=${view.report}>${t(`check.report.${view.report}`)}${view.found === null ? nothing : html` ${t("check.report.same", { same: same(view, checks), all: checks.length })}`}</p>`;
}

function row({ name, result }: Check): TemplateResult {
  return html`<li class="row row--between" data-check=${name} data-result=${result}>
    <span>${t(`check.test.${name}`)}</span>
    <span class="chip chip--${RESULT_COLOURS[result]}"><span class="ico ico--${RESULT_ICONS[result]}" aria-hidden="true"></span>${t(`check.result.${result}`)}</span>
  </li>`;
}

/** On how many the server, who measured the same take, agrees. */
function same({ found }: CheckView, checks: readonly Check[]): number {
  return checks.filter(({ name, result }) => found!.some((other) => other.name === name && other.result === result)).length;
}
