/** The recorder island: draws the view, listens to keys, tells screen readers. */

import { html, render } from "lit/html.js";
import { pageJson, type RecorderData } from "./data";
import { loadMessages, t } from "./messages";
import { Page } from "./page";
import { gauge, sentences } from "./ui/gauge";
import { blocked, notes, recovery, start } from "./ui/notices";
import { promptCard, stateWords } from "./ui/prompt";
import { leaveCard, microphoneCard, uploadCard } from "./ui/side";
import { takeList } from "./ui/take-list";

const ANNOUNCE_MS = 2_000;

loadMessages();
const root = document.getElementById("recorder")!;
root.replaceChildren();
const said = document.createElement("p");
said.className = "visually-hidden";
said.setAttribute("aria-live", "polite");
root.after(said);

const page = new Page(pageJson<RecorderData>("data"), schedule);
let scheduled = false;

/** Draw once a frame, however many messages came. */
function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    draw();
  });
}

/** The page's own progress above the island follows what is recorded here. */
function drawProgress(): void {
  const [bar, words] = [".page-head__progress progress", ".page-head__progress span"].map((place) => document.querySelector(place));
  const done = page.view.lines.filter((line) => line.take !== null).length;
  if (!(bar instanceof HTMLProgressElement) || !words || bar.value === done) return;
  bar.value = done;
  words.textContent = t("recorder.progress", { done, all: page.view.lines.length });
}

function draw(): void {
  const { view } = page;
  drawProgress();
  root.dataset["state"] = view.state;
  root.dataset["take"] = view.lines[view.at]?.take ?? "";
  if (view.blocked !== null) return render(blocked(view), root) as unknown as void;
  if (view.state === "recovering") return render(recovery(page), root) as unknown as void;
  render(
    html`<div class="recorder">
      <div class="stack">${notes(view)} ${start(page)} ${promptCard(page)} ${takeList(page)}</div>
      <div class="stack">
        <section class="card">${gauge(view)}</section>
        ${uploadCard(page)} ${leaveCard(page)} ${microphoneCard(view)}
      </div>
    </div>`,
    root,
  );
}

function act(event: KeyboardEvent): (() => void) | null {
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return null;
  const on = event.target instanceof Element ? event.target.closest("button, a, input, select, textarea") : null;
  if (on !== null && on.id !== "record" && (event.key === " " || event.key === "Enter")) return null; // it has its own press
  const keys: Record<string, () => void> = {
    " ": () => page.toggle(),
    Enter: () => page.next(),
    Backspace: () => page.redo(),
    p: () => void page.play(),
    P: () => void page.play(),
  };
  return keys[event.key] ?? null;
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
  const text = page.view.meter === null ? "" : `${stateWords(page.view)}. ${sentences(page.view)[0]}`;
  if (said.textContent !== text) said.textContent = text;
}, ANNOUNCE_MS);

// A link from "my work" names the sentence that is to be said again.
page.goTo(page.view.data.prompts.findIndex(({ id }) => id === decodeURIComponent(location.hash.slice(1))));
void page.start();
