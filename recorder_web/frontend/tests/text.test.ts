import { expect, it } from "vitest";
import { nextViolation, piecesOf, replaced, safelyFixed, type Violation } from "../src/transcribe/text";
import { peaksOf, readWave } from "../src/wave";
import { wavHeader } from "../src/wav";

function violation(start: number, end: number, change: Partial<Violation> = {}): Violation {
  const safe = { rule: "PUN-HALF", severity: "error", found: ",", fix: "safe", replacement: "，", candidates: ["，"], facts: {} } as const;
  return { ...safe, candidates: [...safe.candidates], start_utf16: start, end_utf16: end, ...change };
}

it("underlines exactly the place, also behind a character of two units", () => {
  const pieces = piecesOf("𪜶來,好", [violation(3, 4)]);
  expect(pieces).toEqual([
    { text: "𪜶來", violation: null },
    { text: ",", violation: 0 },
    { text: "好", violation: null },
  ]);
});

it("marks the last character where a mark is missing at the end", () => {
  expect(piecesOf("危險", [violation(2, 2)])).toEqual([
    { text: "危", violation: null },
    { text: "險", violation: 0 },
  ]);
});

it("always shows the whole text, whatever the violations", () => {
  const text = "彼時陣,我佮阿兄,2人";
  const found = [violation(0, text.length), violation(3, 4), violation(8, 9), violation(9, 10)];
  expect(piecesOf(text, found).map((piece) => piece.text).join("")).toBe(text);
});

it("fixes all that is safe and leaves what only a listener knows", () => {
  const ask = violation(3, 4, { fix: "ask", replacement: "兩" });
  expect(safelyFixed("來,食2碗,好", [violation(1, 2), ask, violation(5, 6)])).toBe("來，食2碗，好");
});

it("leaves overlapping fixes to the next check", () => {
  expect(safelyFixed("好,,", [violation(1, 3, { replacement: "，" }), violation(2, 3)])).toBe("好,，");
});

it("replaces one place by the words that were heard", () => {
  expect(replaced("食2碗", violation(1, 2), "兩")).toBe("食兩碗");
});

it("goes round to the first problem", () => {
  expect([nextViolation([violation(1, 2), violation(5, 6)], 1), nextViolation([violation(1, 2)], 9), nextViolation([], 0)]).toEqual([1, 0, null]);
});

it("draws the file that was kept, not something made from it", () => {
  const codes = Int16Array.of(0, 16_384, -32_768, 0);
  const file = new Uint8Array([...wavHeader({ rate_hz: 44_100, channels: 1, frames: 4 }), ...new Uint8Array(codes.buffer)]);
  const wave = readWave(file.buffer);
  expect([wave.rate_hz, [...wave.codes]]).toEqual([44_100, [...codes]]);
  expect(peaksOf(wave.codes, 2)).toEqual([0.5, 1]);
});
