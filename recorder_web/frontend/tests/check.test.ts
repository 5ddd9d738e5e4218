import { describe, expect, it } from "vitest";
import { isComplete } from "../src/check/calibration-desk";
import type { CheckData } from "../src/check/data";
import { refusal } from "../src/check/errands";
import { calibrationFor, calibrationToBegin, testedBefore } from "../src/check/matching";
import { readingOf, readingProblem, unsteadyBy } from "../src/check/readings";
import * as v from "../src/check/view";
import type { Calibration } from "../src/data";
import { calibrationOf as counted } from "../src/measuring";
import type { View } from "../src/view";

const DEVICE = { label_sha256: "5e", os: "Linux", browser: "Chrome" };
const OPENED = { ...DEVICE, rate_hz: 48_000, capture_path: "mstp" };
const NOW = new Date("2026-11-26T06:00:00Z");

function made(change: Partial<Calibration> = {}): Calibration {
  return { id: "c", offset_db: "100", u_db: "2", u_unrepeated_db: "2.83", method: "reference-meter", rate_hz: 48_000, expires_at: "2026-12-20T00:00:00+00:00", fresh: true, device: { ...DEVICE, gain_note: null }, ...change };
}

const DATA: CheckData = {
  api: "/api/v1",
  csrf: "",
  locale: "zh-Hant",
  contributor_ref: "me",
  claim: { id: "k", band: "low", variety: "nan-TW" },
  line: null,
  capture: { rate_hz: 48_000, path: "any", calibration: "preferred" },
  bands: [{ name: "low", low: null, high: 40 }],
  limits: { speech_min_dbfs: -35, speech_max_dbfs: -14, snr_min_db: 20 },
  calibrations: [],
  device_checks: [],
  urls: { record: "/record/k", home: "/home" },
};
const MICROPHONE = { ...OPENED, id: "m", label: "USB", processing: "off" as const };

function view(change: Partial<v.CheckView> = {}): v.CheckView {
  return { ...v.firstCheck(DATA), microphone: MICROPHONE, ...change };
}

describe("a reading from a display", () => {
  it.each([["62.5", "62.5"], ["62", "62"], [" 62,5 ", "62.5"], ["６２．５", "62.5"], ["62.5 dB(A)", "62.5"], ["62.5dBA", "62.5"], ["062.50", "62.5"]])("%j is %s", (typed, reading) => {
    expect(readingOf(typed)).toBe(reading);
  });

  it.each(["", "abc", "-62", "62.555", "6 2", "1e2", "62.5 dB(C)"])("%j is no number", (typed) => {
    expect(readingProblem(typed)).toBe("number");
  });

  it.each([["49.9", "low"], ["50", null], ["102", null], ["102.1", "high"]])("%s is beyond what a reference may show: %s", (typed, problem) => {
    expect(readingProblem(typed)).toBe(problem);
  });

  it("stands beside a sound that moved by at most half a decibel", () => {
    expect(unsteadyBy([-37.2, -37.5, -37.6])).toBeNull();
    expect(unsteadyBy([-37.2, -37.9])).toBeCloseTo(0.7, 9);
  });
});

describe("the calibration of a microphone", () => {
  it("is the newest one of the same microphone, browser and rate that still holds", () => {
    const older = made({ id: "older" });
    expect(calibrationFor([made(), older], OPENED, NOW)?.id).toBe("c");
    for (const change of [{ rate_hz: 44_100 }, { expires_at: "2026-11-26T05:59:59Z" }, { device: { ...DEVICE, os: "Windows", gain_note: null } }, { device: { ...DEVICE, browser: "Firefox", gain_note: null } }, { device: { ...DEVICE, label_sha256: "6f", gain_note: null } }, { device: { ...DEVICE, gain_note: "70 %" } }]) {
      expect(calibrationFor([made(change), older], OPENED, NOW)?.id, JSON.stringify(change)).toBe("older");
    }
  });

  it("is never one of an unknown microphone", () => {
    expect(calibrationFor([made({ device: { ...DEVICE, label_sha256: null, gain_note: null } })], { ...OPENED, label_sha256: null }, NOW)).toBeNull();
  });

  it("is chosen before the rate is known by what the browser says of it, else the newest", () => {
    const other = made({ id: "44.1", rate_hz: 44_100 });
    expect(calibrationToBegin([made(), other], DEVICE, 44_100, NOW)?.id).toBe("44.1");
    expect(calibrationToBegin([made(), other], DEVICE, undefined, NOW)?.id).toBe("c");
    expect(calibrationToBegin([], DEVICE, 44_100, NOW)).toBeNull();
  });

  it("does not count while the browser works on the sound, or does not say", () => {
    const data = { ...DATA, calibrations: [made()] };
    expect(v.calibrationOf(view({ data }), NOW)?.id).toBe("c");
    for (const processing of ["on", "unknown"] as const) expect(v.calibrationOf(view({ data, microphone: { ...MICROPHONE, processing } }), NOW)).toBeNull();
  });
});

describe("a device check", () => {
  it("need not be repeated for the same microphone, browser, rate and path once it was passed", () => {
    const known = { id: "d", ...OPENED, passed: true };
    expect(testedBefore([known], OPENED)?.id).toBe("d");
    for (const change of [{ passed: false }, { rate_hz: 44_100 }, { capture_path: "worklet" }, { browser: "Edge" }]) expect(testedBefore([{ ...known, ...change }], OPENED)).toBeNull();
    expect(v.isTested(view({ data: { ...DATA, device_checks: [known] } }))).toBe(true);
    expect(v.isTested(view({ data: { ...DATA, device_checks: [known] }, again: true }))).toBe(false);
  });
});

describe("an answer of the server", () => {
  it.each([
    [409, "calibration.takes-missing", "takes"],
    [409, "device-check.take-missing", "takes"],
    [404, "not-found", "takes"],
    [401, "auth.expired", "sign-in"],
    [403, "auth.csrf", "sign-in"],
    [429, "quota.requests", "server"],
    [503, "server.busy", "server"],
  ])("%i %s means to wait", (status, code, why) => {
    expect(refusal(status, { code })).toEqual({ state: "waiting", why });
  });

  it("that refuses goes to the person with its facts", () => {
    expect(refusal(422, { code: "calibration.spread", facts: { measured: 1.4 } })).toEqual({ state: "refused", code: "calibration.spread", facts: { measured: 1.4 } });
    expect(refusal(409, { code: "id.conflict" })).toMatchObject({ state: "refused" });
  });
});

describe("a step", () => {
  it("waits until the microphone is open", () => {
    const before = view({ microphone: null });
    for (const state of [v.microphoneState, v.processingState, v.rateState, v.roomState, v.voiceState, v.testState, v.calibrationState]) expect(state(before)).toBe("todo");
    expect(v.problems(before)).toBe(0);
  });

  it("says of the rate whether it is enough, and compares with nothing where no work asks", () => {
    expect(v.rateState(view())).toBe("good");
    expect(v.rateState(view({ microphone: { ...MICROPHONE, rate_hz: 44_100 } }))).toBe("problem");
    expect(v.rateState(view({ microphone: { ...MICROPHONE, rate_hz: 8_000 }, data: { ...DATA, capture: null } }))).toBe("good");
  });

  it.each([
    [-70, "good"],
    [-59, "note"], // 41 dB(A): within the error of measurement
    [-50, "problem"],
  ])("holds a calibrated room of %i dBFS against the band: %s", (room_dbfs, state) => {
    expect(v.roomState(view({ room_dbfs, data: { ...DATA, calibrations: [made()] } }))).toBe(state);
  });

  it("holds no uncalibrated room against anything", () => {
    expect(v.roomState(view({ room_dbfs: -20 }))).toBe("note");
    expect(v.roomOf(view({ room_dbfs: -20 }))?.level_dba).toBeNull();
  });

  it.each([
    [{ level_dbfs: null, snr_db: null, clipped_runs: 0 }, "silent"],
    [{ level_dbfs: -36, snr_db: 30, clipped_runs: 0 }, "quiet"],
    [{ level_dbfs: -13, snr_db: 30, clipped_runs: 0 }, "loud"],
    [{ level_dbfs: -20, snr_db: 30, clipped_runs: 1 }, "clipped"],
    [{ level_dbfs: -20, snr_db: 19.9, clipped_runs: 0 }, "noisy"],
    [{ level_dbfs: -20, snr_db: 20, clipped_runs: 0 }, null],
  ])("says of the voice %j what is the matter: %s", (voice, problem) => {
    const spoken = view({ voice: { speech_s: 2, ...voice } });
    expect(v.voiceProblem(spoken)).toBe(problem);
    expect(v.voiceState(spoken)).toBe(problem === null ? "good" : "problem");
  });

  it("is done with a calibration only when three steady takes have readings", () => {
    const take = { take: "t", sitting: "s", typed: "62", moved_db: null };
    const calibrating = { ...v.NOT_CALIBRATING, method: "reference-meter" as const, takes: [take, take, take] };
    expect(isComplete(calibrating)).toBe(true);
    expect(isComplete({ ...calibrating, takes: [take, take] })).toBe(false);
    expect(isComplete({ ...calibrating, takes: [take, take, { ...take, typed: "" }] })).toBe(false);
    expect(isComplete({ ...calibrating, takes: [take, take, { ...take, moved_db: 0.6 }] })).toBe(false);
    expect(v.calibrationState(view({ calibrating: { ...calibrating, sent: "refused" } }))).toBe("problem");
    expect(v.calibrationState(view({ calibrating: { ...calibrating, method: "none" } }))).toBe("note");
  });
});

describe("the calibration that the recorder counts with", () => {
  const microphone = { label: "USB", rate_hz: 48_000, processing: "off" as const };
  const counts = (change: object): Calibration | null => counted({ calibration: made({ fresh: false }), microphone, repeat: null, ...change } as unknown as View);

  it("is less certain until the reference has agreed in this sitting", () => {
    expect(counts({})?.u_db).toBe("2.83");
    expect(counts({ repeat: { phase: "skipped" } })?.u_db).toBe("2.83");
    expect(counts({ repeat: { phase: "sent" } })?.u_db).toBe("2.83");
    expect(counts({ repeat: { phase: "agrees" } })?.u_db).toBe("2");
    expect(counts({ calibration: made() })?.u_db).toBe("2");
  });

  it("is none where the reference differed, at another rate, or while the browser works on the sound", () => {
    expect(counts({ repeat: { phase: "differs" } })).toBeNull();
    expect(counts({ microphone: { ...microphone, rate_hz: 44_100 } })).toBeNull();
    expect(counts({ microphone: { ...microphone, processing: "unknown" } })).toBeNull();
    expect(counts({ microphone: null })).toBeNull();
  });
});
