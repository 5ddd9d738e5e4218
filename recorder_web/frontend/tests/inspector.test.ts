import { describe, expect, it } from "vitest";
import { rangeOf } from "../src/inspector/curve";
import { rowsOf, rowsPerSecond, type PictureData } from "../src/inspector/data";
import { Decision, HOLD_MS, type Sent } from "../src/inspector/decision";
import { edgeAt, spanOf, stepped, withEdge } from "../src/inspector/evidence";
import { actOf } from "../src/inspector/keys";
import { rowsFor } from "../src/inspector/lanes";
import { coloursOf } from "../src/inspector/palette";
import { frequencyRows } from "../src/inspector/spectrum";
import { closeTo, levelFor, showing, slid, ticks, zoomed } from "../src/inspector/stretch";
import { Tiles } from "../src/inspector/tiles";

const layers = { wave: { step: 128, factor: 8, levels: 5, tile: 4096 }, spectrum: { step: 1, factor: 4, levels: 6, tile: 512 }, level: { step: 5, factor: 10, levels: 3, tile: 4000 } };
const scale = { unit: "dBA" as const, offset_db: 97, band: "medium", low: 40, high: 55, level: 48.2, uncertainty_db: 2.1 };
const hour: PictureData = { address: "", state: "ready", rate_hz: 48_000, frames: 48_000 * 3600, layers, scale, speech_s: [], others_s: [], near: {} };

describe("the stretch that is shown", () => {
  const whole = { from_s: 0, to_s: 10 };

  it("keeps what is under the pointer where it is while it zooms, and stays inside the clip", () => {
    const near = zoomed(whole, 0.5, 4, 10);
    expect(near).toEqual({ from_s: 2, to_s: 7 });
    expect((4 - near.from_s) / 5).toBeCloseTo(0.4);
    expect(zoomed(near, 100, 4, 10)).toEqual(whole);
    expect(zoomed({ from_s: 0, to_s: 1 }, 0.001, 0, 10)).toEqual({ from_s: 0, to_s: 0.2 });
    expect(slid(near, 5, 10)).toEqual({ from_s: 5, to_s: 10 });
  });

  it("moves as little as shows a place", () => {
    expect(showing({ from_s: 2, to_s: 4 }, 2.5, 3, 10)).toEqual({ from_s: 2, to_s: 4 });
    const moved = showing({ from_s: 2, to_s: 4 }, 8, 9.5, 10);
    expect([moved.from_s <= 8, moved.to_s >= 9.5, moved.to_s <= 10]).toEqual([true, true, true]);
    expect(closeTo(4, 6, 10)).toEqual({ from_s: expect.closeTo(3.7), to_s: expect.closeTo(6.3) });
  });

  it("asks for the coarsest copy that still has a row for a pixel", () => {
    expect(levelFor(50, 4, 6, 130)).toBe(0); // five seconds
    expect(levelFor(50, 4, 6, 0.18)).toBe(4); // an hour over 660 pixels: 0.2 columns a second
    expect(levelFor(50, 4, 6, 0.000001)).toBe(5);
  });

  it("has round times on its axis", () => {
    expect(ticks(whole, 8)).toEqual({ times: [2, 4, 6, 8], digits: 0 });
    expect(ticks({ from_s: 1.21, to_s: 1.5 }, 8)).toEqual({ times: [1.25, 1.3, 1.35, 1.4, 1.45].map((at) => expect.closeTo(at)), digits: 2 });
  });
});

describe("tiles", () => {
  it("that came with the page are there at once, and none of them is asked for", () => {
    const near = { "wave/4/0": btoa("\u0001\u0002\u00ff"), "level/0/0": "" };
    const tiles = new Tiles({ ...hour, state: "asked", near }, () => undefined);
    expect([...new Uint8Array(tiles.get("wave", 4, 0)!)]).toEqual([1, 2, 255]);
    expect([tiles.get("level", 0, 0)!.byteLength, tiles.get("level", 1, 0), tiles.coming]).toEqual([0, null, 0]);
  });

  it("are as many as the worker drew", () => {
    expect(rowsPerSecond("wave", hour)).toBe(375);
    expect(rowsOf("wave", 0, hour)).toBe(1_350_000);
    expect(rowsOf("spectrum", 0, hour)).toBe(179_999);
    expect(rowsOf("level", 1, hour)).toBe(3600);
    expect(rowsOf("level", 0, { ...hour, frames: 100 })).toBe(0);
    expect([8_000, 16_000, 48_000].map(frequencyRows)).toEqual([80, 160, 160]);
  });
});

describe("evidence", () => {
  it("is to the millisecond, inside the clip, and never a slip of the hand", () => {
    expect(spanOf(2.00049, -1, 10)).toEqual({ from_s: 0, to_s: 2 });
    expect(spanOf(9, 12, 10)).toEqual({ from_s: 9, to_s: 10 });
    expect(spanOf(3, 3.004, 10)).toBeNull();
  });

  it("begins and ends where one says, by keyboard alone", () => {
    const from = withEdge(null, "from_s", 6.1, 10);
    expect(from).toEqual({ from_s: 6.1, to_s: 10 });
    expect(withEdge(from, "to_s", 8.2, 10)).toEqual({ from_s: 6.1, to_s: 8.2 });
    expect(withEdge({ from_s: 1, to_s: 2 }, "from_s", 5, 10)).toEqual({ from_s: 5, to_s: 10 });
    expect(withEdge({ from_s: 4, to_s: 5 }, "to_s", 2, 10)).toEqual({ from_s: 0, to_s: 2 });
  });

  it("is dragged by its edges", () => {
    const span = { from_s: 4, to_s: 5 };
    expect([3.98, 4.4, 5.02].map((at) => edgeAt(span, at, 0.05))).toEqual(["from_s", null, "to_s"]);
    expect(edgeAt(null, 4, 1)).toBeNull();
  });

  it("steps through what was flagged and stays at its ends", () => {
    expect([stepped(-1, 1, 2), stepped(0, 1, 2), stepped(1, 1, 2), stepped(0, -1, 2), stepped(-1, 1, 0)]).toEqual([0, 1, 1, 0, -1]);
  });

  it("lies in lanes that do not cover each other", () => {
    const spans = [{ start_s: 0, end_s: 4 }, { start_s: 1, end_s: 1.1 }, { start_s: 1.5, end_s: 2 }, { start_s: 4, end_s: 5 }];
    expect(rowsFor(spans, 1)).toEqual([0, 1, 2, 0]);
  });
});

describe("a decision", () => {
  function desk(answer: Sent = { ok: true }) {
    const sent: string[] = [];
    let due: (() => void) | null = null;
    const decision = new Decision({ now: () => 5, later: (run) => ((due = run), 1), forget: () => (due = null), send: (body) => (sent.push(body.toString()), Promise.resolve(answer)), changed: () => undefined });
    return { decision, sent, pass: () => due?.() };
  }
  const body = new URLSearchParams({ decision: "accept" });

  it("is held for ten seconds and then sent once", async () => {
    const { decision, sent, pass } = desk();
    decision.hold("accept", body);
    expect(decision.state).toEqual({ at: "held", kind: "accept", body, until_ms: 5 + HOLD_MS });
    expect(sent).toEqual([]);
    pass();
    await Promise.resolve();
    expect(sent).toEqual(["decision=accept"]);
    expect(decision.state.at).toBe("sent");
    decision.hold("fix", body); // too late
    expect([await decision.send(), sent.length]).toEqual([true, 1]);
  });

  it("can be taken back until it is sent, and changed", async () => {
    const { decision, sent, pass } = desk();
    decision.hold("accept", body);
    expect(decision.undo()).toBe(true);
    pass();
    expect([decision.state.at, decision.undo(), sent, decision.leftover()]).toEqual(["open", false, [], null]);
    decision.hold("accept", body);
    decision.hold("reject", new URLSearchParams({ decision: "reject" }));
    expect(decision.leftover()?.toString()).toBe("decision=reject");
    expect(await decision.send()).toBe(true);
    expect(sent).toEqual(["decision=reject"]);
  });

  it("that is refused leaves the page as it was, with the reason", async () => {
    const { decision } = desk({ ok: false, said: "no longer held" });
    decision.hold("accept", body);
    expect(await decision.send()).toBe(false);
    expect(decision.state).toEqual({ at: "open", said: "no longer held" });
  });
});

describe("colours and scales", () => {
  it("grow from the page's first colour to its last, and are opaque", () => {
    const colours = coloursOf(["#000000", "#808080", "#ffffff"]);
    const lightness = Array.from({ length: 64 }, (_, code) => colours[4 * code]!);
    expect([lightness[0], lightness[12], lightness[46], lightness[63]]).toEqual([0, 0, 255, 255]);
    expect(lightness.every((each, code) => code === 0 || each >= lightness[code - 1]!)).toBe(true);
    expect(new Set(Array.from({ length: 64 }, (_, code) => colours[4 * code + 3]))).toEqual(new Set([255]));
  });

  it("show whole tens, the band among them", () => {
    expect(rangeOf([47, NaN, 71], scale)).toEqual({ bottom: 30, top: 80 });
    expect(rangeOf([], { ...scale, low: null, high: null, level: null })).toEqual({ bottom: 20, top: 80 });
  });
});

describe("keys", () => {
  it("are those of the page, and no others", () => {
    const act = (key: string, shiftKey = false) => actOf({ key, shiftKey });
    expect([" ", "j", "K", "A", "f", "r", "u", "n", "[", "]", "Escape"].map((key) => act(key))).toEqual(["play", "next-span", "previous-span", "accept", "fix", "refuse", "undo", "next-item", "start-here", "end-here", "clear"]);
    expect([act("3"), act("ArrowRight"), act("ArrowLeft", true)]).toEqual([{ reason: 3 }, { move_s: 0.1 }, { move_s: -1 }]);
    expect([act("x"), act("Tab"), act("Enter")]).toEqual([null, null, null]);
  });
});
