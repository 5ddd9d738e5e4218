/** The bar below: reason, evidence and the three ways to decide. The forms are the page's own; here their sending is held back. */

import { html, nothing, render, type TemplateResult } from "lit/html.js";
import { t } from "../messages";
import type { InspectorData } from "./data";
import { Decision, type Kind, type Sent } from "./decision";
import type { Span } from "./evidence";

const FORMS: [string, Kind][] = [["accept", "accept"], ["fix", "fix"], ["refuse", "reject"]];
const MASKED = "content.personal-data"; // a span to be masked: the item is accepted all the same

type Evidence = "span" | "text" | "meter"; // what a code asks for: a place, one's own text, or the number that is there already

export class Bar {
  readonly decision: Decision;
  private readonly forms = new Map(FORMS.map(([id, kind]) => [kind, document.getElementById(id) as HTMLFormElement]));

  private readonly data: InspectorData;
  private readonly marked: (span: Span | null) => void;

  constructor(data: InspectorData, marked: (span: Span | null) => void) {
    this.data = data;
    this.marked = marked;
    this.decision = new Decision({
      now: () => performance.now(),
      later: (run, ms) => window.setTimeout(run, ms),
      forget: (timer) => clearTimeout(timer),
      send: (body) => send(data.decide, body),
      changed: () => this.draw(),
    });
    for (const [kind, form] of this.forms) form.addEventListener("submit", (event) => this.submitted(event, kind, form));
    for (const form of nextForms()) form.addEventListener("submit", (event) => this.leave(event, form));
    this.refuse.addEventListener("change", (event) => this.changed(event));
    this.refuse.addEventListener("input", () => this.draw());
    addEventListener("pagehide", () => this.flush());
    this.draw();
  }

  private get refuse(): HTMLFormElement {
    return this.forms.get("reject")!;
  }

  private field(name: string): HTMLInputElement | null {
    return this.refuse.querySelector(`[name=${name}]`);
  }

  private get reason(): HTMLInputElement | null {
    return this.refuse.querySelector("[name=code]:checked");
  }

  private get evidence(): Evidence {
    return (this.reason?.dataset["evidence"] as Evidence | undefined) ?? "span";
  }

  /** Whether the evidence is there that the code asks for. */
  private get isShown(): boolean {
    if (this.evidence === "span") return Boolean(this.field("start_s")?.value && this.field("end_s")?.value);
    return this.evidence === "meter" || Boolean(this.field("own_text")?.value.trim());
  }

  /** Write the span in hand into the form. */
  offer(span: Span | null): void {
    for (const [name, at_s] of [["start_s", span?.from_s], ["end_s", span?.to_s]] as const) {
      const field = this.field(name);
      if (field !== null) field.value = at_s === undefined ? "" : at_s.toFixed(3);
    }
    this.draw();
  }

  choose(digit: number): void {
    const reason = this.refuse.querySelectorAll<HTMLInputElement>("[name=code]")[digit - 1];
    if (reason === undefined) return;
    reason.checked = true;
    (document.activeElement as HTMLElement | null)?.blur(); // arrows move the head again, not the choice
    reason.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** What A, F and R do: hold the decision, or bring to what it still needs. */
  press(kind: Kind): void {
    if (kind === "fix") return this.openFix();
    const missing = kind === "reject" ? this.missing() : null;
    if (missing === null) this.forms.get(kind)!.requestSubmit();
    else missing.focus();
  }

  private missing(): HTMLElement | null {
    if (this.reason?.value === MASKED) return this.reason; // nobody is refused for it
    return this.refuse.querySelector<HTMLElement>(":invalid:not(fieldset)");
  }

  private openFix(): void {
    const form = this.forms.get("fix")!;
    form.closest("details")?.setAttribute("open", "");
    form.querySelector("textarea")?.focus();
  }

  undo(): void {
    this.decision.undo();
  }

  /** Open the next item; what is held is sent first. */
  async next(): Promise<void> {
    if (!(await this.decision.send())) return;
    const [first] = nextForms();
    if (first === undefined) location.assign("/staff/queue");
    else first.submit();
  }

  private submitted(event: SubmitEvent, kind: Kind, form: HTMLFormElement): void {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
    if (kind === "accept" && this.reason?.value === MASKED) {
      body.set("code", MASKED);
      for (const name of ["start_s", "end_s"]) body.set(name, this.field(name)?.value ?? "");
    }
    form.closest("details")?.removeAttribute("open");
    form.querySelector("textarea")?.blur(); // the browser takes the keys from it only with the next frame
    this.decision.hold(kind, body);
  }

  private async leave(event: SubmitEvent, form: HTMLFormElement): Promise<void> {
    if (this.decision.state.at !== "held" && this.decision.state.at !== "sending") return;
    event.preventDefault();
    if (await this.decision.send()) form.submit();
  }

  private changed(event: Event): void {
    const name = (event.target as HTMLInputElement).name;
    if (name === "start_s" || name === "end_s") {
      const [from_s, to_s] = ["start_s", "end_s"].map((each) => this.field(each)?.valueAsNumber ?? NaN) as [number, number];
      if (from_s < to_s) this.marked({ from_s, to_s });
    }
    const asked: Record<string, boolean> = { start_s: this.evidence === "span", end_s: this.evidence === "span", own_text: this.evidence === "text", clause: this.reason?.value === "content.offence" };
    for (const [field, required] of Object.entries(asked)) {
      const found = this.field(field);
      if (found !== null) found.required = required;
    }
    this.draw();
  }

  /** The page goes away with a decision held: it is sent, not lost. */
  private flush(): void {
    const body = this.decision.leftover();
    if (body !== null) void fetch(this.data.decide, { method: "POST", body, redirect: "manual", keepalive: true });
  }

  private draw(): void {
    const [need, held] = [document.getElementById("need"), document.getElementById("held")];
    if (need !== null) render(this.needs(), need);
    if (held !== null) render(this.told(), held);
    document.getElementById("decide")?.toggleAttribute("data-held", this.decision?.state.at !== "open");
  }

  private needs(): TemplateResult {
    const code = this.reason?.value;
    const needs: [boolean, string][] = [
      [code !== undefined, code === undefined ? t("inspector.need.code") : t("inspector.need.code-is", { code })],
      [code !== undefined && this.isShown, this.evidenceSaid()],
      [false, t("inspector.need.second")],
    ];
    return html`${needs.map(([done, said]) => html`<li class=${done ? "done" : "todo"}><span class="ico ico--${done ? "check" : "next"}" aria-hidden="true"></span>${said}</li>`)}`;
  }

  private evidenceSaid(): string {
    if (this.evidence !== "span") return t(`inspector.need.${this.evidence}`);
    const [from, to] = [this.field("start_s")?.value, this.field("end_s")?.value];
    return from && to ? t("inspector.need.span-is", { from, to }) : t("inspector.need.span");
  }

  private told(): TemplateResult | typeof nothing {
    const state = this.decision?.state ?? { at: "open", said: null };
    if (state.at === "open") return state.said === null ? nothing : html`<p class="notice notice--stop" role="alert"><span class="ico ico--stop" aria-hidden="true"></span>${state.said}</p>`;
    const undo = html`<button type="button" id="undo" class="btn btn--small" @click=${() => this.undo()}><span class="x-k" aria-hidden="true">U</span>${t("inspector.undo")}</button>`;
    return html`<div class="x-held x-held--${state.at}"><p role="status"><span class="ico ico--${state.at === "sent" ? "check" : "clock"}" aria-hidden="true"></span>${t(`inspector.${state.at}.${state.kind}` as "inspector.held.accept")}</p>
      ${state.at === "held" ? undo : nothing}
      ${state.at === "sending" ? nothing : html`<button type="button" id="next" class="btn btn--small btn--primary" @click=${() => void this.next()}><span class="x-k" aria-hidden="true">N</span>${t("inspector.next")}</button>`}</div>`;
  }
}

function nextForms(): HTMLFormElement[] {
  return [...document.querySelectorAll<HTMLFormElement>("form[data-next]")];
}

/** Send it; a redirect is a yes, anything else a page that says what happened and what to do. */
async function send(address: string, body: URLSearchParams): Promise<Sent> {
  const response = await fetch(address, { method: "POST", body, redirect: "manual" }).catch(() => null);
  if (response === null) return { ok: false, said: t("inspector.offline") };
  if (response.type === "opaqueredirect" || response.ok) return { ok: true };
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const said = [page.getElementById("what"), ...page.querySelectorAll(".error-page__facts dd")].map((each) => each?.textContent?.trim() ?? "");
  return { ok: false, said: said.slice(0, 3).join(" ") || t("inspector.offline") };
}
