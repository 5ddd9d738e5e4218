import { afterEach, describe, expect, it, vi } from "vitest";
import type { RecorderData } from "../src/data";
import { sittingBody } from "../src/take";
import { newSitting } from "../src/taking";
import { stepAfter } from "../src/upload/policy";
import { firstView, needsPartner, NOTHING_SENT, uploadKey, type View } from "../src/view";
import { VoiceCheck } from "../src/voices";

const ANN = { ref: "c-0002", agrees: true };

function viewOf(style: string, partner: RecorderData["partner"]): View {
  const claim = { id: "m", band: "low", variety: "nan-TW", style, lease_until: "", fence: 1, target_s: null };
  return firstView({ claim, partner, prompts: [], calibrations: [], device_checks: [], limits: { speech_min_dbfs: -35, speech_max_dbfs: -14 } } as unknown as RecorderData);
}

afterEach(() => vi.unstubAllGlobals());

describe("a dialogue", () => {
  it("waits for somebody who agrees; other styles wait for nobody", () => {
    expect(needsPartner(viewOf("dialogue", null))).toBe(true);
    expect(needsPartner(viewOf("dialogue", undefined))).toBe(true);
    expect(needsPartner(viewOf("dialogue", { ...ANN, agrees: false }))).toBe(true);
    expect(needsPartner(viewOf("dialogue", ANN))).toBe(false);
    for (const style of ["read", "monologue"]) expect(needsPartner(viewOf(style, null))).toBe(false);
  });

  it("names its second person to the server, a sitting for one nobody", () => {
    vi.stubGlobal("navigator", { onLine: true });
    expect(JSON.parse(sittingBody(newSitting(viewOf("dialogue", ANN), null, null)))).toMatchObject({ peers: ["c-0002"] });
    expect(JSON.parse(sittingBody(newSitting(viewOf("read", ANN), null, null)))).toMatchObject({ peers: [] });
    const { peers, ...before } = newSitting(viewOf("dialogue", ANN), null, null);
    expect(peers).toEqual(["c-0002"]);
    expect(JSON.parse(sittingBody(before))).toMatchObject({ peers: [] }); // a file of an earlier version
  });
});

describe("the sound check of both voices", () => {
  function booth(): { check: VoiceCheck; view: () => View; hear: (z_100ms: number, take_s: number) => void; calls: string[] } {
    let view = viewOf("dialogue", ANN);
    const calls: string[] = [];
    const check = new VoiceCheck({ view: () => view, set: (change) => (view = { ...view, ...change }), begin: () => calls.push("begin"), end: () => calls.push("end"), done: () => calls.push("done") });
    const hear = (z_100ms: number, take_s: number): void => {
      view = { ...view, live: true, take_s, meter: { z_100ms } as View["meter"] };
      check.grown();
    };
    return { check, view: () => view, hear, calls };
  }

  it("keeps a line of each, one after the other, and says how each was heard", () => {
    const { check, view, hear, calls } = booth();
    check.ask();
    check.speak();
    check.speak(); // pressed twice is once
    hear(-20, 1);
    hear(-60, 4);
    hear(-60, 4.1);
    expect(calls).toEqual(["begin", "end"]);
    check.taken();
    check.speak();
    hear(-55, 4);
    check.taken();
    expect(view().voices).toMatchObject({ who: 2, left_s: null, heard: ["good", "none"] });
    check.speak(); // both have spoken
    check.done();
    expect([calls, view().voices]).toEqual([["begin", "end", "begin", "end", "done"], null]);
  });

  it("repeats what the take's own notes say, and may be done again", () => {
    const { check, view, hear } = booth();
    check.ask();
    check.speak();
    hear(-5, 4);
    Object.assign(view(), { heard: "audio.clipped" });
    check.taken();
    expect([view().voices?.heard, view().heard]).toEqual([["audio.clipped"], null]);
    check.ask();
    expect(view().voices).toMatchObject({ who: 0, left_s: null, heard: [] });
  });
});

describe("a sitting that the server refuses for its second person", () => {
  it("says so, and what mends it", () => {
    const stopped = { ...NOTHING_SENT, stopped: { a: "partner.consent" } };
    expect(uploadKey(stopped)).toBe("recorder.upload.partner");
    expect(uploadKey({ ...stopped, problem: "auth.expired" })).toBe("recorder.upload.sign-in");
    expect(uploadKey({ ...NOTHING_SENT, stopped: { a: "take.frames" } })).toBe("recorder.upload.stopped");
  });

  it("is tried again at the next visit only: nothing of it is thrown away meanwhile", () => {
    for (const code of ["partner.missing", "partner.other", "partner.consent"]) {
      expect(stepAfter({ status: 409, code, retry_after_s: null }, 0, 0.5)).toEqual({ do: "stop" });
    }
  });
});
