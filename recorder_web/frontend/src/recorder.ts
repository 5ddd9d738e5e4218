/** The recorder island: draws the view, listens to keys, tells screen readers. */

import { html, nothing, render } from "lit/html.js";
import { announcement, type Said } from "./announcing";
import { pageJson, type RecorderData } from "./data";
import { onceAFrame } from "./frame";
import { loadMessages, t } from "./messages";
import { Page } from "./page";
import { keepShell } from "./shell/register";
import { counts } from "./targets";
import { gauge } from "./ui/gauge";
import { blocked, notes, start } from "./ui/notices";
import { promptCard } from "./ui/prompt";
import { spoken } from "./ui/spoken";
import { spaceNote } from "./ui/space";
import { uploadCard } from "./ui/upload-state";

const ANNOUNCE_MS = 2_000;

loadMessages();
const root = document.getElementById("recorder")!;
root.replaceChildren();
const announced = document.createElement("div");
announced.id = "announced";
announced.className = "visually-hidden";
announced.setAttribute("aria-live", "polite");
root.after(announced);
let said: Said = {};

const page = new Page(pageJson<RecorderData>("data"), onceAFrame(draw));

/** The page's own progress above the island follows what is recorded here. */
function drawProgress(): void {
  const [bar, words] = [".page-head__progress progress", ".page-head__progress span"].map((place) => document.querySelector(place));
  const { done, owed } = counts(page.view);
  if (!(bar instanceof HTMLProgressElement) || !words || (bar.value === done && bar.max === owed)) return;
  [bar.max, bar.value] = [Math.max(1, owed), done];
  words.textContent = t("recorder.progress", { done, all: owed });
}

function draw(): void {
  const { view, extras } = page;
  drawProgress();
  root.dataset["state"] = view.state;
  root.dataset["take"] = view.lines[view.at]?.take ?? "";
  if (view.blocked !== null) return render(blocked(view), root) as unknown as void;
  if (view.state === "recovering") return render(extras?.recovery(page) ?? nothing, root) as unknown as void;
  render(
    html`<div class="recorder">
      <div class="stack">${notes(view)} ${spaceNote(view)} ${start(page)} ${page.repeating?.card(page.repeating.desk, view)} ${page.call?.card()} ${promptCard(page)} ${extras?.takeList(page)}</div>
      <div class="stack">
        <section class="card">${gauge(view, extras?.trace)}</section>
        ${page.call?.metersCard()}
        ${uploadCard(page)} ${extras?.leaveCard(page)} ${extras?.microphoneCard(view)}
      </div>
    </div>`,
    root,
  );
}

function act(event: KeyboardEvent): (() => void) | null {
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return null;
  if (document.querySelector("dialog[open]") !== null) return null; // its keys are its own
  const on = event.target instanceof Element ? event.target.closest("button, a, input, select, textarea") : null;
  if (on instanceof HTMLInputElement) return null; // a reading is being typed
  if (on !== null && on.id !== "record" && (event.key === " " || event.key === "Enter")) return null; // it has its own press
  const keys: Record<string, () => void> = {
    " ": () => page.toggle(),
    Enter: () => page.next(),
    Backspace: () => page.redo(),
    P: () => void page.play(),
    S: () => void page.askSkip(),
    B: () => page.rest(!page.view.resting),
  };
  return keys[event.key] ?? keys[event.key.toUpperCase()] ?? null;
}

addEventListener("keydown", (event) => {
  const does = act(event);
  if (does === null) return;
  event.preventDefault();
  does();
});
addEventListener("keyup", (event) => {
  if (event.key === " " && document.activeElement?.id === "record") event.preventDefault(); // once is enough
});

setInterval(() => {
  if (page.extras === null) void page.fetchExtras();
  const news = announcement({ ...spoken(page.view), ...page.call?.spoken() }, said);
  said = news.said;
  if (news.texts.length > 0) announced.replaceChildren(...news.texts.map(paragraph));
}, ANNOUNCE_MS);

function paragraph(text: string): HTMLElement {
  const told = document.createElement("p");
  told.textContent = text;
  return told;
}

// A link from "my work" names the sentence that is to be said again.
page.goTo(page.view.data.prompts.findIndex(({ id }) => id === decodeURIComponent(location.hash.slice(1))));
void page.start();
keepShell();
