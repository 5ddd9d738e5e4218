/** The line to the other person, the test of the headphones, who speaks how much, and whose line it is. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import type { Part } from "../announcing";
import type { Desk } from "../dialogue/desk";
import { LEAK_DB } from "../dialogue/leak";
import { OVERLAP_PCT, SHARE_PCT, TURN_S } from "../dialogue/meters";
import type { Line, Seat } from "../dialogue/turns";
import { t, type Key } from "../messages";
import { minutes, oneDigit } from "../numbers";
import { spokenAbout } from "../targets";
import { canRest, type View } from "../view";

type Maybe = TemplateResult | typeof nothing;
const CHIP = { off: "", connecting: "accent", alone: "accent", talking: "ok", lost: "fix", ended: "" } as const;
const REFUSED = { theirs: "call.refused", mine: "call.refused.mine", leak: "call.refused.leak" } as const;
const DONE_S = 20; // to the next thing said about the balance

/** How the call stands, and what to do about it. */
export function callCard(desk: Desk, view: View): TemplateResult {
  const { state } = desk.call;
  const who = view.data.call!.other;
  return html`<section class="card stack" id="call" data-state=${state} data-leak=${desk.leak.outcome(desk.call.volume)} data-their=${desk.their?.ready ?? ""} aria-labelledby="call-title">
    <div class="row row--between">
      <h2 class="h2" id="call-title">${t("call.title", { who })}</h2>
      <span class="chip ${CHIP[state] === "" ? "" : `chip--${CHIP[state]}`}">${t(`call.state.${state}`, { who })}</span>
    </div>
    ${state === "talking" ? theirs(desk, who) : hint(desk, view)} ${trouble(desk)} ${leak(desk, view)} ${about(desk, view)} ${acts(desk, view)}
  </section>`;
}

function theirs(desk: Desk, who: string): TemplateResult {
  if (desk.leak.outcome(desk.call.volume) === "running") return html``;
  const { their, hushed } = desk;
  return html`<p class="small" id="call-their">${hushed ? t("call.hush", { who }) : t(`call.their.${their?.ready ?? "setup"}`, { who })}</p>`;
}

function hint({ call: { state } }: Desk, view: View): TemplateResult {
  const who = view.data.call!.other;
  const key: Key = view.microphone === null ? "call.hint.microphone" : (`call.hint.${state}` as Key);
  return html`<p class="small">${t(key, { who })}</p>`;
}

function trouble({ call: { line, info, state } }: Desk): Maybe {
  if (line !== "good") return notice("fix", t(`call.line.${line}`));
  return info !== null && !info.relay && state !== "talking" && state !== "ended" ? html`<p class="small muted">${t("call.no-relay")}</p>` : nothing;
}

/** Before anything is recorded together: does the partner leak out of the headphones? */
function leak(desk: Desk, view: View): Maybe {
  const { volume, state } = desk.call;
  if (state !== "talking") return nothing;
  const outcome = desk.leak.outcome(volume);
  const [level, who] = [oneDigit(desk.leak.measured_db(volume) ?? 0), view.data.call!.other];
  const facts = { who, level, limit: oneDigit(LEAK_DB) };
  if (outcome === "running") return notice("flag", t("call.leak.running"));
  if (outcome === "passed") return html`<p class="small" id="leak"><span class="ico ico--check" aria-hidden="true"></span> ${t("call.leak.passed", facts)}</p>`;
  if (outcome === "untested") return html`<p class="small" id="leak">${t("call.leak.untested")}</p>`;
  const free = canRest(view.state) && !desk.hushed;
  return html`<div class="stack stack--s" id="leak">
    ${outcome === "failed" ? notice("stop", t("call.leak.failed", facts)) : outcome === "unclear" ? notice("fix", t("call.leak.unclear")) : html`<p>${t(free || desk.hushed ? "call.leak.do" : "call.leak.later", facts)}</p>`}
    <div class="row">
      <button type="button" class="btn btn--primary" id="leak-go" ?disabled=${!free} @click=${() => desk.test()}>${t(outcome === "due" ? "call.leak.go" : "call.leak.again")}</button>
      ${outcome === "failed" ? nothing : html`<button type="button" class="btn" id="leak-skip" ?disabled=${!free} @click=${() => desk.leak.skip()}>${t("call.leak.skip")}</button>`}
    </div>
  </div>`;
}

/** What a press of record would do, or why it did nothing. */
function about(desk: Desk, view: View): Maybe {
  const who = view.data.call!.other;
  if (desk.asking) return notice("flag", t("call.asking", { who }));
  if (desk.refused !== null) return notice("flag", t(REFUSED[desk.refused], { who }));
  return view.state === "armed" && !desk.talking ? html`<p class="small muted" id="alone">${t("call.by-myself", { who })}</p>` : nothing;
}

function acts(desk: Desk, { microphone }: View): TemplateResult {
  const { state, volume } = desk.call;
  const joined = state !== "off" && state !== "ended";
  const join = html`<button type="button" class="btn ${state === "off" ? "btn--primary" : ""}" id="call-join" ?disabled=${microphone === null} @click=${() => desk.call.join()}>${t(state === "off" ? "call.join" : "call.rejoin")}</button>`;
  return html`<div class="row">
    ${state === "talking" || state === "connecting" ? nothing : join}
    ${joined ? html`<button type="button" class="btn btn--small" id="call-leave" @click=${() => desk.call.leave()}>${t("call.leave")}</button>` : nothing}
    ${state === "talking"
      ? html`<label class="row small"><span>${t("call.volume")}</span><input type="range" id="call-volume" min="0" max="1" step="0.05" .value=${String(volume)} @input=${(event: Event) => desk.volume(Number((event.target as HTMLInputElement).value))} /></label>`
      : nothing}
  </div>`;
}

/** Balance, overlap, turns: for the two who talk, no verdict. */
export function metersCard(desk: Desk, view: View): Maybe {
  const { figures } = desk;
  if (figures.talked_s === 0 && !desk.talking) return nothing;
  const who = view.data.call!.other;
  const { share_pct: mine } = figures;
  return html`<section class="card stack" id="talk-meters" aria-labelledby="meters-title">
    <h2 class="h2" id="meters-title">${t("call.meters.title")}</h2>
    ${mine === null ? html`<p class="small muted">${t("call.meters.none")}</p>` : balance(mine, who)}
    <dl class="measure small">
      <dt>${t("call.meters.overlap")}</dt>
      <dd>${figures.overlap_pct === null ? "–" : t("call.meters.percent", { value: Math.round(figures.overlap_pct) })} <span class="limit">${t("call.meters.below", { limit: OVERLAP_PCT })}</span></dd>
      <dt>${t("call.meters.longest")}</dt>
      <dd>${minutes(figures.longest_s)} <span class="limit">${t("call.meters.within", { limit: minutes(TURN_S) })}</span></dd>
      <dt>${t("call.meters.topic")}</dt>
      <dd>${minutes(spokenAbout(view, view.at))}</dd>
    </dl>
    ${desk.coach === null ? nothing : notice("flag", coach(desk))}
  </section>`;
}

function balance(mine: number, who: string): TemplateResult {
  const words = t("call.meters.share", { mine: Math.round(mine), theirs: 100 - Math.round(mine), who });
  return html`<div class="stack stack--s">
    <p class="small num">${words} <span class="limit">${t("call.meters.between", { low: SHARE_PCT[0], high: SHARE_PCT[1] })}</span></p>
    <div class="meter" role="img" aria-label=${words}><span class="progress__bar" .style=${`--at:${Math.round(mine)}%`}></span></div>
  </div>`;
}

function coach({ coach, figures }: Desk): string {
  const [low, high] = SHARE_PCT;
  if (coach === "overlap") return t("call.coach.overlap", { measured: Math.round(figures.overlap_pct ?? 0) });
  if (coach === "one-sided") return t("call.coach.one-sided", { measured: Math.round(figures.share_pct ?? 0), low, high });
  return t("call.coach.long-turn", { measured: minutes(figures.turn?.seconds ?? 0) });
}

/** A prompted dialogue: all lines, and whose turn it is. */
export function linesCard(lines: readonly Line[], at: number, seat: Seat, { data }: View): TemplateResult {
  const who = data.call!.other;
  const line = lines[at];
  return html`<div class="stack" id="lines" data-line=${at}>
    <p class="small"><b>${line === undefined ? nothing : t(line.seat === seat ? "call.turn.mine" : "call.turn.theirs", { who })}</b> <span class="muted">${t("call.turn.next", { at: at + 1, all: lines.length })}</span></p>
    <p class="read" lang=${data.claim.variety}>${line?.text}</p>
    <ol class="stack stack--s small muted" lang=${data.claim.variety}>
      ${lines.slice(at + 1, at + 3).map((next) => html`<li>${t(next.seat === seat ? "call.turn.me" : "call.turn.other", { who })} <span class="read--s">${next.text}</span></li>`)}
    </ol>
  </div>`;
}

/** What is told to those who do not see it: what has changed, the balance now and then. */
export function callWords(desk: Desk, view: View): Record<string, Part> {
  const who = view.data.call!.other;
  const { state, volume } = desk.call;
  const parts: Record<string, Part> = { call: { kind: state, text: t(`call.state.${state}`, { who }) } };
  if (desk.refused !== null) parts["refused"] = { kind: desk.refused, text: t(REFUSED[desk.refused], { who }) };
  if (state === "talking") {
    const outcome = desk.leak.outcome(volume);
    const level = oneDigit(desk.leak.measured_db(volume) ?? 0);
    const words: Key = outcome === "due" ? "call.leak.do" : `call.leak.${outcome}`;
    parts["leak"] = { kind: outcome, text: t(words, { who, level, limit: oneDigit(LEAK_DB) }) };
    const their: Key = desk.hushed ? "call.hush" : `call.their.${desk.their?.ready ?? "setup"}`;
    parts["their"] = { kind: their, text: t(their, { who }) };
  }
  const { place, seat } = desk.together;
  const line = desk.together.lines()?.[place.line];
  if (line !== undefined) parts["line"] = { kind: `${place.at} ${place.line}`, text: `${t(line.seat === seat ? "call.turn.mine" : "call.turn.theirs", { who })} ${line.text}` };
  if (desk.coach !== null) parts["coach"] = { kind: `${desk.coach} ${Math.floor(desk.figures.talked_s / DONE_S)}`, text: coach(desk) };
  return parts;
}

function notice(colour: "stop" | "fix" | "flag", text: string): TemplateResult {
  return html`<p class="notice notice--${colour}" role=${colour === "stop" ? "alert" : "note"}><span class="ico ico--${colour}" aria-hidden="true"></span><span>${text}</span></p>`;
}
