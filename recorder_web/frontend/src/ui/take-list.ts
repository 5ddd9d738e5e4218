/** What was recorded so far: length, background, verdict, and the way forward for each sentence. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import type { Finding } from "../data";
import { t } from "../messages";
import { oneDigit } from "../numbers";
import type { Page } from "../page";
import { isFree } from "../targets";
import { chipOf, type Chip, type Line, type View } from "../view";

const ICONS: Record<Chip, string> = { ok: "check", flag: "flag", fix: "fix", stop: "stop", held: "stop", wait: "clock", local: "safe", ours: "safe", look: "clock" };
const COLOURS: Record<Chip, string> = { ok: "ok", flag: "flag", fix: "fix", stop: "stop", held: "stop", wait: "plain", local: "plain", ours: "ok", look: "plain" };

/** The card with all takes, the newest prompt first. */
export function takeList(page: Page): TemplateResult | typeof nothing {
  const { view } = page;
  const rows = takesOf(view).reverse();
  if (rows.length === 0) return nothing;
  return html`<section class="card card--flush recorder__takes" aria-labelledby="takes">
    <div class="card__head"><h2 class="h2" id="takes">${t(isFree(view) ? "recorder.topic.takes" : "recorder.takes.title")}</h2>${counts(view)}</div>
    <ol class="takes">
      <li class="takes__head"><span>${t("recorder.takes.no")}</span><span>${t("recorder.takes.text")}</span><span class="takes__num">${t("recorder.takes.length")}</span><span class="takes__num">${t("recorder.takes.noise")}</span><span>${t("recorder.takes.result")}</span><span></span></li>
      ${rows.map(({ line, at }) => row(page, line, at))}
    </ol>
  </section>`;
}

/** Every take that counts, in the order of the prompts: of a topic all, the oldest first. */
function takesOf({ lines, earlier }: View): { line: Line; at: number }[] {
  const before = (at: number): Line[] => earlier.filter((line) => line.at === at);
  return lines.flatMap((newest, at) => [...before(at), newest].filter(({ take }) => take !== null).map((line) => ({ line, at })));
}

function counts(view: View): TemplateResult {
  const chips = takesOf(view).map(({ line }) => chipOf(line, view.upload));
  const passed = chips.filter((chip) => chip === "ok" || chip === "flag" || chip === "ours").length;
  const again = chips.filter((chip) => chip === "fix").length;
  return html`<span class="row small">
    ${passed > 0 ? html`<span class="chip chip--ok"><span class="ico ico--check" aria-hidden="true"></span>${t("recorder.takes.passed", { count: passed })}</span>` : nothing}
    ${again > 0 ? html`<span class="chip chip--fix"><span class="ico ico--fix" aria-hidden="true"></span>${t("recorder.takes.again", { count: again })}</span>` : nothing}
  </span>`;
}

function row(page: Page, line: Line, at: number): TemplateResult {
  const { data, upload, playing } = page.view;
  const chip = chipOf(line, upload)!;
  return html`<li data-take=${line.take!} data-chip=${chip} aria-current=${at === page.view.at ? "true" : nothing}>
    <span class="takes__no num">${at + 1}</span>
    <span class="takes__text" lang=${data.claim.variety}>${data.prompts[at]!.text}</span>
    <span class="takes__num takes__len">${line.seconds === null ? nothing : html`${oneDigit(line.seconds)}<span class="unit">${t("recorder.unit.s")}</span>`}</span>
    <span class="takes__num">${noise(line)}</span>
    <span class="takes__chip"><span class="chip chip--${COLOURS[chip]}"><span class="ico ico--${ICONS[chip]}" aria-hidden="true"></span>${t(`recorder.chip.${chip}`)}</span></span>
    <span class="takes__acts"><button type="button" class="btn btn--quiet btn--small btn--icon" aria-pressed=${playing === line.take} aria-label=${t("recorder.takes.play", { at: at + 1 })} @click=${() => page.play(line)}><span class="ico ico--play" aria-hidden="true"></span></button></span>
    ${why(page, line, at)}
    ${receipt(page, line)}
  </li>`;
}

function noise({ item }: Line): TemplateResult | typeof nothing {
  if (item?.noise_laeq_dba != null) return html`${oneDigit(item.noise_laeq_dba)}<span class="unit">${t("recorder.unit.dba")}</span>`;
  if (item?.noise_laeq_dbfs != null) return html`${oneDigit(item.noise_laeq_dbfs)}<span class="unit">${t("recorder.unit.dbfs")}</span>`;
  return nothing;
}

/** What is to be done, each with its place and the way forward; below it, quietly, what is only worth knowing. */
function why(page: Page, line: Line, at: number): TemplateResult | typeof nothing {
  const { verdict } = line.item ?? {};
  if (!verdict || verdict.findings.length === 0) return nothing;
  const again = ({ code, severity }: Finding): boolean => severity !== "flag" && !code.startsWith("transcript."); // words are mended elsewhere
  const [todo, notes] = [verdict.findings.filter(again), verdict.findings.filter((finding) => !again(finding))];
  const redo = html`<button type="button" class="btn btn--small btn--primary" @click=${() => page.redo(at)}><span class="ico ico--redo" aria-hidden="true"></span>${t("recorder.takes.redo")}</button>`;
  return html`${todo.length === 0 ? nothing : html`<div class="takes__why" data-outcome=${verdict.outcome}><ul>${todo.map((finding) => told(page, line, finding))}</ul>${verdict.outcome === "accepted" || isFree(page.view) ? nothing : redo}</div>`}
    ${notes.length === 0 ? nothing : html`<ul class="takes__notes">${notes.map(({ sentence, code }) => html`<li data-code=${code}>${sentence}</li>`)}</ul>`}`;
}

function told(page: Page, line: Line, { sentence, code, start_s, end_s }: Finding): TemplateResult {
  const listen = (): void => void page.play(line, { segment: line.item!.segment, from_s: start_s!, to_s: end_s! });
  return html`<li data-code=${code}><span>${sentence}</span>${start_s === null || end_s === null ? nothing : html`<button type="button" class="btn btn--small" @click=${listen}><span class="ico ico--play" aria-hidden="true"></span>${t("recorder.takes.listen-span")}</button>`}</li>`;
}

function receipt(page: Page, { take }: Line): TemplateResult | typeof nothing {
  const { upload } = page.view;
  const hash = upload.safe[take!];
  const stopped = upload.stopped[take!];
  if (stopped !== undefined) return html`<p class="takes__why">${t("recorder.takes.stopped", { code: stopped })}</p>`;
  if (hash === undefined) return nothing;
  return html`<p class="takes__receipt small muted"><button type="button" class="btn btn--quiet btn--small" @click=${() => void page.keeping.receipt(take!)}>${t("recorder.takes.receipt")} <span class="mono">${hash.slice(0, 12)}</span></button></p>`;
}
