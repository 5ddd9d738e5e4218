/** A microphone, the stream of the take worker and the whole upload worker on one device and one server, at any pace. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { vi } from "vitest";
import { Endings } from "../../src/capture/endings";
import type { FromTakeWorker, FromUploadWorker, ToTakes, ToUploads, ToUploadWorker, UploadState } from "../../src/capture/messages";
import { Stream, type Opening } from "../../src/capture/stream";
import { sha256Hex } from "../../src/sha256";
import { contributorFolder, folderAt, writeJson } from "../../src/store/opfs";
import { interruptedTakes, keepInterrupted } from "../../src/store/recovery";
import type { SittingRecord, TakeRecord } from "../../src/take";
import { Device } from "./device";
import { Server } from "./server";

export const RATE_HZ = 1_000;
export const CHUNK_BYTES = 5 * RATE_HZ * 2;
const PACKET_MS = 100;
const PACKET = (RATE_HZ * PACKET_MS) / 1_000;

/** What the microphone hears at a sample: no two places within a minute are alike, and it is never silent. */
export function codeAt(sample: number): number {
  return ((sample * 7_919) % 60_001) - 30_000 || 1;
}

interface Scope {
  onmessage?: (event: { data: ToUploadWorker }) => void;
  postMessage(message: FromUploadWorker): void;
}

let houses = 0; // a worker has no end: those of earlier visits knock at doors that are closed

export class Booth {
  readonly server = new Server();
  readonly received = new Map<string, string>(); // "take/index" -> hash of what came last
  readonly conflicts: string[] = []; // other bytes for a chunk that was there
  readonly told: FromTakeWorker[] = [];
  readonly device: Device;
  state: UploadState | null = null;
  heard = 0; // samples since the microphone was first opened
  stream: Stream | null = null;
  recording = false;
  readonly owed = new Map<string, number>(); // take -> up to where the microphone was heard for it
  private readonly folder: string;
  private sittings = 0;
  private takes = 0;
  private house = 0;
  private toUploads: (message: ToUploads) => void = () => undefined;
  private scope: Scope | null = null;
  private readonly opened = new Map<string, number>(); // sitting -> what the microphone had heard by then

  constructor(folder: string) {
    this.folder = folder;
    this.device = new Device(folder);
    this.server.signedIn = { contributor_ref: "ann", csrf: "1" };
    vi.stubGlobal("navigator", { storage: this.device.storage });
    vi.stubGlobal("fetch", (address: string, init: RequestInit) => this.fetch(address, init));
  }

  /** A visit: what an earlier one left is kept, the queue begins, the microphone is opened. */
  async visit(): Promise<void> {
    if ((await interruptedTakes("ann")).length > 0) await keepInterrupted("ann");
    await this.startUploads();
    const sitting: SittingRecord = { sitting: `s${this.sittings++}`, claim: "c", band: "low", device: {}, calibration: null, started_offline: false, began_ms: Date.now() };
    await writeJson(await folderAt(await contributorFolder("ann"), [sitting.sitting]), "sitting.json", sitting);
    this.say({ type: "begin", sitting });
    const uploads = { postMessage: (message: ToUploads) => this.toUploads(message) } as unknown as MessagePort;
    const opening = { type: "open", sitting, settings: {}, counts: false, feed: { path: "mstp" } } as unknown as Opening;
    const tell = (message: FromTakeWorker): void => void (message.type !== "meter" && this.told.push(message));
    const house = { contributor: "ann", uploads, endings: new Endings("ann", uploads), tell, silent: () => undefined };
    this.stream = new Stream(opening, RATE_HZ, house);
    this.opened.set(sitting.sitting, this.heard);
    this.hear(0.5);
  }

  /** The browser is killed: nothing in memory lives on. */
  crash(): void {
    this.device.crash();
    vi.clearAllTimers();
    this.stream = null;
    this.recording = false;
    this.house = -1;
  }

  hear(seconds: number): void {
    for (let n = 0; n < Math.round((seconds * 1_000) / PACKET_MS); n++) {
      vi.advanceTimersByTime(PACKET_MS);
      const first = this.heard;
      this.heard += PACKET;
      if (this.recording) this.owed.set(`t${this.takes - 1}`, this.heard);
      this.stream?.packet(Int16Array.from({ length: PACKET }, (_, i) => codeAt(first + i)));
    }
  }

  /** A press of the key: from here on every sample is owed. */
  async start(): Promise<void> {
    const take = `t${this.takes}`;
    this.recording = true;
    void this.stream!.start({ take, sequence: this.takes++, track: "main", prompt_id: "p" });
    await settle();
    this.owed.set(take, this.heard);
  }

  async stop(): Promise<void> {
    this.stream!.stop("stop");
    this.recording = false;
    this.hear(0.4);
    await settle();
  }

  say(message: ToUploadWorker): void {
    this.scope!.onmessage!({ data: message });
  }

  /** Every take on the device: its samples as they lie there, and where the microphone was at the first of them. */
  onDisk(): Map<string, { pcm: Buffer; first: number }> {
    const top = join(this.folder, "speechcorpus/v1/ann");
    const found = new Map<string, { pcm: Buffer; first: number }>();
    for (const sitting of readdirSync(top)) {
      for (const entry of readdirSync(join(top, sitting), { withFileTypes: true })) {
        if (!entry.isDirectory()) continue;
        const read = (name: string): Buffer => readFileSync(join(top, sitting, entry.name, name));
        const { first_sitting_sample } = JSON.parse(read("take.json").toString()) as TakeRecord;
        found.set(entry.name, { pcm: read("pcm.s16"), first: this.opened.get(sitting)! + first_sitting_sample });
      }
    }
    return found;
  }

  private async startUploads(): Promise<void> {
    const here = (this.house = ++houses);
    const port: { onmessage?: (event: { data: ToUploads }) => void; postMessage(message: ToTakes): void } = {
      postMessage: ({ id, take, index }) => {
        const bytes = this.house === here ? (this.stream?.read(take, index) ?? null) : null;
        queueMicrotask(() => port.onmessage!({ data: { type: "bytes", id, bytes } }));
      },
    };
    const scope: Scope = { postMessage: ({ state }: FromUploadWorker) => void (this.house === here && (this.state = state)) };
    this.scope = scope;
    vi.resetModules();
    vi.stubGlobal("self", scope);
    await import("../../src/upload.worker");
    this.toUploads = (message) => port.onmessage!({ data: message });
    this.say({ type: "start", api: `http://house${here}/api/v1`, csrf: "1", contributor: "ann", uploads: port as unknown as MessagePort });
  }

  private async fetch(address: string, init: RequestInit): Promise<Response> {
    if (!address.startsWith(`http://house${this.house}/`)) return new Promise(() => undefined);
    const chunk = init.method === "PUT" ? /takes\/(.*)\/chunks\/(.*)$/.exec(address) : null;
    if (chunk !== null && this.server.up) this.receive(`${chunk[1]}/${chunk[2]}`, sha256Hex(init.body as Uint8Array));
    return this.server.fetch(address, init);
  }

  private receive(name: string, sha256: string): void {
    if ((this.received.get(name) ?? sha256) !== sha256) this.conflicts.push(name);
    this.received.set(name, sha256);
  }
}

/** All that can happen without time going by has happened. */
export async function settle(): Promise<void> {
  for (let n = 0; n < 3; n++) await new Promise((resolve) => setImmediate(resolve));
}
