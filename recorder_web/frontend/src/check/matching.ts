/** Which calibration and which device check were made with the microphone that is open now. Pure. */

import type { Calibration, DeviceCheck, DeviceKey } from "../data";

/** The open microphone, as calibrations know it. */
export interface Opened extends DeviceKey {
  rate_hz: number;
  capture_path: string;
}

/** The newest calibration of this very microphone, browser and rate, or null. */
export function calibrationFor(calibrations: readonly Calibration[], opened: Omit<Opened, "capture_path">, now: Date): Calibration | null {
  return ofDevice(calibrations, opened, now).find(({ rate_hz }) => rate_hz === opened.rate_hz) ?? null;
}

/**
 * The calibration a sitting begins with: its rate is known only with its first samples, so what the browser says of it
 * chooses between two, and no more.
 */
export function calibrationToBegin(calibrations: readonly Calibration[], device: DeviceKey, said_hz: unknown, now: Date): Calibration | null {
  const fits = ofDevice(calibrations, device, now);
  return fits.find(({ rate_hz }) => rate_hz === said_hz) ?? fits[0] ?? null;
}

function ofDevice(calibrations: readonly Calibration[], device: DeviceKey, now: Date): Calibration[] {
  return calibrations.filter((made) => same(made.device, device) && made.device.gain_note === null && new Date(made.expires_at) > now);
}

/** Whether this microphone's path was tested as it is now, and stood the test. */
export function testedBefore(checks: readonly DeviceCheck[], opened: Opened): DeviceCheck | null {
  return checks.find((check) => same(check, opened) && check.rate_hz === opened.rate_hz && check.capture_path === opened.capture_path && check.passed) ?? null;
}

/** The newest check of this microphone by this path, passed or not: what a sitting begins with. */
export function checkToBegin(checks: readonly DeviceCheck[], device: DeviceKey, path: string | null): DeviceCheck | undefined {
  return checks.find((check) => same(check, device) && check.capture_path === path);
}

/** What is not known is no match: it may be another one. */
function same(one: DeviceKey, other: DeviceKey): boolean {
  return one.label_sha256 !== null && one.label_sha256 === other.label_sha256 && one.os === other.os && one.browser === other.browser;
}
