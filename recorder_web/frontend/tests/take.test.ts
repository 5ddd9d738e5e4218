import { expect, it } from "vitest";
import { canonicalJson } from "../src/canonical";
import { Ring } from "../src/capture/ring";
import { chunkPlaces, manifestOf, readJournal, takeBody, type Heard, type TakeRecord } from "../src/take";

const RECORD: TakeRecord = {
  take: "t",
  sitting: "s",
  sequence: 3,
  track: "main",
  prompt_id: "p17",
  rate_hz: 48_000,
  channels: 1,
  capture_path: "mstp",
  first_sitting_sample: 96_000,
  settings: { echoCancellation: false },
  calibration: null,
};
const HEARD: Heard = {
  frames: 172_800,
  chunks: ["9f"],
  count: { seen: 172_800, delivered: 172_800, total: 172_800, lost_frames: 0 },
  ended_by: "stop",
  markers: [
    { kind: "stop", at_sample: 150_000, prompt_id: "p17" },
    { kind: "go", at_sample: 14_400, prompt_id: "p17" },
    { kind: "gap", at_sample: 400_000, lost_ms: 300 },
  ],
  events: [{ kind: "zeros", at_sample: 91_000, samples: 700 }],
  windows: [],
  meter: [{ sample: 48_000, laeq_1s_dbfs: "-61.20", la90_10s_dbfs: "-63.05" }],
};

it("cuts a take into chunks of five seconds by sample index alone", () => {
  expect(chunkPlaces(480_001, 48_000)).toEqual([
    { index: 0, first_sample: 0, frames: 240_000 },
    { index: 1, first_sample: 240_000, frames: 240_000 },
    { index: 2, first_sample: 480_000, frames: 1 },
  ]);
  expect(chunkPlaces(0, 48_000)).toEqual([]);
});

it("writes a manifest that has one spelling, its markers in order and inside the take", () => {
  const manifest = manifestOf(RECORD, HEARD);
  expect(canonicalJson(manifest)).toContain('"schema":"speechcorpus-take/1"');
  expect((manifest["markers"] as { kind: string }[]).map(({ kind }) => kind)).toEqual(["go", "stop"]);
  expect(manifest["capture"]).toMatchObject({ path: "mstp", seen: 172_800, lost_frames: 0, ended_by: "stop" });
});

it("registers room tone without a sentence", () => {
  expect(JSON.parse(takeBody({ ...RECORD, track: "room", prompt_id: null }))).toMatchObject({ track: "room", prompt_ids: [] });
});

it("drops the torn last line of a journal", () => {
  const text = '{"marker":{"kind":"go","at_sample":5}}\n{"event":{"kind":"zeros","at_sample":9,"samples":480}}\n{"mark';
  expect(readJournal(text)).toEqual({
    markers: [{ kind: "go", at_sample: 5 }],
    events: [{ kind: "zeros", at_sample: 9, samples: 480 }],
    damaged: 0,
  });
  expect(readJournal("")).toEqual({ markers: [], events: [], damaged: 0 });
});

it.each(["\0\0\0", '{"marker":{"ki', "", "null", "7", "{}", '{"event":{"kind":"zeros","at_sample":"9"}}'])(
  "reads every whole line around a damaged one: %j",
  (damaged) => {
    const lines = ['{"marker":{"kind":"go","at_sample":5}}', damaged, '{"event":{"kind":"mute","at_sample":9}}'];
    expect(readJournal(`${lines.join("\n")}\n`)).toEqual({
      markers: [{ kind: "go", at_sample: 5 }],
      events: [{ kind: "mute", at_sample: 9 }],
      damaged: 1,
    });
  },
);

it("keeps the last second of the stream and nothing older", () => {
  const ring = new Ring(1_000);
  for (let n = 0; n < 30; n++) ring.push(Int16Array.from({ length: 100 }, (_, i) => n * 100 + i));
  expect([ring.total, ring.first]).toEqual([3_000, 2_000]);
  const kept = ring.from(2_650).flatMap((codes) => [...codes]);
  expect([kept[0], kept.at(-1), kept.length]).toEqual([2_650, 2_999, 350]);
});

it("lets nothing fall out while a file is being opened", () => {
  const ring = new Ring(1_000);
  ring.hold = true;
  for (let n = 0; n < 30; n++) ring.push(new Int16Array(100));
  expect(ring.first).toBe(0);
});
