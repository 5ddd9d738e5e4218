import { expect, it } from "vitest";
import { nextGate, roomLevel, SHUT, speaking, SPEECH_HOLD_S, type Gate, type RoomLevel } from "../src/gate";

const LOW = { name: "low", low: null, high: 40 };
const METER = { id: "c", offset_db: "100.0", u_db: "2.0", method: "reference-meter" };

function run(levels: number[], gate: Gate = SHUT): Gate[] {
  return levels.map((level_dba) => (gate = nextGate(gate, room(level_dba), 0.1, "preferred")));
}

function room(level_dba: number): RoomLevel {
  return roomLevel(level_dba - 100, level_dba - 100, false, LOW, METER);
}

it("opens after three seconds in band without a break", () => {
  const gates = run([...Array<number>(29).fill(35), 45, ...Array<number>(40).fill(35)]);
  expect(gates.findIndex((gate) => gate.open)).toBe(59);
});

it("pauses after five seconds out of band, not for a passing car", () => {
  const open = run(Array<number>(30).fill(35)).at(-1)!;
  const gates = run([...Array<number>(49).fill(60), 35, ...Array<number>(60).fill(60)], open);
  expect(gates.findIndex((gate) => !gate.open)).toBe(99);
});

it("goes on while the difference is within the error of the measurement", () => {
  const open = run(Array<number>(30).fill(35)).at(-1)!;
  expect(room(42).place).toBe("edge");
  expect(run(Array<number>(300).fill(42), open).every((gate) => gate.open)).toBe(true);
});

it("does not open on the edge", () => {
  expect(run(Array<number>(300).fill(42)).some((gate) => gate.open)).toBe(false);
});

it("states the error of a reference meter as 2.8 dB in a quiet room", () => {
  expect(room(35).uncertainty_db).toBeCloseTo(2.83, 2);
  expect(room(35).margin_db).toBeCloseTo(5, 9);
});

it("judges the room from the quiet moments while someone speaks", () => {
  expect(roomLevel(-40, -65, true, LOW, METER).place).toBe("in");
  expect(roomLevel(-40, -65, false, LOW, METER).place).toBe("out");
});

it("never writes a dB(A) figure without a calibration, and opens where one is only preferred", () => {
  const unknown = roomLevel(-60, -62, false, LOW, null);
  expect(unknown).toEqual({ level_dba: null, margin_db: null, uncertainty_db: null, place: "uncalibrated" });
  expect(nextGate(SHUT, unknown, 0.1, "preferred").open).toBe(true);
  expect(nextGate(SHUT, unknown, 0.1, "required").open).toBe(false);
});

it("takes ten dB over the background for speech", () => {
  expect(speaking(3, -50, -62, 0.1)).toBe(0);
  expect(speaking(0, -55, -62, 0.1)).toBe(0.1);
});

it("shows LAeq 1 s only when it no longer hears the last word", () => {
  expect(SPEECH_HOLD_S).toBeGreaterThanOrEqual(1);
});
