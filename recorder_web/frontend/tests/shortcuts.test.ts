import { expect, it } from "vitest";
import { ACTIONS, actionOf, allowed, chordOf, faces, objection, readChords, USUAL, writeChords, writesWithAltGr } from "../src/transcribe/shortcuts";

function pressed(key: string, change: object = {}): Parameters<typeof chordOf>[0] {
  return { key, code: "", ctrlKey: false, altKey: false, shiftKey: false, metaKey: false, ...change };
}

function storage(start: Record<string, string> = {}): { getItem(key: string): string | null; setItem(key: string, value: string): void } {
  const kept = new Map(Object.entries(start));
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

it("names what is pressed, whatever Alt makes of a digit", () => {
  expect(chordOf(pressed("ArrowLeft", { ctrlKey: true }))).toBe("Ctrl+ArrowLeft");
  expect(chordOf(pressed("¡", { code: "Digit1", altKey: true }))).toBe("Alt+1");
  expect(chordOf(pressed("Control", { ctrlKey: true }))).toBeNull();
  expect(faces("Ctrl+Shift+ArrowLeft")).toEqual(["Ctrl", "Shift", "←"]);
  expect(faces("Ctrl++")).toEqual(["Ctrl", "+"]);
});

it("lets no key that writes, deletes or moves the caret be a shortcut by itself", () => {
  for (const key of ["a", "A", "1", "。", " ", "Enter", "Backspace", "Delete", "ArrowLeft", "Home"]) {
    for (const shiftKey of [false, true]) expect(allowed(chordOf(pressed(key, { shiftKey }))!)).toBe(false);
  }
  expect(["Tab", "Escape", "F8", "Ctrl+K", "Alt+1"].map(allowed)).toEqual([true, true, true, true, true]);
});

it("does one thing for each chord, and says what is taken", () => {
  expect(new Set(Object.values(USUAL)).size).toBe(ACTIONS.length);
  for (const action of ACTIONS) expect([actionOf(USUAL, USUAL[action]), objection(USUAL, action, USUAL[action])]).toEqual([action, null]);
  expect([objection(USUAL, "play", "Escape"), objection(USUAL, "play", "k"), objection(USUAL, "play", "F8")]).toEqual(["leave", "plain", null]);
});

it("keeps what was set, and is as usual when what was kept makes no sense", () => {
  const place = storage();
  expect(writeChords(place, { ...USUAL, play: "F8" })).toBe(true);
  expect(readChords(place)).toEqual({ ...USUAL, play: "F8" });
  for (const bad of ["", "[]", "null", "{", '{"play":"a"}', '{"play":7}', '{"play":"Escape"}', '{"fly":"F8"}']) {
    expect(readChords(storage({ "speechcorpus.keys": bad }))).toEqual(USUAL);
  }
});

it("leaves what AltGr writes alone, and is not fooled by Option, which Firefox calls AltGr as well", () => {
  const held = (altGraph: boolean, altKey: boolean): boolean => writesWithAltGr({ altKey, getModifierState: () => altGraph });
  expect([held(true, false), held(true, true), held(false, true), held(false, false)]).toEqual([true, false, false, false]);
});
