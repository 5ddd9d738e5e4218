import { expect, it } from "vitest";
import { FIRST, nextState, STATES, waysOut, type State } from "../src/session";

function reachable(from: State): Set<State> {
  const seen = new Set<State>([from]);
  const open = [from];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (const event of waysOut(state)) {
      const next = nextState(state, event);
      if (!seen.has(next)) open.push(next);
      seen.add(next);
    }
  }
  return seen;
}

it("has the nine states of the recorder and no other", () => {
  expect(new Set(STATES)).toEqual(
    new Set(["recovering", "checking", "waiting", "armed", "recording", "paused", "closing", "broken", "full"]),
  );
});

it.each(STATES)("leads from %s back to a microphone that is ready", (state) => {
  expect(reachable(state).has("armed")).toBe(true);
});

it("can reach every state from the first", () => {
  expect(reachable(FIRST)).toEqual(new Set(STATES));
});

it("ends a take only by stop, a lost band, a silent microphone, a full disk or one that fails", () => {
  expect(waysOut("recording").sort()).toEqual(["band-lost", "failed", "no-room", "stalled", "stopped"]);
});

it.each(["recording", "closing"] as const)("leads from %s to the next press when the disk refuses the take", (state) => {
  expect(nextState(state, "failed")).toBe("waiting");
});

it("does not mind an event that means nothing here", () => {
  expect(nextState("waiting", "pressed")).toBe("waiting");
  expect(nextState("recording", "gate-shut")).toBe("recording");
});
