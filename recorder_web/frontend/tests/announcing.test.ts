import { expect, it } from "vitest";
import { announcement, type Part } from "../src/announcing";

const ARMED: Part = { kind: "armed", text: "可以錄音" };
const QUIET: Part = { kind: "in", text: "夠安靜" };

it("tells everything the first time, nothing the second", () => {
  const first = announcement({ state: ARMED, room: QUIET }, {});
  expect(first.texts).toEqual(["可以錄音", "夠安靜"]);
  expect(announcement({ state: ARMED, room: QUIET }, first.said).texts).toEqual([]);
});

it("tells only what has become another thing, however its words have changed", () => {
  const { said } = announcement({ state: ARMED, room: QUIET }, {});
  const louder: Part = { kind: "out-3", text: "再安靜 3.2 分貝" };
  const after = announcement({ state: ARMED, room: louder }, said);
  expect(after.texts).toEqual(["再安靜 3.2 分貝"]);
  expect(announcement({ state: ARMED, room: { kind: "out-3", text: "再安靜 3.4 分貝" } }, after.said).texts).toEqual([]);
});

it("tells an alarm again when it went and came back", () => {
  const stall = { alarm: { kind: "stall", text: "沒收到聲音" } };
  const first = announcement(stall, {});
  const gone = announcement({}, first.said);
  expect(announcement(stall, gone.said).texts).toEqual(["沒收到聲音"]);
});
