import { expect, it } from "vitest";
import type { RecorderData, TakeItem } from "../src/data";
import { canOpen, chipOf, firstView, hasUnsent, isHeld, NOTHING_SENT, uploadKey, withAnswer, type Line } from "../src/view";
import { clock, oneDigit } from "../src/numbers";

const DATA = {
  prompts: [
    { id: "a", text: "一", reading: null, take: { take: "t1", segment: "s1" } },
    { id: "b", text: "二", reading: null, take: null },
  ],
} as unknown as RecorderData;
const LINE: Line = { take: "t1", here: null, item: null, seconds: null, lost_frames: 0 };

function judged(outcome: string, findings: object[] = []): Line {
  return { ...LINE, item: { verdict: { outcome, findings } } as unknown as TakeItem };
}

it("opens one microphone: not while one opens, not during the room tone, not once it is open", () => {
  const view = firstView(DATA);
  expect(canOpen(view)).toBe(true);
  expect([canOpen({ ...view, opening: true }), canOpen({ ...view, room_s: 5 }), canOpen({ ...view, room_s: 0 })]).toEqual([false, false, false]);
  expect((["waiting", "armed", "recording", "closing", "broken"] as const).filter((state) => canOpen({ ...view, state }))).toEqual([]);
});

it("begins at the first sentence without a take", () => {
  expect(firstView(DATA).at).toBe(1);
});

it.each([
  ["accepted", [], "ok"],
  ["accepted", [{ code: "audio.click" }], "flag"],
  ["repairable", [{ code: "noise.burst" }], "fix"],
  ["rejected", [{ code: "audio.clipped" }], "stop"],
])("shows %s with %j as %s", (outcome, findings, chip) => {
  expect(chipOf(judged(outcome, findings), NOTHING_SENT)).toBe(chip);
});

it("says whether a take without a verdict is here, on its way, or held up", () => {
  const here = { ...LINE, here: { rate_hz: 44_100, frames: 1, sitting: "s" } };
  expect(chipOf(here, NOTHING_SENT)).toBe("local");
  expect(chipOf(here, { ...NOTHING_SENT, safe: { t1: "ff" } })).toBe("wait");
  expect(chipOf(here, { ...NOTHING_SENT, stopped: { t1: "chunk.conflict" } })).toBe("held");
  expect(chipOf({ ...LINE, take: null }, NOTHING_SENT)).toBeNull();
});

it("keeps an answer about an older take away from the one that counts", () => {
  const answer = { state: "stored", take_sha256: "", frames: 1, items: [{ duration_s: 2 } as TakeItem] };
  expect(withAnswer([LINE], "other", answer)).toEqual([LINE]);
  expect(withAnswer([LINE], "t1", answer)[0]!.seconds).toBe(2);
});

it("says in plain words what happened to the sound", () => {
  expect(uploadKey(NOTHING_SENT)).toBe("recorder.upload.none");
  expect(uploadKey({ ...NOTHING_SENT, safe: { t1: "ff" } })).toBe("recorder.upload.safe");
  expect(uploadKey({ ...NOTHING_SENT, waiting_takes: 1 })).toBe("recorder.upload.sending");
  expect(uploadKey({ ...NOTHING_SENT, problem: "network", waiting_takes: 1 })).toBe("recorder.upload.offline");
  expect(uploadKey({ ...NOTHING_SENT, problem: "auth.expired" })).toBe("recorder.upload.sign-in");
  expect(uploadKey({ ...NOTHING_SENT, problem: "quota.audio-per-day", waiting_takes: 1 })).toBe("recorder.upload.quota");
});

it("writes numbers with a true minus and times in minutes", () => {
  expect([oneDigit(-58.24), clock(2.86), clock(61)]).toEqual(["−58.2", "0:02.8", "1:01.0"]);
});

it("says that sound waits for Wi-Fi where it does, and a worse trouble first", () => {
  const view = { ...firstView(DATA), metered: true, later: true, upload: { ...NOTHING_SENT, waiting_takes: 1 } };
  expect(isHeld(view)).toBe(true);
  expect([{ metered: false }, { later: false }, { upload: NOTHING_SENT }, { upload: { ...view.upload, problem: "auth.expired" } }].map((other) => isHeld({ ...view, ...other }))).toEqual([false, false, false, false]);
});

it("tells a fault of ours as one that is paid, whatever else is found", () => {
  const ours = [{ code: "audio.too-quiet" }, { code: "platform.capture-overrun" }] as object[];
  for (const outcome of ["accepted", "repairable", "rejected"] as const) {
    expect(chipOf(judged(outcome, ours), NOTHING_SENT)).toBe("ours");
  }
});

it("tells of a take whose rate cannot be true that a person will look", () => {
  const answer = { state: "stored", take_sha256: "ff", frames: 1, items: [], believed: [{ row: "rate", says: "held" as const, sentence: "" }] };
  expect(chipOf(withAnswer([LINE], "t1", answer)[0]!, NOTHING_SENT)).toBe("look");
  expect(chipOf(withAnswer([LINE], "t1", { ...answer, believed: [] })[0]!, NOTHING_SENT)).not.toBe("look");
});

it("asks before somebody leaves sound behind, also what the queue has not heard of yet", () => {
  const view = firstView(DATA);
  const spoken = [{ ...LINE, here: { rate_hz: 44_100, frames: 1, sitting: "s" } }];
  expect(hasUnsent(view)).toBe(false);
  expect(hasUnsent({ ...view, upload: { ...NOTHING_SENT, waiting_takes: 1 } })).toBe(true);
  expect(hasUnsent({ ...view, lines: spoken })).toBe(true);
  expect(hasUnsent({ ...view, lines: spoken, upload: { ...NOTHING_SENT, safe: { t1: "ff" } } })).toBe(false);
  expect([{ leaving: true }, { clearing: "done" as const }].map((why) => hasUnsent({ ...view, lines: spoken, ...why }))).toEqual([false, false]);
});
