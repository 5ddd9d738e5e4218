import { expect, it } from "vitest";
import { Ledger } from "../src/ledger";

const RATE_HZ = 44_100;
const PACKET = 441;

/** A track that hands over a packet every 10 ms; `keep` says which packets reach the reader. */
function play(ledger: Ledger, from_s: number, to_s: number, keep: (n: number) => boolean = () => true, late_ms = 1): void {
  for (let n = Math.round(from_s * 100); n < Math.round(to_s * 100); n++) {
    if (keep(n)) ledger.packet(PACKET, n * 10 + late_ms);
    if (n % 10 === 5) ledger.snapshot({ ...produced(n), at_ms: n * 10 + 5 }, RATE_HZ);
  }
}

function produced(n: number): { delivered: number; total: number } {
  return { delivered: 900 + (n + 1) * PACKET, total: 950 + (n + 1) * PACKET };
}

it("finds seen, delivered and total equal when nothing was lost", () => {
  const ledger = new Ledger();
  play(ledger, 0, 3);
  ledger.begin();
  play(ledger, 3, 8);
  ledger.settle();
  play(ledger, 8, 8.3);
  expect(ledger.settled).toBe(true);
  expect(ledger.end(5 * RATE_HZ)).toEqual({ seen: 220_500, delivered: 220_500, total: 220_500, lost_frames: 0 });
});

it("counts a single packet that never reached the worker", () => {
  const ledger = new Ledger();
  play(ledger, 0, 3);
  ledger.begin();
  play(ledger, 3, 8, (n) => n !== 512);
  ledger.settle();
  play(ledger, 8, 8.3);
  expect(ledger.settled).toBe(false);
  expect(ledger.end(5 * RATE_HZ - PACKET)).toEqual({ seen: 220_059, delivered: 220_500, total: 220_500, lost_frames: 441 });
});

it("counts frames the browser made but never delivered", () => {
  const ledger = new Ledger();
  ledger.packet(PACKET, 0);
  ledger.snapshot({ delivered: 441, total: 441, at_ms: 1 }, RATE_HZ);
  ledger.begin();
  ledger.packet(PACKET, 10);
  ledger.settle();
  ledger.snapshot({ delivered: 882, total: 1_323, at_ms: 11 }, RATE_HZ);
  expect(ledger.end(441)).toEqual({ seen: 441, delivered: 441, total: 882, lost_frames: 441 });
});

it("does not take packets in flight for loss", () => {
  const ledger = new Ledger();
  play(ledger, 0, 3);
  ledger.begin();
  play(ledger, 3, 4, () => true, 9);
  ledger.settle();
  play(ledger, 4, 4.3);
  expect(ledger.end(RATE_HZ).lost_frames).toBe(0);
});

it("charges a loss to one take only", () => {
  const ledger = new Ledger();
  play(ledger, 0, 3);
  ledger.begin();
  play(ledger, 3, 4, (n) => n !== 350);
  ledger.settle();
  play(ledger, 4, 4.3);
  expect(ledger.end(RATE_HZ).lost_frames).toBe(441);
  ledger.begin();
  play(ledger, 4.3, 5);
  ledger.settle();
  play(ledger, 5, 5.3);
  expect(ledger.end(RATE_HZ).lost_frames).toBe(0);
});

it("warns when the reader is more than a second behind and falling", () => {
  const ledger = new Ledger();
  play(ledger, 0, 1);
  const warned = Array.from({ length: 150 }, (_, i) => ledger.snapshot({ ...produced(100 + i), at_ms: 1_005 + i * 10 }, RATE_HZ));
  expect(warned[50]).toBe(false);
  expect(warned[149]).toBe(true);
});

it("says nothing of frames where the browser does not count them", () => {
  const ledger = new Ledger();
  ledger.begin();
  ledger.packet(PACKET, 0);
  ledger.settle();
  expect(ledger.end(PACKET)).toEqual({ seen: 441, delivered: null, total: null, lost_frames: 0 });
});

/** An audio graph hands over blocks of another size, so the difference beats between two counts. */
function playGraph(ledger: Ledger, from_s: number, to_s: number, lost_frames = 0): void {
  for (let n = Math.round(from_s * 100); n < Math.round(to_s * 100); n++) {
    const due = n * PACKET - (from_s >= 3 && n > 500 ? lost_frames : 0);
    while (ledger.seen + 512 <= due) ledger.packet(512, n * 10 + 1);
    if (n % 7 === 5) ledger.snapshot({ ...produced(n), at_ms: n * 10 + 5 }, RATE_HZ);
  }
}

it.each([
  [0, { delivered: null, total: null, lost_frames: 0 }],
  [5_000, { lost_frames: expect.closeTo(5_000, -3) }],
])("claims nothing within the blocks of an audio graph, and finds %i lost frames there", (lost_frames, count) => {
  const ledger = new Ledger(2_205);
  playGraph(ledger, 0, 3);
  ledger.begin();
  playGraph(ledger, 3, 8, lost_frames);
  ledger.settle();
  playGraph(ledger, 8, 8.3, lost_frames);
  expect(ledger.settled).toBe(lost_frames === 0);
  expect(ledger.end(5 * RATE_HZ)).toMatchObject({ seen: 220_500, ...count });
});
