/** What happened to the sound already recorded, in plain words, and what a person may decide about it. */

import { html, nothing, type TemplateResult } from "lit/html.js";
import { t, type Key } from "../messages";
import { clock } from "../numbers";
import type { Page } from "../page";
import { isHeld, uploadKey, type View } from "../view";

type Part = TemplateResult | typeof nothing;

export function uploadCard(page: Page): TemplateResult {
  const { upload, state } = page.view;
  const key = keyOf(page.view);
  const safe = Object.keys(upload.safe).length;
  return html`<section class="card" aria-label=${t("recorder.upload.label")} id="upload" data-key=${key} data-safe=${safe} data-waiting=${upload.waiting_takes}>
    <div class="safe">
      <span class="ico ico--${key === "recorder.upload.safe" ? "safe" : "up"}" aria-hidden="true"></span>
      <div>
        <b>${uploadWords(page.view)}</b>
        <p class="small muted">${state === "recording" ? t("recorder.upload.growing") : t("recorder.upload.patient")}</p>
        ${wayOut(page, key)}
      </div>
    </div>
  </section>`;
}

function keyOf(view: View): Key {
  return isHeld(view) ? "recorder.upload.later" : uploadKey(view.upload);
}

export function uploadWords(view: View): string {
  const { upload } = view;
  const here = safeHere(view);
  const facts = { ...here, takes: upload.waiting_takes, length: clock(upload.waiting_s), code: Object.values(upload.stopped)[0] ?? "" };
  return t(said(keyOf(view), here, upload.waiting_s), facts);
}

/** What is worth telling of it to those who do not see it: not each take on its way, but trouble, and that all is safe. */
export function uploadKind(view: View): string {
  const key = keyOf(view);
  return key === "recorder.upload.sending" || key === "recorder.upload.none" ? "" : key;
}

/** Sentences of this page that have their receipt, without the room. */
function safeHere({ lines, earlier, upload }: View): { count: number; minutes: number } {
  const safe = [...lines, ...earlier].filter(({ take }) => take !== null && upload.safe[take] !== undefined);
  return { count: safe.length, minutes: Math.round(safe.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0) / 60) };
}

/** The key in the words that fit: no sentence yet, or too little to name its length. */
function said(key: Key, { count, minutes }: { count: number; minutes: number }, waiting_s: number): Key {
  if (key === "recorder.upload.safe" && count === 0) return "recorder.upload.room";
  if (key === "recorder.upload.safe" && minutes > 0) return "recorder.upload.safe-minutes";
  return key === "recorder.upload.sending" && waiting_s < 1 ? "recorder.upload.sending-little" : key;
}

function wayOut(page: Page, key: Key): Part {
  const { keeping } = page;
  if (key === "recorder.upload.sign-in" || key === "recorder.upload.other-account") return html`<a class="btn btn--small" href="/join" target="_blank" rel="noopener">${t("recorder.upload.sign-in-go")}</a>`;
  if (key === "recorder.upload.other-open") return button("take-over", "recorder.upload.take-over", () => page.takeOver());
  if (key === "recorder.upload.withdrawn") return deletion(page);
  const { metered, later, upload } = page.view;
  if (!metered || upload.problem !== null) return nothing;
  return later ? button("now", "recorder.upload.now-go", () => keeping.later(false)) : button("later", "recorder.upload.later-go", () => keeping.later(true));
}

/** Nothing of it may be sent any more, and only the person may decide that it goes. */
function deletion({ view: { clearing, state }, keeping }: Page): Part {
  if (clearing === "done" || state === "recording" || state === "closing") return nothing;
  if (clearing === "no") return button("delete", "recorder.upload.delete", () => void keeping.clear());
  return html`<p class="notice notice--stop" role="alert">${t("recorder.upload.delete-sure")}</p>${button("delete", "recorder.upload.delete-yes", () => void keeping.clear())}`;
}

function button(id: string, key: Key, act: () => void): TemplateResult {
  return html`<button type="button" class="btn btn--small" id=${id} @click=${act}>${t(key)}</button>`;
}
