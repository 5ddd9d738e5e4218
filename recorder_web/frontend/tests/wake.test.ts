import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Wake, type Awake } from "../src/wake";

let locks: EventTarget[];
let page: { visibilityState: string };
let told: Awake[];
let grants: boolean;

beforeEach(() => {
  [locks, page, told, grants] = [[], { visibilityState: "visible" }, [], true];
  vi.stubGlobal("document", page);
  vi.stubGlobal("navigator", {
    wakeLock: {
      request: () => {
        if (!grants) return Promise.reject(new DOMException("no", "NotAllowedError"));
        locks.push(new EventTarget());
        return Promise.resolve(locks.at(-1));
      },
    },
  });
});
afterEach(() => vi.unstubAllGlobals());

const wake = (): Wake => new Wake((awake) => told.push(awake));
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe("the screen", () => {
  it("is left alone before it is wanted", async () => {
    wake().seen();
    await settled();
    expect([locks.length, told]).toEqual([0, []]);
  });

  it("is kept on when wanted, and again when the page comes back to the front", async () => {
    const kept = wake();
    kept.want();
    await settled();
    page.visibilityState = "hidden";
    locks[0]!.dispatchEvent(new Event("release"));
    page.visibilityState = "visible";
    kept.seen();
    await settled();
    expect([locks.length, told]).toEqual([2, ["held", "held"]]);
  });

  it("may go dark where the system says no: that is told", async () => {
    grants = false;
    wake().want();
    await settled();
    expect(told).toEqual(["refused"]);
  });

  it("may go dark later, on a low battery: that is told too", async () => {
    wake().want();
    await settled();
    locks[0]!.dispatchEvent(new Event("release"));
    expect(told).toEqual(["held", "refused"]);
  });

  it("may go dark where browsers cannot keep it on", async () => {
    vi.stubGlobal("navigator", {});
    wake().want();
    await settled();
    expect(told).toEqual(["refused"]);
  });
});
