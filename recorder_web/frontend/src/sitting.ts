/** Connects states, microphone and the two workers: events in, one view out. What people press is in `page.ts`. */

import { calibrationToBegin } from "./check/matching";
import type { FromTakeWorker, FromUploadWorker, ToTakeWorker, ToUploadWorker } from "./capture/messages";
import { problemOf } from "./capture/guard";
import { openFeed, transferOf } from "./capture/feed";
import type { DeviceKey, RecorderData } from "./data";
import type { Desk } from "./dialogue/desk";
import { SHUT } from "./gate";
import type { Keeping } from "./keeping";
import { calibrationOf, measured } from "./measuring";
import { Microphone } from "./microphone";
import type { Repeating, repeatCard } from "./repeat";
import { nextState, type Event } from "./session";
import type { EndedBy, SittingRecord, TakePlan, Track } from "./take";
import { newSitting, withTake } from "./taking";
import { isFree } from "./targets";
import { canOpen, firstView, needsPartner, type View } from "./view";
import type { VoiceCheck } from "./voices";
import { Wake } from "./wake";

const ROOM_TONE_S = 5;

export abstract class Sitting {
  view: View;
  repeating: { desk: Repeating; card: typeof repeatCard } | null = null; // fetched when it is due
  voiceCheck: VoiceCheck | null = null; // of a dialogue; fetched with the extras
  call: Desk | null = null; // of one on two devices; the same
  abstract readonly keeping: Keeping;
  sitting: SittingRecord | null = null;
  readonly draw: () => void;
  private readonly takes = new Worker(new URL("./take.worker.ts", import.meta.url), { type: "module" });
  private readonly uploads = new Worker(new URL("./upload.worker.ts", import.meta.url), { type: "module" });
  readonly microphone = new Microphone((snapshot) => this.toTakes({ type: "snapshot", snapshot }));
  private readonly wake = new Wake((awake) => {
    if (awake === "refused") this.note("wake-lock-refused");
    this.set({ awake });
  });
  private sequence = 0;

  constructor(data: RecorderData, draw: () => void) {
    this.view = firstView(data);
    this.draw = draw;
    this.takes.onmessage = ({ data }: MessageEvent<FromTakeWorker>) => {
      this.hear(data);
      this.call?.hear(data);
    };
    this.uploads.onmessage = (message: MessageEvent<FromUploadWorker>) => this.sent(message.data);
  }

  protected abstract sent(message: FromUploadWorker): void;

  /** A take of a prompt has ended, and the microphone waits again. */
  protected abstract afterTake(): void;

  /** Open the microphone, then keep five seconds of the room. */
  async openMicrophone(): Promise<void> {
    if (!canOpen(this.view) || needsPartner(this.view) || this.view.voices !== null) return;
    this.set({ opening: true, problem: null });
    if (!(await this.keeping.before())) return this.failed(true);
    await this.askPartner();
    if (needsPartner(this.view)) return this.set({ opening: false });
    const note = (kind: string): void => this.note(kind);
    const source = await this.microphone.open(this.view.data.contributor_ref, note).catch(problemOf);
    if (typeof source === "string") return this.set({ opening: false, problem: source });
    const { track, label, settings, device, processing } = source;
    const calibration = calibrationToBegin(this.view.data.calibrations, device as unknown as DeviceKey, track.getSettings().sampleRate, new Date());
    this.sitting = newSitting(this.view, device, calibration);
    this.set({ microphone: { label, rate_hz: null, processing }, calibration, repeat: null });
    const feed = await openFeed(track, this.view.path!).catch(problemOf);
    if (typeof feed === "string") {
      this.microphone.close();
      return this.set({ opening: false, problem: feed });
    }
    const counts = track.stats !== undefined;
    this.toTakes({ type: "open", sitting: this.sitting, settings, feed, counts, limits: this.view.data.limits }, transferOf(feed));
    this.microphone.count();
  }

  /** The repeat check, and what is still to be told of earlier ones. */
  protected async fetchRepeating(): Promise<void> {
    const { Repeating, repeatCard } = await import("./repeat");
    if (this.repeating !== null) return;
    const host = { view: () => this.view, set: (change: Partial<View>) => this.set(change), begin: () => this.begin("check", null), end: () => this.endTake(), done: () => this.go("checked") };
    this.repeating = { desk: new Repeating(host), card: repeatCard };
  }

  /** The second person of a dialogue may have changed their mind since the page was loaded. */
  protected abstract askPartner(): Promise<void>;

  /** The room is kept: of a dialogue both voices are heard next. */
  private heardRoom(): void {
    if (this.view.data.claim.style === "dialogue" && this.voiceCheck !== null) this.voiceCheck.ask();
    else void this.checked();
  }

  /** The same for whoever the sitting waits for. */
  protected voiceHost(): ConstructorParameters<typeof VoiceCheck>[0] {
    return { view: () => this.view, set: (change) => this.set(change), begin: () => this.begin("check", null, { voice: true }), end: () => this.endTake(), done: () => void this.checked() };
  }

  /** Where a calibration wants it, the reference is read once more before the sitting goes on. */
  private async checked(): Promise<void> {
    if (calibrationOf(this.view)?.fresh !== false) return this.go("checked");
    this.set({ repeat: { phase: "ask" } });
    await this.fetchRepeating().catch(() => {
      this.set({ repeat: null });
      this.go("checked"); // the server is away: as if it were skipped
    });
    this.repeating?.desk.ask();
  }

  protected get busy(): boolean {
    return this.view.state === "recording" || this.view.state === "closing";
  }

  begin(track: Track, prompt_id: string | null, more?: Partial<TakePlan>): void {
    this.set({ live: false, take_s: 0, note: null, alarm: null, heard: null, problem: null });
    const topic = isFree(this.view);
    const redo = track === "main" && !topic && this.view.lines[this.view.at]?.take !== null;
    this.toTakes({ type: "start", plan: { take: crypto.randomUUID(), sequence: this.sequence++, track, prompt_id, topic, redo, ...more }, snapshot: this.microphone.counters() });
  }

  stop(ended_by: EndedBy): void {
    this.call?.ending();
    this.go(ended_by === "band" ? "band-lost" : "stopped");
    this.toTakes({ type: "stop", ended_by, snapshot: this.microphone.counters() });
  }

  /** Room tone and check takes end by themselves. */
  endTake(): void {
    this.toTakes({ type: "stop", ended_by: "stop", snapshot: this.microphone.counters() });
  }

  private hear(message: FromTakeWorker): void {
    switch (message.type) {
      case "scanned":
        this.set({ interrupted: message.interrupted, others: message.others, blocked: message.handles ? null : "storage" });
        return message.interrupted.length > 0 ? this.go("found") : undefined;
      case "settled-interrupted":
        this.toUploads({ type: "scan" });
        this.set({ interrupted: [], asking: false });
        return this.go("kept");
      case "opened":
        return this.streamOpened(message.rate_hz);
      case "meter":
        return this.measured(message);
      case "live":
        return this.set({ live: true });
      case "ending":
        return this.microphone.settle(true);
      case "ended":
        return this.takeEnded(message);
      case "heard":
        return this.set({ heard: message.code });
      case "alarm":
        return this.set({ alarm: message.kind });
      case "gone":
        this.microphone.close();
        if (this.view.problem === "rate") return; // we closed it, and have said why
        this.set({ room_s: null, opening: false, live: false, resting: false, repeat: null, voices: null, note: message.ended_by === "rate" ? "recorder.note.rate" : null });
        return this.go("stalled");
      case "failed":
        return this.failed(message.name === "QuotaExceededError");
    }
  }

  private streamOpened(rate_hz: number): void {
    this.set({ microphone: { ...this.view.microphone!, rate_hz }, opening: false });
    if (rate_hz < this.view.data.capture.rate_hz) {
      this.microphone.close();
      return this.set({ problem: "rate" });
    }
    this.toUploads({ type: "begin", sitting: this.sitting! });
    this.set({ room_s: ROOM_TONE_S });
    this.begin("room", null);
  }

  private measured(message: Extract<FromTakeWorker, { type: "meter" }>): void {
    const { room: before, alarm } = this.view;
    this.set({ ...measured(this.view, message), alarm: alarm === "muted" && !message.muted ? null : alarm });
    this.followBand(before?.place === "out");
    this.followGate();
    if (this.view.room_s !== null) this.countRoomTone();
    this.voiceCheck?.grown();
    this.repeating?.desk.grown();
  }

  /** Where the room leaves its band and comes back is marked in the take that runs. */
  private followBand(was_out: boolean): void {
    const out = this.view.room?.place === "out";
    if (out !== was_out) this.toTakes({ type: "band", kind: out ? "band-out" : "band-in" });
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
    if (left === 0) this.endTake();
  }

  private takeEnded(message: Extract<FromTakeWorker, { type: "ended" }>): void {
    const { plan, ended_by } = message;
    this.microphone.settle(false);
    this.set({ live: false, take_s: 0 });
    if (plan.track === "room") {
      this.set({ room_s: null, gate: SHUT });
      return ended_by === "full" || ended_by === "crash" ? this.failed(ended_by === "full") : this.heardRoom();
    }
    if (plan.leak) return;
    if (plan.voice) return this.voiceCheck?.taken();
    if (plan.track === "check") return void this.repeating?.desk.taken(message, this.sitting!.sitting);
    this.set(withTake(this.view, message, this.sitting!.sitting));
    if (ended_by === "full" || ended_by === "crash") this.failed(ended_by === "full");
    else this.go("closed");
    this.afterTake();
    this.followGate();
  }

  /** The disk refused: what it took is kept, and there is a way on. */
  private failed(full: boolean): void {
    this.set({ opening: false, room_s: null, live: false, repeat: null, voices: null });
    if (full) return this.go("no-room");
    this.set({ problem: "failed" });
    if (this.view.state === "checking") this.microphone.close(); // to be opened anew
    this.go("failed");
  }

  protected keepAwake(): void {
    this.wake.seen();
  }

  protected go(event: Event): void {
    const state = nextState(this.view.state, event);
    if (state === this.view.state) return;
    this.set({ state });
    if (state === "armed") this.wake.want();
    if (state === "full") this.microphone.close(); // nothing can be kept; `freed` opens it anew
    if (event === "reconnect" || event === "freed") void this.openMicrophone();
  }

  protected note(kind: string): void {
    this.toTakes({ type: "event", kind });
  }

  protected set(change: Partial<View>): void {
    this.view = { ...this.view, ...change };
    this.draw();
  }

  toTakes(message: ToTakeWorker, transfer: Transferable[] = []): void {
    this.takes.postMessage(message, transfer);
  }

  protected toUploads(message: ToUploadWorker, transfer: Transferable[] = []): void {
    this.uploads.postMessage(message, transfer);
  }
}
