/** Connects the steps of the sound check with microphone, workers and server: presses in, one view out. */

import { canonicalJson, type Canonical } from "../canonical";
import { chooseMicrophone, chosenMicrophone, microphones } from "../capture/choice";
import { problemOf } from "../capture/guard";
import type { Source } from "../capture/source";
import { SIGN_IN } from "../sign-in";
import { Booth, type Kept, type Meter, type Running } from "./booth";
import type { CalibrationDesk } from "./calibration-desk";
import type { CheckData } from "./data";
import type { Errand, Errands, Outcome } from "./errands";
import type { Span } from "./levels";
import { rememberTested, updatedSince } from "./remembered";
import { NOISE_S, Sounder } from "./sounder";
import { firstCheck, isTested, type CheckView, type Phase } from "./view";

const ROOM_S = 5;
const SILENCE_S = 3;
const LONGEST_LINE_S = 12;
const REST_S = 0.3; // after the last noise, so that its end is in the take

type Rest = typeof import("./rest");

/** Where in a take what was asked for happened. */
interface Places {
  silence: Span;
  line: Span;
  quiet: Span | null;
  loud: Span | null;
}

export class CheckPage {
  view: CheckView;
  readonly booth: Booth;
  rest: Rest | null = null; // null while it is on its way
  calibration!: CalibrationDesk; // with the rest
  private readonly draw: () => void;
  private readonly sounder = new Sounder();
  private source: Source | null = null;
  private errands: Errands | null = null;
  private saidIt: () => void = () => undefined;

  constructor(data: CheckData, draw: () => void) {
    this.view = firstCheck(data);
    this.draw = draw;
    this.booth = new Booth(data, {
      meter: (message) => this.measured(message),
      uploads: (upload) => this.set({ upload }),
      gone: (problem) => this.set({ problem, microphone: null, phase: null, opening: false }),
    });
  }

  async start(): Promise<void> {
    this.draw();
    const ready = await this.booth.start();
    if ("blocked" in ready) return this.set({ blocked: ready.blocked });
    this.set({ interrupted: ready.interrupted });
    await this.fetchRest();
    new BroadcastChannel(SIGN_IN).onmessage = () => this.wake();
    addEventListener("online", () => this.wake());
    navigator.mediaDevices.addEventListener("devicechange", () => void this.offer());
    addEventListener("beforeunload", (event) => {
      if (this.view.phase !== null) event.preventDefault(); // a take is being made
    });
  }

  private async fetchRest(): Promise<void> {
    const rest = await import("./rest");
    this.calibration = new rest.CalibrationDesk(this);
    this.errands = new rest.Errands(this.view.data, (errand, outcome) => this.answered(errand, outcome));
    this.rest = rest;
    this.draw();
  }

  /** Open the chosen microphone; what was found out of another one does not count for it. */
  async openMicrophone(): Promise<void> {
    if (this.view.opening || this.view.phase !== null || this.rest === null) return;
    this.set({ ...firstCheck(this.view.data), interrupted: this.view.interrupted, upload: this.view.upload, opening: true });
    try {
      const source = (this.source = await this.booth.open());
      const microphone = this.describe(source, source.rate_hz);
      this.set({ opening: false, microphone, again: updatedSince(microphone.label_sha256!) });
    } catch (error) {
      return this.set({ opening: false, problem: error instanceof DOMException ? problemOf(error) : (error as Error).message });
    }
    await this.offer();
  }

  /** Another microphone of those there are; remembered in this browser. */
  choose(id: string): void {
    chooseMicrophone(id);
    void this.openMicrophone();
  }

  /** Five seconds of the room, in a take of their own. */
  async measureRoom(): Promise<void> {
    const kept = await this.record("room", "room", (running) => this.phase("room", running, ROOM_S));
    if (kept === null) return;
    const { energyMean, secondLevels } = this.rest!;
    this.set({ room_dbfs: energyMean(secondLevels(kept.codes, kept.rate_hz)) });
  }

  /** Silence, one line, and the noises if they are allowed: the voice's levels, and the self-test where it is due. */
  async speak(): Promise<void> {
    const tested = isTested(this.view);
    const { loudspeaker } = this.view;
    if (loudspeaker && !tested) this.sounder.open(); // within the press
    let places: Places | null = null;
    const kept = await this.record("check", "silence", async (running) => {
      places = await this.perform(running, loudspeaker && !tested);
    });
    if (kept !== null && places !== null) this.judge(kept, places, tested);
  }

  /** The line is said. */
  said(): void {
    this.saidIt();
  }

  allowSound(loudspeaker: boolean): void {
    this.set({ loudspeaker });
  }

  /** The self-test is wanted once more, with all it can test. */
  testAgain(): void {
    this.set({ again: true, checks: null, voice: null, report: "no", found: null });
  }

  /** Record while `during` runs; null where it did not come to an end. */
  async record(track: "check" | "room", phase: Phase, during: (running: Running) => Promise<void>): Promise<Kept | null> {
    if (this.view.phase !== null || this.view.microphone === null) return null;
    this.set({ phase });
    try {
      return await this.booth.take(track, during);
    } catch (error) {
      this.set({ problem: (error as Error).message });
      return null;
    } finally {
      this.set({ phase: null, left_s: 0 });
    }
  }

  /** Let a phase of a take last, and show what is left of it. */
  async phase(phase: Phase, running: Running, seconds: number, until: Promise<void> = new Promise(() => undefined)): Promise<void> {
    const rate_hz = this.view.microphone!.rate_hz;
    const from = running.frames();
    const over = until.then(() => true);
    for (let left = seconds; left > 1e-9; left = Math.round((left - 0.5) * 10) / 10) {
      this.set({ phase, left_s: left });
      const step = running.until(from + Math.round(Math.min(seconds, seconds - left + 0.5) * rate_hz)).then(() => false);
      if (await Promise.race([over, step])) return;
    }
  }

  /** Something has to be told to the server once the takes are there. */
  errand(errand: Errand): void {
    this.errands?.add(errand);
  }

  set(change: Partial<CheckView>): void {
    this.view = { ...this.view, ...change };
    this.draw();
  }

  wake(): void {
    this.booth.wake();
    this.errands?.wake();
  }

  private async perform(running: Running, sound: boolean): Promise<Places> {
    const silence = await this.span(running, () => this.phase("silence", running, SILENCE_S));
    const pressed = new Promise<void>((resolve) => (this.saidIt = resolve));
    const line = await this.span(running, () => this.phase("line", running, LONGEST_LINE_S, pressed));
    if (!sound) return { silence, line, quiet: null, loud: null };
    const quiet = await this.noise(running, "quiet");
    const loud = await this.noise(running, "loud");
    await this.phase("closing", running, REST_S);
    return { silence, line, quiet, loud };
  }

  private noise(running: Running, level: "quiet" | "loud"): Promise<Span> {
    this.sounder.play(level);
    return this.span(running, () => this.phase(level, running, NOISE_S));
  }

  private async span(running: Running, during: () => Promise<void>): Promise<Span> {
    const from = running.frames();
    await during();
    return { from, to: running.frames() };
  }

  private judge(kept: Kept, places: Places, tested: boolean): void {
    const { codes, rate_hz, take, sitting } = kept;
    const { data, microphone } = this.view;
    const { voiceOf, selfTest } = this.rest!;
    this.set({ voice: voiceOf(codes, rate_hz, places.silence, places.line) });
    if (tested) return;
    const terms_rate_hz = data.capture?.rate_hz ?? 0;
    const checks = selfTest({ ...kept, ...places, terms_rate_hz, processing: microphone!.processing });
    this.set({ checks, report: "takes", again: false });
    const report = { checks: checks as unknown as Canonical, settings: this.source!.settings };
    const body = canonicalJson({ sitting, take, capture_path: microphone!.capture_path, rate_hz, report });
    this.errand({ kind: "device-check", path: `/device-checks/${crypto.randomUUID()}`, body });
  }

  private answered(errand: Errand, outcome: Outcome): void {
    if (errand.kind === "calibration") return this.calibration.answered(outcome);
    if (errand.kind !== "device-check") return;
    if (outcome.state !== "done") return this.set({ report: outcome.state === "waiting" ? outcome.why : "refused" });
    rememberTested(this.view.microphone?.label_sha256 ?? "");
    const found = outcome.answer["found"] as CheckView["found"];
    this.set({ report: "done", found: found ?? null });
    const { microphone, checks, data } = this.view;
    if (microphone === null || checks === null) return;
    const { label_sha256, os, browser, rate_hz, capture_path } = microphone;
    const known = { id: errand.path.split("/").at(-1)!, label_sha256, os, browser, rate_hz, capture_path, passed: outcome.answer["passed"] === true };
    this.set({ data: { ...data, device_checks: [known, ...data.device_checks] } });
  }

  private measured({ reading }: Meter): void {
    this.set({ meter: reading });
  }

  private async offer(): Promise<void> {
    this.set({ offered: await microphones() });
  }

  private describe(source: Source, rate_hz: number): NonNullable<CheckView["microphone"]> {
    const { label_sha256, os, browser } = source.device as Record<string, string>;
    const id = source.track.getSettings().deviceId ?? chosenMicrophone() ?? "";
    return { id, label: source.label, processing: source.processing, rate_hz, capture_path: this.booth.path!, label_sha256: label_sha256!, os: os!, browser: browser! };
  }
}
