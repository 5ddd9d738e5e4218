import { describe, expect, it } from "vitest";
import { Composition } from "../src/transcribe/composition";
import { graphemes, spokenCharacters, stepAfter, stepBefore } from "../src/transcribe/graphemes";
import { placeOf } from "../src/transcribe/sound";
import { caretAfter, caretAfterEdits, changeBetween, changed, grouped, nextViolation, piecesOf, shifted, violationAt, violationBefore, type Violation } from "../src/transcribe/text";
import { peaksOf, readWave } from "../src/wave";
import { wavHeader } from "../src/wav";

const HALF = /\p{Surrogate}/u; // half of a character of two units
const HOSTILE = ["𪜶", "𠢕", "o͘", "i̍", "台", "語", "，", ",", "2", " ", "👩‍👩‍👧", "a"];

function violation(start: number, end: number, change: Partial<Violation> = {}): Violation {
  const safe = { rule: "PUN-HALF", severity: "error", found: ",", codepoints: ["U+002C"], fix: "safe", replacement: "，", facts: {} } as const;
  return { ...safe, codepoints: [...safe.codepoints], candidates: ["，"], start_utf16: start, end_utf16: end, ...change };
}

/** The same texts every time, of characters of one, two and more units. */
function* texts(count: number): Generator<string> {
  let state = 7;
  const random = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;
  for (let n = 0; n < count; n++) yield Array.from({ length: random(9) }, () => HOSTILE[random(HOSTILE.length)]!).join("");
}

describe("underlines", () => {
  it("stand exactly at the place, also behind a character of two units", () => {
    expect(piecesOf("𪜶來,好", [violation(3, 4)])).toEqual([
      { text: "𪜶來", violations: [] },
      { text: ",", violations: [0] },
      { text: "好", violations: [] },
    ]);
  });

  it("mark the whole last character where a mark is missing at the end", () => {
    expect(piecesOf("危𪜶", [violation(3, 3)]).at(-1)).toEqual({ text: "𪜶", violations: [0] });
    expect(piecesOf("so͘", [violation(3, 3)]).at(-1)).toEqual({ text: "o͘", violations: [0] });
  });

  it("show the whole text and every violation, also where they lie over each other", () => {
    const text = "彼時陣,我佮阿兄,2人";
    const found = [violation(0, text.length), violation(3, 4), violation(8, 9), violation(9, 10), violation(8, 10)];
    const pieces = piecesOf(text, found);
    expect(pieces.map((piece) => piece.text).join("")).toBe(text);
    found.forEach(({ start_utf16, end_utf16 }, n) => {
      const drawn = pieces.filter(({ violations }) => violations.includes(n)).map((piece) => piece.text);
      expect(drawn.join("")).toBe(text.slice(start_utf16, end_utf16));
    });
  });
});

describe("a change", () => {
  it("is found between any two texts, makes one of the other, and cuts no character in half", () => {
    const all = [...texts(40)];
    for (const before of all)
      for (const after of all) {
        const change = changeBetween(before, after);
        expect(changed(before, [change])).toBe(after);
        expect(HALF.test(`${before.slice(0, change.from)}|${change.by}`)).toBe(false);
        expect(HALF.test(before.slice(change.from, change.to))).toBe(false);
      }
  });

  it("leaves the caret at the same place in the text", () => {
    const [before, after] = ["好,來𪜶,人", "好，來𪜶，人"];
    for (let caret = 0; caret <= before.length; caret++) expect(caretAfter(caret, [{ from: 1, to: 2, by: "，" }, { from: 5, to: 6, by: "，" }])).toBe(caret);
    expect(caretAfter(5, [{ from: 0, to: 3, by: "" }])).toBe(2); // behind a deletion
    expect(caretAfter(2, [{ from: 2, to: 2, by: "。" }])).toBe(3); // a mark written at the end: writing goes on behind it
    expect(changed(before, [{ from: 5, to: 6, by: "，" }, { from: 1, to: 2, by: "，" }])).toBe(after);
  });

  it("of many edits one after the other does so too, counted in whole characters", () => {
    const edits = [
      { rule: "UNI-INVIS", start: 1, end: 2, found: "\u200b", replacement: "" },
      { rule: "PUN-HALF", start: 2, end: 3, found: ",", replacement: "，" },
    ];
    const [before, after] = ["𪜶\u200b來,人", "𪜶來，人"];
    expect([0, 2, 3, 4, 5, 6].map((caret) => caretAfterEdits(before, after, caret, edits))).toEqual([0, 2, 2, 3, 4, 5]);
  });
});

describe("violations", () => {
  it("of a text that was typed over keep their place or go", () => {
    const found = [violation(1, 2), violation(3, 4), violation(5, 6)];
    const places = shifted(found, "一,二,三,", "一,二𪜶,三,").map(({ start_utf16 }) => start_utf16);
    expect(places).toEqual([1, 5, 7]);
    expect(shifted([violation(1, 2)], "一,二", "一，二")).toEqual([]);
  });

  it("are one row where they are the same safe fix, and never where somebody must listen", () => {
    const ask = { fix: "ask", rule: "NUM-DIGIT", found: "2", candidates: ["二", "兩"] } as const;
    const rows = grouped([violation(1, 2), violation(3, 4, { ...ask, candidates: [...ask.candidates] }), violation(5, 6), violation(7, 8, { ...ask, candidates: [...ask.candidates] })]);
    expect(rows.map(({ indexes }) => indexes)).toEqual([[0, 2], [1], [3]]);
  });

  it("are gone through round and round, forwards and backwards", () => {
    const found = [violation(1, 2), violation(5, 6)];
    expect([nextViolation(found, 1), nextViolation(found, 9), nextViolation([], 0)]).toEqual([1, 0, null]);
    expect([violationBefore(found, 9), violationBefore(found, 1), violationBefore([], 0)]).toEqual([1, 1, null]);
    expect([violationAt("好,人", [violation(1, 2)], 2), violationAt("好,人", [violation(1, 2)], 3)]).toEqual([0, null]);
  });
});

describe("a character", () => {
  it.each(["𪜶", "o̍", "o͘", "👩‍👩‍👧"])("%s is one step", (one) => {
    const text = `台${one}語`;
    expect([graphemes(text), stepBefore(text, 1 + one.length), stepAfter(text, 1)]).toEqual([3, 1, 1 + one.length]);
  });

  it("that is spoken is a Han character or a syllable in Latin letters", () => {
    expect(spokenCharacters("𪜶講 tâi-uân OK，好。")).toBe(6);
  });

  it("is heard about where its share of the sound without pauses lies", () => {
    const peaks = [0, 0, 0.5, 0.5, 0, 0, 0, 0.5, 0.5, 0];
    const { from_s, to_s } = placeOf({ from: 0.5, to: 1 }, peaks, 10);
    expect([from_s, to_s].map((at) => Math.round(at * 10) / 10)).toEqual([6.6, 9.4]);
    expect(placeOf({ from: 0, to: 1 }, [], 4)).toEqual({ from_s: 0, to_s: 4 });
  });
});

describe("an input method", () => {
  const key = (change: object): Parameters<Composition["owns"]>[0] => ({ key: "Enter", keyCode: 13, isComposing: false, timeStamp: 1_000, ...change });

  it("owns every key while it composes, and every key it took", () => {
    const composition = new Composition();
    expect(composition.owns(key({}))).toBe(false);
    expect([composition.owns(key({ isComposing: true })), composition.owns(key({ keyCode: 229 }))]).toEqual([true, true]);
    composition.start();
    expect(composition.owns(key({ key: "Tab" }))).toBe(true);
  });

  it("owns the Enter or blank that Safari sends after the end, and no later one", () => {
    const composition = new Composition();
    composition.start();
    composition.end(1_000);
    expect(["Enter", " "].map((name) => composition.owns(key({ key: name, timeStamp: 1_002 })))).toEqual([true, true]);
    expect([composition.owns(key({ key: "Tab", timeStamp: 1_002 })), composition.owns(key({ timeStamp: 1_200 }))]).toEqual([false, false]);
  });
});

it("draws the file that was kept, not something made from it", () => {
  const codes = Int16Array.of(0, 16_384, -32_768, 0);
  const file = new Uint8Array([...wavHeader({ rate_hz: 44_100, channels: 1, frames: 4 }), ...new Uint8Array(codes.buffer)]);
  const wave = readWave(file.buffer);
  expect([wave.rate_hz, [...wave.codes]]).toEqual([44_100, [...codes]]);
  expect(peaksOf(wave.codes, 2)).toEqual([0.5, 1]);
});
