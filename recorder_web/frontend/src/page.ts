/** What people press on the recorder page, and what becomes of it. */

import { errandsWait } from "./check/waiting";
import type { FromUploadWorker } from "./capture/messages";
import { holdLock } from "./capture/guard";
import { capturePath, missingFeature } from "./capture/feed";
import type { RecorderData } from "./data";
import { Keeping } from "./keeping";
import type { Listening, Span } from "./listening";
import { Sitting } from "./sitting";
import type { Pairing } from "./pairing";
import type { Skipping } from "./skipping";
import { keepSkip, waitingSkips } from "./skips";
import type { Interrupted } from "./store/recovery";
import type { TakePlan } from "./take";
import { Verdicts } from "./verdicts";
import { canRest, hasUnsent, nextOpen, REST_AFTER_S, withAnswer, withSkips, type Line } from "./view";
import { watchPage } from "./watching";

export class Page extends Sitting {
  readonly keeping = new Keeping({ view: () => this.view, set: (change) => this.set(change), hold: (hold) => this.toUploads({ type: "hold", hold }) });
  private listening: Listening | null = null;
  private readonly verdicts: Verdicts;
  extras: typeof import("./extras") | null = null;
  private skipping: Skipping | null = null;
  private pairing: Pairing | null = null;
  private moveOn = false;

  constructor(data: RecorderData, draw: () => void) {
    super(data, draw);
    this.verdicts = new Verdicts(data.api, (take, answer) => this.set({ lines: withAnswer(this.view.lines, take, answer), earlier: withAnswer(this.view.earlier, take, answer) }));
    this.view = { ...this.view, ...withSkips(this.view, waitingSkips(data)) };
  }

  /** Look for what is unsent before anything else is offered. */
  async start(): Promise<void> {
    this.draw();
    void this.fetchExtras();
    [...this.view.lines, ...this.view.earlier].forEach(({ take }) => take && this.verdicts.follow(take));
    const path = capturePath();
    const missing = missingFeature(path, this.view.data.capture.path);
    if (missing !== null) return this.set({ blocked: missing });
    this.set({ path });
    if (!(await holdLock())) return this.set({ blocked: "other-tab" });
    const { api, csrf, contributor_ref: contributor } = this.view.data;
    const { port1, port2 } = new MessageChannel();
    this.toUploads({ type: "start", api: new URL(api, location.href).href, csrf, contributor, uploads: port2 }, [port2]);
    this.toTakes({ type: "scan", contributor, uploads: port1 }, [port1]);
    watchPage({
      wake: () => {
        this.toUploads({ type: "wake" });
        this.skipping?.wake();
        this.call?.wake();
      },
      note: (kind) => this.note(kind),
      seen: () => this.keepAwake(),
      unsent: () => this.busy || hasUnsent(this.view),
    });
    this.keeping.start();
    if (errandsWait(contributor)) void this.fetchRepeating().catch(() => undefined);
  }

  /** Space: record, or stop. */
  toggle(): void {
    if (this.view.resting) this.rest(false);
    else if (this.view.state === "recording") this.stop("stop");
    else if (this.view.state === "checking") void this.openMicrophone();
    else if (this.view.state === "broken") this.go("reconnect");
    else if (this.view.state === "armed") this.press();
  }

  /** Enter: the next prompt; while recording, stop and then the next one. */
  next(): void {
    if (this.call?.nextLine()) return;
    this.moveOn = this.view.state === "recording";
    if (this.moveOn) this.stop("stop");
    else if (!this.busy) this.goTo(this.view.at + 1);
  }

  /** Go to a prompt; nothing that records is interrupted. */
  goTo(at: number): void {
    if (this.busy || at < 0 || at >= this.view.data.prompts.length) return;
    this.set({ at, note: null });
    this.call?.moved(at);
  }

  /** Backspace: say a prompt again. The take there is kept; the new one counts. */
  redo(at = this.view.at): void {
    this.goTo(at);
    if (this.view.state === "armed" && !this.view.resting && this.view.at === at) this.press();
  }

  /** S: ask why this prompt is not said, then go on to the next one that is to be. */
  async askSkip(): Promise<void> {
    if (this.busy || this.view.data.call?.seat === 2) return; // the claim is the other one's
    const { at } = this.view;
    const found = await this.extras?.askSkip();
    if (found == null || this.busy) return;
    this.skip(at, found.reason, found.words);
    this.goTo(nextOpen(this.view));
  }

  /** Skip a prompt, or take that back (no reason); the server is told when it can be. */
  skip(at: number, reason: string | null, words: string | null = null): void {
    const prompt = this.view.data.prompts[at]!.id;
    this.set(withSkips(this.view, [{ prompt, reason }]));
    keepSkip(this.view.data, { prompt, reason, words });
    this.skipping?.wake();
  }

  /** Fetch what is not needed at once; asked again until it is here. */
  async fetchExtras(): Promise<void> {
    const extras = await import("./extras").catch(() => null);
    if (extras === null || this.extras !== null) return;
    this.extras = extras;
    this.listening = new extras.Listening();
    this.pairing = new extras.Pairing(() => this.view, (partner) => this.set({ partner }));
    this.voiceCheck = new extras.VoiceCheck(this.voiceHost());
    this.skipping = new extras.Skipping(this.view.data, (prompt) => this.set({ ...withSkips(this.view, [{ prompt, reason: null }]), note: "recorder.note.skip-refused" }));
    this.skipping.wake();
    this.draw();
    this.call = await extras.openDesk(this);
    this.draw();
  }

  protected async askPartner(): Promise<void> {
    await this.pairing?.ask();
  }

  /** B: a break, or back from it. The stream stays; nothing of it is kept or sent meanwhile. */
  rest(resting: boolean): void {
    if (resting && !canRest(this.view.state)) return;
    this.listening?.stop();
    this.set({ resting, since_rest_s: 0, note: null });
    this.toUploads({ type: "rest", resting });
  }

  /** P: hear the own take, or a span of it. */
  async play(line = this.view.lines[this.view.at], span: Span | null = null): Promise<void> {
    if (line?.take == null || this.busy) return;
    await this.hearLine(line, span);
  }

  private async hearLine(line: Line, span: Span | null): Promise<void> {
    await this.listening?.play(this.view, line, span, (playing, of) => {
      if (playing !== null || this.view.playing === of) this.set({ playing });
    });
  }

  /** Hear a recording of last time before deciding about it. */
  async listen({ take, sitting, rate_hz, frames }: Interrupted): Promise<void> {
    await this.hearLine({ take, here: { rate_hz, frames, sitting }, item: null, seconds: null, lost_frames: 0 }, null);
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

  /** In a call both begin together; else, or without one, this side does. */
  private press(): void {
    if (!this.call?.press()) this.record(this.call?.plan(null));
  }

  record(more?: Partial<TakePlan>): void {
    const { at, data, skips, since_rest_s } = this.view;
    const { id } = data.prompts[at]!;
    this.listening?.stop();
    if (skips[id] !== undefined) this.skip(at, null);
    if (since_rest_s >= REST_AFTER_S) this.set({ since_rest_s: 0 }); // told once
    this.go("pressed");
    this.begin("main", id, more);
  }

  protected afterTake(): void {
    if (this.moveOn) this.goTo(this.view.at + 1);
    this.moveOn = false;
  }

  protected sent({ state: upload }: FromUploadWorker): void {
    this.set({ upload });
    for (const { take } of [...this.view.lines, ...this.view.earlier]) if (take !== null && take in upload.safe) this.verdicts.follow(take);
    if (this.view.leaving && upload.closed.includes(this.sitting!.sitting)) location.assign(this.view.data.urls.transcribe);
  }
}
