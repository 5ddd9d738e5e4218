import { expect, it } from "vitest";

it("goes along the clips by one, begins with the first and stays at the ends", async () => {
  Object.assign(globalThis, { addEventListener: () => undefined });
  const { reached } = await import("../src/queue");
  expect([reached(-1, 1, 3), reached(-1, -1, 3), reached(0, 1, 3), reached(2, 1, 3), reached(0, -1, 3)]).toEqual([0, 0, 1, 2, 0]);
});
