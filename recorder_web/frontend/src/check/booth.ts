/** The microphone and the two workers as the sound check uses them: takes of a stated length, read back whole. */

import type { FromTakeWorker, FromUploadWorker, ToTakeWorker, ToUploadWorker, UploadState } from "../capture/messages";
import { capturePath, missingFeature, openFeed, transferOf } from "../capture/feed";
import { holdLock } from "../capture/guard";
import type { Source } from "../capture/source";
import { Microphone } from "../microphone";
import { contributorFolder, fileIn, folderAt, PCM } from "../store/opfs";
import type { CapturePath, SittingRecord } from "../take";
import type { CheckData } from "./data";
import { rateOf } from "./rate";

export type Meter = Extract<FromTakeWorker, { type: "meter" }>;

/** A take that is on disk, with what was noticed while it was made. */
export interface Kept {
  take: string;
  sitting: string;
  codes: Int16Array;
  rate_hz: number;
  lost_frames: number;
  alarms: string[];
  measured_rate_hz: number | null;
}

/** While a take runs: how many frames it has, and when it will have more. */
export interface Running {
  frames(): number;
  until(frames: number): Promise<void>;
  cancelled: boolean;
}

interface Hears {
  meter(message: Meter): void;
  uploads(state: UploadState): void;
  gone(problem: string): void;
}

export class Booth {
  readonly path: CapturePath | null = capturePath();
  private readonly data: CheckData;
  private readonly hears: Hears;
  private readonly takes = new Worker(new URL("../take.worker.ts", import.meta.url), { type: "module" });
  private readonly uploads = new Worker(new URL("../upload.worker.ts", import.meta.url), { type: "module" });
  private readonly microphone = new Microphone((snapshot) => this.toTakes({ type: "snapshot", snapshot }));
  private readonly listeners = new Set<(message: FromTakeWorker) => void>();
  private sitting: SittingRecord | null = null;
  private sequence = 0;

  constructor(data: CheckData, hears: Hears) {
    this.data = data;
    this.hears = hears;
    this.takes.onmessage = ({ data: message }: MessageEvent<FromTakeWorker>) => this.hear(message);
    this.uploads.onmessage = ({ data: { state } }: MessageEvent<FromUploadWorker>) => this.hears.uploads(state);
  }

  /** Make ready; returns why this page cannot hear anything, or what an earlier visit left. */
  async start(): Promise<{ blocked: string } | { interrupted: number }> {
    const missing = missingFeature(this.path, this.data.capture?.path ?? "any");
    if (missing !== null) return { blocked: missing };
    if (!(await holdLock())) return { blocked: "other-tab" };
    const { api, csrf, contributor_ref: contributor } = this.data;
    const { port1, port2 } = new MessageChannel();
    this.toUploads({ type: "start", api: new URL(api, location.href).href, csrf, contributor, uploads: port2 }, [port2]);
    const scanned = this.next("scanned");
    this.toTakes({ type: "scan", contributor, uploads: port1 }, [port1]);
    const { interrupted, handles } = await scanned;
    return handles ? { interrupted: interrupted.length } : { blocked: "storage" };
  }

  /** Open the microphone that was chosen, in a sitting of its own without a claim. */
  async open(): Promise<Source & { rate_hz: number }> {
    const before = this.microphone.source?.track; // closed only when the next one delivers: else its end is a loss
    const { contributor_ref } = this.data;
    const source = await this.microphone.open(contributor_ref, (kind) => this.toTakes({ type: "event", kind }));
    const sitting = (this.sitting = this.newSitting(source.device));
    const { track, settings } = source;
    const feed = await openFeed(track, this.path!);
    const opened = this.next("opened");
    this.toTakes({ type: "open", sitting, settings, feed, counts: track.stats !== undefined }, transferOf(feed));
    this.microphone.count();
    const { rate_hz } = await opened;
    before?.stop();
    this.toUploads({ type: "begin", sitting });
    return { ...source, rate_hz };
  }

  close(): void {
    this.microphone.close();
  }

  /** Record a take while `during` runs, and read it back. Throws what became of the microphone. */
  async take(track: "check" | "room", during: (running: Running) => Promise<void>): Promise<Kept> {
    const watch = new Watch();
    const listen = (message: FromTakeWorker): void => watch.hear(message);
    this.listeners.add(listen);
    try {
      const live = this.next("live");
      this.toTakes({ type: "start", plan: { take: crypto.randomUUID(), sequence: this.sequence++, track, prompt_id: null } });
      await live;
      await during(watch);
      const ended = this.next("ended");
      this.toTakes({ type: "stop", ended_by: "stop" });
      return await this.kept(await ended, watch);
    } finally {
      this.listeners.delete(listen);
    }
  }

  /** Tell the uploads that the network or a sign-in is back. */
  wake(): void {
    this.toUploads({ type: "wake" });
  }

  takeOver(): void {
    this.toUploads({ type: "take-over" });
  }

  private async kept(ended: Extract<FromTakeWorker, { type: "ended" }>, watch: Watch): Promise<Kept> {
    const { take, rate_hz, lost_frames } = ended;
    const sitting = this.sitting!.sitting;
    const folder = await folderAt(await contributorFolder(this.data.contributor_ref), [sitting, take]);
    const codes = new Int16Array(await (await fileIn(folder, PCM))!.arrayBuffer());
    return { take, sitting, codes, rate_hz, lost_frames, alarms: watch.alarms, measured_rate_hz: rateOf(watch.points) };
  }

  private hear(message: FromTakeWorker): void {
    if (message.type === "meter") this.hears.meter(message);
    if (message.type === "ending") this.microphone.settle(true);
    if (message.type === "ended") this.microphone.settle(false);
    for (const listen of [...this.listeners]) listen(message);
    if (message.type === "gone") this.microphone.close();
    if (message.type === "gone" || message.type === "failed") this.hears.gone(problemIn(message));
  }

  /** The next message of a kind; refused by the name of what happened instead. */
  private next<T extends FromTakeWorker["type"]>(type: T): Promise<Extract<FromTakeWorker, { type: T }>> {
    return new Promise((resolve, reject) => {
      const listen = (message: FromTakeWorker): void => {
        const over = message.type === "gone" || message.type === "failed";
        if (message.type !== type && !over) return;
        this.listeners.delete(listen);
        if (message.type === type) resolve(message as Extract<FromTakeWorker, { type: T }>);
        else reject(new Error(problemIn(message as Extract<FromTakeWorker, { type: "gone" | "failed" }>)));
      };
      this.listeners.add(listen);
    });
  }

  private newSitting(device: SittingRecord["device"]): SittingRecord {
    const { claim, bands } = this.data;
    const band = claim?.band ?? bands[0]?.name ?? "low";
    return { sitting: crypto.randomUUID(), claim: null, band, device, calibration: null, started_offline: !navigator.onLine, began_ms: Date.now() };
  }

  private toTakes(message: ToTakeWorker, transfer: Transferable[] = []): void {
    this.takes.postMessage(message, transfer);
  }

  private toUploads(message: ToUploadWorker, transfer: Transferable[] = []): void {
    this.uploads.postMessage(message, transfer);
  }
}

function problemIn(message: Extract<FromTakeWorker, { type: "gone" | "failed" }>): string {
  if (message.type === "failed") return message.name === "QuotaExceededError" ? "full" : "failed";
  return message.ended_by === "rate" ? "rate-changed" : "gone";
}

/** Counts a take's frames by what the worker tells, not by a timer. */
class Watch implements Running {
  readonly alarms: string[] = [];
  readonly points: { sample: number; at_ms: number }[] = [];
  cancelled = false;
  private now = 0;
  private waits: { frames: number; done: () => void; fail: (error: Error) => void }[] = [];

  frames(): number {
    return this.now;
  }

  until(frames: number): Promise<void> {
    if (this.now >= frames) return Promise.resolve();
    return new Promise((done, fail) => this.waits.push({ frames, done, fail }));
  }

  hear(message: FromTakeWorker): void {
    if (message.type === "alarm" && message.kind !== "muted") this.alarms.push(message.kind);
    if (message.type === "gone" || message.type === "failed") this.waits.splice(0).forEach(({ fail }) => fail(new Error(problemIn(message))));
    if (message.type !== "meter") return;
    this.now = message.take_frames;
    this.points.push({ sample: message.reading.last_sample, at_ms: performance.now() });
    const due = this.waits.filter(({ frames }) => frames <= this.now);
    this.waits = this.waits.filter((wait) => !due.includes(wait));
    due.forEach(({ done }) => done());
  }
}
