/** Connects states, microphone, workers and the page: events in, one view out. */

import type { FromTakeWorker, FromUploadWorker, ToTakeWorker, ToUploadWorker } from "./capture/messages";
import { holdLock, problemOf } from "./capture/guard";
import { missingFeature, readableOf } from "./capture/mstp";
import { openMicrophone, type Source } from "./capture/source";
import type { RecorderData } from "./data";
import { nextGate, roomLevel, SHUT, speaking, SPEECH_HOLD_S } from "./gate";
import type { Reading } from "./meter/level";
import { Player } from "./player";
import { nextState, type Event } from "./session";
import { SIGN_IN } from "./sign-in";
import { contributorFolder, fileIn, folderAt, PCM } from "./store/opfs";
import type { EndedBy, SittingRecord, Track } from "./take";
import { Verdicts } from "./verdicts";
import { canOpen, firstView, withAnswer, type View } from "./view";

const ROOM_TONE_S = 5;
const TRACE_STEPS = 100;
const STEP_S = 0.1;
const POLL_MS = 1_000;
const CLOSE_POLL_MS = 50; // while a count is found or settled
const COUNT_FOUND_MS = 3_000;

export class Page {
  view: View;
  private readonly draw: () => void;
  private readonly takes = new Worker(new URL("./take.worker.ts", import.meta.url), { type: "module" });
  private readonly uploads = new Worker(new URL("./upload.worker.ts", import.meta.url), { type: "module" });
  private readonly player = new Player();
  private readonly verdicts: Verdicts;
  private source: Source | null = null;
  private sitting: SittingRecord | null = null;
  private sequence = 0;
  private opened_ms = 0;
  private silent_s = SPEECH_HOLD_S; // since someone spoke
  private ending = false;
  private polling = 0;
  private moveOn = false;

  constructor(data: RecorderData, draw: () => void) {
    this.view = firstView(data);
    this.draw = draw;
    this.verdicts = new Verdicts(data.api, (take, answer) => this.set({ lines: withAnswer(this.view.lines, take, answer) }));
    this.takes.onmessage = (message: MessageEvent<FromTakeWorker>) => this.hear(message.data);
    this.uploads.onmessage = (message: MessageEvent<FromUploadWorker>) => this.sent(message.data);
  }

  /** Look for what is unsent before anything else is offered. */
  async start(): Promise<void> {
    this.draw();
    this.view.lines.forEach(({ take }) => take && this.verdicts.follow(take));
    const missing = missingFeature();
    if (missing !== null) return this.set({ blocked: missing });
    if (!(await holdLock())) return this.set({ blocked: "other-tab" });
    const { api, csrf, contributor_ref: contributor } = this.view.data;
    const { port1, port2 } = new MessageChannel();
    this.toUploads({ type: "start", api: new URL(api, location.href).href, csrf, contributor, uploads: port2 }, [port2]);
    this.toTakes({ type: "scan", contributor, uploads: port1 }, [port1]);
    this.watchPage();
  }

  /** Open the microphone, then keep five seconds of the room. */
  async openMicrophone(): Promise<void> {
    if (!canOpen(this.view)) return;
    this.set({ opening: true, problem: null });
    try {
      this.source = await openMicrophone(this.view.data.contributor_ref);
    } catch (error) {
      return this.set({ opening: false, problem: problemOf(error) });
    }
    const { track, label, settings, device, processing } = this.source;
    for (const kind of ["mute", "unmute", "ended"]) track.addEventListener(kind, () => this.note(kind));
    this.sitting = this.newSitting(device);
    this.set({ microphone: { label, rate_hz: null, processing } });
    const readable = readableOf(track);
    const counts = track.stats !== undefined;
    this.toTakes({ type: "open", sitting: this.sitting, settings, readable, counts }, [readable]);
    this.opened_ms = performance.now();
    this.poll(track);
  }

  /** Space: record, or stop. */
  toggle(): void {
    if (this.view.state === "recording") this.stop("stop");
    else if (this.view.state === "checking") void this.openMicrophone();
    else if (this.view.state === "broken") this.go("reconnect");
    else if (this.view.state === "armed") this.record();
  }

  /** Enter: the next prompt; while recording, stop and then the next one. */
  next(): void {
    this.moveOn = this.view.state === "recording";
    if (this.moveOn) this.stop("stop");
    else if (!this.busy) this.goTo(this.view.at + 1);
  }

  /** Go to a prompt; nothing that records is interrupted. */
  goTo(at: number): void {
    if (!this.busy && at >= 0 && at < this.view.data.prompts.length) this.set({ at, note: null });
  }

  /** Backspace: say a prompt again. The take there is kept; the new one counts. */
  redo(at = this.view.at): void {
    this.goTo(at);
    if (this.view.state === "armed" && this.view.at === at) this.record();
  }

  /** P: hear the own take, or a span of it. */
  async play(at = this.view.at, span: { segment: string; from_s: number; to_s: number } | null = null): Promise<void> {
    const line = this.view.lines[at];
    if (line?.take == null || this.busy) return;
    const key = span === null ? line.take : `${span.segment}/${span.from_s}`;
    if (this.view.playing === key) return this.player.stop();
    const api = this.view.data.api;
    const address = span === null ? `${api}/takes/${line.take}/audio` : `${api}/segments/${span.segment}/audio`;
    const own = span === null && line.here !== null ? await this.ownBuffer(line.take, line.here) : null;
    const buffer = own ?? (await this.player.fromAddress(address));
    if (buffer === null) return;
    this.set({ playing: key });
    await this.player.play(buffer, span?.from_s, span?.to_s);
    if (this.view.playing === key) this.set({ playing: null });
  }

  keepInterrupted(): void {
    this.toTakes({ type: "keep-interrupted" });
  }

  /** The first press asks, the second one deletes. */
  discardInterrupted(): void {
    if (this.view.asking) this.toTakes({ type: "discard-interrupted" });
    else this.set({ asking: true });
  }

  toggleReading(): void {
    this.set({ reading: !this.view.reading });
  }

  /** Close the sitting once everything has arrived, then go on to the transcripts. */
  leave(): void {
    if (this.busy) return;
    if (this.sitting === null) return location.assign(this.view.data.urls.transcribe);
    this.set({ leaving: true });
    this.toUploads({ type: "close", sitting: this.sitting.sitting });
  }

  /** Another device holds the open sitting: pause it there, go on here. */
  takeOver(): void {
    this.toUploads({ type: "take-over" });
  }

  freed(): void {
    this.go("freed");
  }

  private get busy(): boolean {
    return this.view.state === "recording" || this.view.state === "closing";
  }

  private record(): void {
    this.player.stop();
    this.go("pressed");
    this.begin("main", this.view.data.prompts[this.view.at]!.id);
  }

  private begin(track: Track, prompt_id: string | null): void {
    this.set({ live: false, take_s: 0, note: null, alarm: null, problem: null });
    const topic = this.view.data.claim.style !== "read";
    this.toTakes({ type: "start", plan: { take: crypto.randomUUID(), sequence: this.sequence++, track, prompt_id, topic } });
  }

  private stop(ended_by: EndedBy): void {
    this.go(ended_by === "band" ? "band-lost" : "stopped");
    this.toTakes({ type: "stop", ended_by });
  }

  private hear(message: FromTakeWorker): void {
    switch (message.type) {
      case "scanned":
        this.set({ interrupted: message.interrupted, others: message.others });
        return message.interrupted.length > 0 ? this.go("found") : undefined;
      case "settled-interrupted":
        this.toUploads({ type: "scan" });
        this.set({ interrupted: [], asking: false });
        return this.go("kept");
      case "opened":
        return this.streamOpened(message.rate_hz);
      case "meter":
        return this.measured(message.reading, message.take_frames, message.muted);
      case "live":
        return this.set({ live: true });
      case "ending":
        this.ending = true;
        return this.poll(this.source!.track);
      case "ended":
        return this.takeEnded(message);
      case "alarm":
        return this.set({ alarm: message.kind });
      case "gone":
        this.source?.track.stop();
        this.set({ room_s: null, opening: false, live: false, note: message.ended_by === "rate" ? "recorder.note.rate" : null });
        return this.go("stalled");
      case "failed":
        return this.failed(message.name === "QuotaExceededError");
    }
  }

  private streamOpened(rate_hz: number): void {
    this.set({ microphone: { ...this.view.microphone!, rate_hz }, opening: false });
    if (rate_hz < this.view.data.capture.rate_hz) {
      this.source?.track.stop();
      return this.set({ problem: "rate" });
    }
    this.toUploads({ type: "begin", sitting: this.sitting! });
    this.set({ room_s: ROOM_TONE_S });
    this.begin("room", null);
  }

  private measured(meter: Reading, take_frames: number, muted: boolean): void {
    const { data, gate, trace, microphone } = this.view;
    this.silent_s = speaking(this.silent_s, meter.leq_100ms, meter.la90_10s, STEP_S);
    const talks = this.silent_s < SPEECH_HOLD_S;
    const band = data.bands.find(({ name }) => name === data.claim.band)!;
    const calibration = microphone?.processing === "off" ? data.calibration : null;
    const room = roomLevel(meter.laeq_1s, meter.la90_10s, talks, band, calibration);
    const shown = room.level_dba ?? (talks ? meter.la90_10s : meter.laeq_1s);
    this.set({
      meter,
      muted,
      room,
      gate: nextGate(gate, room, STEP_S, data.capture.calibration),
      trace: [...trace, shown].slice(-TRACE_STEPS),
      take_s: take_frames / (microphone?.rate_hz ?? 1),
    });
    this.followGate();
    if (this.view.room_s !== null) this.countRoomTone();
  }

  private followGate(): void {
    const { state, gate } = this.view;
    if (gate.open && (state === "waiting" || state === "paused")) this.go("gate-opened");
    else if (!gate.open && state === "armed") this.go("gate-shut");
    else if (!gate.open && state === "recording") this.stop("band");
  }

  private countRoomTone(): void {
    if (!this.view.live || this.view.room_s === 0) return;
    const left = Math.max(0, ROOM_TONE_S - this.view.take_s);
    this.set({ room_s: left });
    if (left === 0) this.toTakes({ type: "stop", ended_by: "stop" });
  }

  private takeEnded({ take, plan, frames, rate_hz, lost_frames, ended_by }: Extract<FromTakeWorker, { type: "ended" }>): void {
    this.ending = false;
    this.set({ live: false, take_s: 0 });
    if (plan.track === "room") {
      this.set({ room_s: null, gate: SHUT });
      return ended_by === "full" || ended_by === "crash" ? this.failed(ended_by === "full") : this.go("checked");
    }
    const at = this.view.data.prompts.findIndex(({ id }) => id === plan.prompt_id);
    const here = { rate_hz, frames, sitting: this.sitting!.sitting };
    const line = { take, here, item: null, seconds: frames / rate_hz, lost_frames };
    this.set({ lines: this.view.lines.map((old, i) => (i === at ? line : old)) });
    if (lost_frames > 0) this.set({ note: "recorder.note.ledger" });
    if (ended_by === "band") this.set({ note: "recorder.note.band" });
    if (ended_by === "full" || ended_by === "crash") this.failed(ended_by === "full");
    else this.go("closed");
    if (this.moveOn) this.goTo(at + 1);
    this.moveOn = false;
    this.followGate();
  }

  /** The disk refused: what it took is kept, and there is a way on. */
  private failed(full: boolean): void {
    this.set({ opening: false, room_s: null, live: false });
    if (full) return this.go("no-room");
    this.set({ problem: "failed" });
    if (this.view.state === "checking") this.source?.track.stop(); // to be opened anew
    this.go("failed");
  }

  private sent({ state: upload }: FromUploadWorker): void {
    this.set({ upload });
    for (const { take } of this.view.lines) if (take !== null && take in upload.safe) this.verdicts.follow(take);
    if (this.view.leaving && upload.closed.includes(this.sitting!.sitting)) location.assign(this.view.data.urls.transcribe);
  }

  /** Read the track's own counters, often while a count is being found or settled. */
  private poll(track: MediaStreamTrack): void {
    if (this.source?.track !== track || track.readyState === "ended" || track.stats === undefined) return;
    const { deliveredFrames: delivered, totalFrames: total } = track.stats;
    this.toTakes({ type: "snapshot", snapshot: { delivered, total, at_ms: performance.timeOrigin + performance.now() } });
    const close = this.ending || performance.now() - this.opened_ms < COUNT_FOUND_MS;
    clearTimeout(this.polling);
    this.polling = window.setTimeout(() => this.poll(track), close ? CLOSE_POLL_MS : POLL_MS);
  }

  private newSitting(device: SittingRecord["device"]): SittingRecord {
    const { claim, calibration } = this.view.data;
    return {
      sitting: crypto.randomUUID(),
      claim: claim.id,
      band: claim.band,
      device,
      calibration: calibration?.id ?? null,
      started_offline: !navigator.onLine, // the queue corrects it if the server turns out to be away
      began_ms: Date.now(),
    };
  }

  private async ownBuffer(take: string, here: NonNullable<View["lines"][number]["here"]>): Promise<AudioBuffer | null> {
    const folder = await folderAt(await contributorFolder(this.view.data.contributor_ref), [here.sitting, take]);
    const pcm = await fileIn(folder, PCM);
    return pcm === null ? null : this.player.fromCodes(new Int16Array(await pcm.arrayBuffer()), here.rate_hz);
  }

  private watchPage(): void {
    const wake = (): void => this.toUploads({ type: "wake" });
    addEventListener("online", wake);
    new BroadcastChannel(SIGN_IN).onmessage = wake;
    navigator.mediaDevices.addEventListener("devicechange", () => this.note("devicechange"));
    document.addEventListener("visibilitychange", () => {
      this.note(`page-${document.visibilityState}`);
      if (document.visibilityState === "visible") {
        wake();
        this.keepAwake();
      }
    });
    addEventListener("beforeunload", (event) => {
      if (this.busy || (this.view.upload.waiting_takes > 0 && !this.view.leaving)) event.preventDefault();
    });
  }

  private keepAwake(): void {
    if (this.source !== null) navigator.wakeLock?.request("screen").catch(() => this.note("wake-lock-refused"));
  }

  private go(event: Event): void {
    const state = nextState(this.view.state, event);
    if (state === this.view.state) return;
    this.set({ state });
    if (state === "armed") this.keepAwake();
    if (state === "full") this.source?.track.stop(); // nothing can be kept; `freed` opens it anew
    if (event === "reconnect" || event === "freed") void this.openMicrophone();
  }

  private note(kind: string): void {
    this.toTakes({ type: "event", kind });
  }

  private set(change: Partial<View>): void {
    this.view = { ...this.view, ...change };
    this.draw();
  }

  private toTakes(message: ToTakeWorker, transfer: Transferable[] = []): void {
    this.takes.postMessage(message, transfer);
  }

  private toUploads(message: ToUploadWorker, transfer: Transferable[] = []): void {
    this.uploads.postMessage(message, transfer);
  }
}
