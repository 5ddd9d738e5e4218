/** Making a calibration: takes of a steady sound, the readings beside them, and what the server says of both. */

import { canonicalJson } from "../canonical";
import type { Calibration } from "../data";
import type { Kept, Running } from "./booth";
import type { Outcome } from "./errands";
import { secondLevels } from "./levels";
import type { CheckPage } from "./page";
import { readingOf, readingProblem, TAKES, unsteadyBy } from "./readings";
import { NOT_CALIBRATING, type Calibrating, type CalibrationTake, type Method } from "./view";

const WARM_UP_S = 5;
const PAUSE_S = 1; // the press itself must not be in the take
const TAKE_S = 10;

export class CalibrationDesk {
  private readonly page: CheckPage;

  constructor(page: CheckPage) {
    this.page = page;
  }

  choose(method: Method): void {
    this.set({ method });
  }

  name(reference_class: string): void {
    this.set({ reference_class });
  }

  /** One more take of the steady sound; the first of each level after a warm-up. */
  async measure(): Promise<void> {
    if (this.page.view.phase !== null || this.page.view.microphone === null) return;
    const { takes, second } = this.now;
    const warm = takes.length === 0 || (second && takes.length === TAKES);
    await this.warmUp(warm ? WARM_UP_S : PAUSE_S);
    const kept = await this.page.record("check", "calibrate", (running: Running) => this.page.phase("calibrate", running, TAKE_S));
    if (kept !== null) this.set({ takes: [...this.now.takes, this.taken(kept)], sent: "no", refused: null });
  }

  type(at: number, typed: string): void {
    this.set({ takes: this.now.takes.map((take, i) => (i === at ? { ...take, typed } : take)), sent: "no", refused: null });
  }

  /** A take that is not used; its sound stays where it is. */
  drop(at: number): void {
    this.set({ takes: this.now.takes.filter((_, i) => i !== at), sent: "no", refused: null });
  }

  /** A second level shows whether gain control is on. */
  addLevel(): void {
    this.set({ second: true });
  }

  /** All over again, with the same reference. */
  again(): void {
    const { method, reference_class } = this.now;
    this.set({ ...NOT_CALIBRATING, method, reference_class, anew: true });
  }

  send(): void {
    const { takes, method, reference_class } = this.now;
    if (!isComplete(this.now) || method === null || method === "none") return;
    const body = canonicalJson({
      sitting: takes[0]!.sitting,
      method,
      reference_class: reference_class.trim() || null,
      gain_note: null,
      takes: takes.map(({ take, typed }) => ({ take, reading_dba: readingOf(typed)! })),
    });
    this.set({ sent: "takes", refused: null });
    this.page.errand({ kind: "calibration", path: `/calibrations/${crypto.randomUUID()}`, body });
  }

  answered(outcome: Outcome): void {
    if (outcome.state === "waiting") return this.set({ sent: outcome.why });
    if (outcome.state === "refused") return this.set({ sent: "refused", refused: { code: outcome.code, facts: outcome.facts } });
    const { data } = this.page.view;
    const made = calibrationIn(outcome.answer);
    this.page.set({ data: { ...data, calibrations: [made, ...data.calibrations.filter(({ id }) => id !== made.id)] } });
    this.set({ sent: "done", anew: false, refused: null, answer: outcome.answer });
  }

  private get now(): Calibrating {
    return this.page.view.calibrating;
  }

  private async warmUp(seconds: number): Promise<void> {
    for (let left_s = seconds; left_s > 0; left_s--) {
      this.page.set({ phase: "warm-up", left_s });
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
    this.page.set({ phase: null, left_s: 0 });
  }

  private taken({ take, sitting, codes, rate_hz }: Kept): CalibrationTake {
    return { take, sitting, typed: "", moved_db: unsteadyBy(secondLevels(codes, rate_hz)) };
  }

  private set(change: Partial<Calibrating>): void {
    this.page.set({ calibrating: { ...this.now, ...change } });
  }
}

/** Whether there is enough to send: three steady takes, each with its reading. */
export function isComplete({ takes }: Calibrating): boolean {
  return takes.length >= TAKES && takes.every(({ typed, moved_db }) => moved_db === null && readingProblem(typed) === null);
}

/** A calibration as the server has just made it: nothing has to be repeated today. */
function calibrationIn(answer: Record<string, unknown>): Calibration {
  const made = answer as unknown as Calibration;
  return { ...made, u_unrepeated_db: String(Math.hypot(Number(made.u_db), 2)), fresh: true };
}
