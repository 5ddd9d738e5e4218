/**
 * The test of the headphones: a short sweep as loud as the partner is heard, and what of it arrives in the own track.
 * It is kept as a take of the track `check`, so that the server can look again.
 */

import type { FromTakeWorker } from "../capture/messages";
import { contributorFolder, fileIn, folderAt, PCM } from "../store/opfs";
import { LEAK_DB, leakOf, sweep, sweepGain } from "./leak";

const SETTLES_S = 0.2; // before the sweep
const TAKE_S = 1.6; // with the way through loudspeaker, air and microphone
const USUAL_VOICE_DBFS = -23; // of somebody whose level is not known yet

export type Outcome = "due" | "running" | "passed" | "failed" | "unclear" | "untested";

export interface LeakHost {
  contributor: string;
  begin(): void; // a take of the track `check`
  end(): void;
  changed(): void;
}

export interface Voices {
  mine_dbfs: number | null;
  theirs_dbfs: number | null;
  volume: number;
}

export class LeakTest {
  private state: "due" | "running" | "measured" | "untested" = "due";
  private leak_db = 0; // re the own voice, at the volume of the test
  private heard = false;
  private voices: Voices = { mine_dbfs: null, theirs_dbfs: null, volume: 1 };
  private context: AudioContext | null = null;
  private ending = false;
  private readonly host: LeakHost;

  constructor(host: LeakHost) {
    this.host = host;
  }

  /** What it says now: a louder partner leaks louder, so the volume counts. */
  outcome(volume: number): Outcome {
    if (this.state !== "measured") return this.state;
    if (this.now_db(volume) <= LEAK_DB) return "passed";
    return this.heard ? "failed" : "unclear"; // somebody spoke: nothing that quiet could have been found
  }

  /** How loud the partner leaks, re the own voice; null before it was measured. */
  measured_db(volume: number): number | null {
    return this.state === "measured" ? this.now_db(volume) : null;
  }

  /** A new connection: other headphones, perhaps. */
  due(): void {
    if (this.state === "running") return;
    this.state = "due";
    this.host.changed();
  }

  /** Begin; within a click, or the browser keeps it silent. */
  start(voices: Voices): void {
    if (this.state === "running") return;
    this.voices = voices;
    this.ending = false;
    this.state = "running";
    this.context ??= new AudioContext();
    void this.context.resume();
    this.host.begin();
    this.host.changed();
  }

  /** Sound is not allowed here: said so, and gone on. */
  skip(): void {
    this.state = "untested";
    this.host.changed();
  }

  /** Something of the take worker. */
  hear(message: FromTakeWorker, rate_hz: number): void {
    if (this.state !== "running") return;
    if (message.type === "live") this.play();
    if (message.type === "meter" && !this.ending && message.take_frames >= TAKE_S * rate_hz) {
      this.ending = true;
      this.host.end();
    }
    if (message.type === "ended" && message.plan.leak) void this.measure(message).catch(() => this.fail());
    if (message.type === "gone" || message.type === "failed") this.fail();
  }

  /** What a manifest says of it. */
  facts(volume: number): Record<string, string> {
    const measured_db = this.measured_db(volume);
    const level = measured_db === null ? {} : { leak_db: measured_db.toFixed(1), heard: this.heard ? "yes" : "no" };
    return { result: this.outcome(volume), volume: volume.toFixed(2), ...level };
  }

  sitting = "";

  private play(): void {
    const context = this.context!;
    const samples = sweep(context.sampleRate);
    const buffer = new AudioBuffer({ length: samples.length, sampleRate: context.sampleRate });
    buffer.copyToChannel(samples, 0);
    const gain = sweepGain(this.voices.theirs_dbfs ?? USUAL_VOICE_DBFS, this.voices.volume);
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(new GainNode(context, { gain })).connect(context.destination);
    source.start(context.currentTime + SETTLES_S);
  }

  private async measure({ take, rate_hz }: Extract<FromTakeWorker, { type: "ended" }>): Promise<void> {
    const folder = await folderAt(await contributorFolder(this.host.contributor), [this.sitting, take]);
    const codes = new Int16Array(await (await fileIn(folder, PCM))!.arrayBuffer());
    const leak = leakOf(codes, rate_hz);
    if (leak === null) return this.fail();
    this.heard = leak.heard;
    this.leak_db = leak.level_dbfs - (this.voices.mine_dbfs ?? USUAL_VOICE_DBFS);
    this.state = "measured";
    this.host.changed();
  }

  /** Nothing came of it: it is due again. */
  private fail(): void {
    this.state = "due";
    this.host.changed();
  }

  private now_db(volume: number): number {
    return this.leak_db + 20 * Math.log10(Math.max(1e-3, volume) / Math.max(1e-3, this.voices.volume));
  }
}

