/** The parts of the page that are told to those who do not see it. */

import type { Part } from "../announcing";
import type { View } from "../view";
import { sayOf, sentences, tooQuiet } from "./gauge";
import { notesOf } from "./notices";
import { stateWords } from "./prompt";
import { spaceKind, spaceWords } from "./space";
import { uploadKind, uploadWords } from "./upload-state";

/** State and gate, room, alarms and notes, what is safe. */
export function spoken(view: View): Record<string, Part> {
  const notes = notesOf(view).filter(({ colour }) => colour !== "stop"); // a problem is an alert of its own
  const parts = Object.fromEntries(notes.map(({ name, text }) => [name, { kind: text, text }]));
  const upload = uploadKind(view);
  if (upload !== "") parts["upload"] = { kind: upload, text: uploadWords(view) };
  const space = spaceKind(view);
  if (space !== null) parts["space"] = { kind: space, text: spaceWords(view) };
  if (view.repeat?.said) parts["repeat"] = { kind: view.repeat.phase, text: view.repeat.said };
  if (view.voices?.said) parts["voices"] = { kind: `${view.voices.who} ${view.voices.left_s !== null}`, text: view.voices.said };
  const state = { kind: stateWords(view), text: stateWords(view) };
  if (view.meter === null) return view.state === "checking" ? parts : { state, ...parts };
  return { state, room: { kind: roomKind(view), text: sentences(view).join(" ") }, ...parts };
}

/** Told again only when it says something else, or the difference has moved by a decibel. */
function roomKind(view: View): string {
  const say = sayOf(view);
  const far = say === "out" ? `${tooQuiet(view)}${Math.round(Math.abs(view.room!.margin_db!))}` : "";
  return say + far;
}
