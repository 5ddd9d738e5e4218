import { afterEach, expect, it, vi } from "vitest";
import { alone } from "../src/transcribe/alone";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** One lock after the other, as a browser hands them out: held until what was begun with it ends. */
function locks(free: Promise<void>): { request(name: string, work: () => Promise<unknown>): Promise<unknown> } {
  return { request: (_, work) => free.then(work) };
}

it("is alone at once where no other window is, also where no lock can be had", async () => {
  const waiting = vi.fn();
  vi.stubGlobal("navigator", { locks: locks(Promise.resolve()) });
  expect(await alone("c", waiting)).toBe(false);
  vi.stubGlobal("navigator", {});
  expect(await alone("c", waiting)).toBe(false);
  expect(waiting).not.toHaveBeenCalled();
});

it("says that another window writes, and tells when it is gone", async () => {
  vi.useFakeTimers();
  let close = (): void => undefined;
  vi.stubGlobal("navigator", { locks: locks(new Promise((resolve) => (close = resolve))) });
  const waiting = vi.fn();
  const found = alone("c", waiting);
  await vi.advanceTimersByTimeAsync(1_100);
  expect(waiting).toHaveBeenCalledTimes(1);
  close();
  expect(await found).toBe(true);
});
