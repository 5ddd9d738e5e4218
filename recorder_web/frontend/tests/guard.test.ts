import { afterEach, expect, test, vi } from "vitest";
import { holdLock } from "../src/capture/guard";

afterEach(() => vi.unstubAllGlobals());

/** The browser's locks while somebody else holds the one of the sitting, until `gone`. */
function heldUntil(gone: Promise<void>): void {
  const request = (_name: string, { signal }: { signal: AbortSignal }, held: () => unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error));
      void gone.then(() => !signal.aborted && resolve(held()));
    });
  vi.stubGlobal("navigator", { locks: { request } });
}

test("a sitting that is let go in a moment is waited for, and no other tab is told of", async () => {
  heldUntil(new Promise((resolve) => setTimeout(resolve, 30)));
  expect(await holdLock(5_000)).toBe(true);
});

test("a sitting that stays open in another tab is told of after a while", async () => {
  heldUntil(new Promise(() => undefined));
  expect(await holdLock(30)).toBe(false);
});
