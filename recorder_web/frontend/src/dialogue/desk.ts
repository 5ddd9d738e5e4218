/**
 * A dialogue on two devices, as one of the two has it on the page: the line to the other one, takes that begin and end
 * together, who speaks how much, the test of the headphones, and where both are. Fetched for such claims only.
 *
 * Whatever goes wrong in here ends here: the page asks, and goes on without an answer.
 */

import type { Canonical } from "../canonical";
import type { FromTakeWorker } from "../capture/messages";
import type { Part } from "../announcing";
import { SpeechLevel } from "../meter/speech";
import type { Page } from "../page";
import type { TakePlan } from "../take";
import { canRest, type View } from "../view";
import { callCard, callWords, linesCard, metersCard } from "../ui/call";
import { Call, PAGE, type CallState } from "./call";
import { Evidence } from "./evidence";
import { LeakTest } from "./leak-test";
import { Meters, type Coach, type Figures } from "./meters";
import { CallNotes } from "./notes";
import { Talk, talkMessage, type Ready, type Side, type TalkMessage } from "./talk";
import { Together } from "./together";
import type { TemplateResult } from "lit/html.js";

const STEP_MS = 100;
const SPEECH_DB = 10;
const LEAST_VOICE_S = 0.5;
const WORDS_MS = 5_000; // between two things told of who speaks

/** Who could not begin: the other side, this one, or this one before its headphones are tested. */
export type Refusal = "theirs" | "mine" | "leak";

export interface DeskHost {
  view(): View;
  voice(): MediaStreamTrack | null;
  draw(): void;
  record(more: Partial<TakePlan>): void;
  stop(): unknown;
  goTo(at: number): void;
  check(more: Partial<TakePlan>): void; // a take of the track `check`
  endCheck(): void;
  note(kind: string, facts: Record<string, Canonical>): void; // into the take that runs
  sitting(): string;
}

export class Desk {
  readonly call: Call;
  readonly leak: LeakTest;
  their: Side | null = null; // what the other page says of itself
  hushed = false; // the other one tests: be quiet
  refused: Refusal | null = null; // why the last press began nothing
  figures: Figures;
  coach: Coach | null = null;
  readonly together: Together;
  private readonly host: DeskHost;
  private readonly talk: Talk;
  private readonly meters = new Meters();
  private readonly evidence: Evidence;
  private readonly notes: CallNotes;
  private theySpeak = false;
  private was: CallState = "off";
  private voice = new SpeechLevel();
  private loudest_dbfs = -Infinity;
  private told: Side | null = null;
  private coached_ms = 0;

  constructor(host: DeskHost) {
    this.host = host;
    const { data } = host.view();
    this.figures = this.meters.read();
    this.notes = new CallNotes(host.note, () => performance.now());
    this.together = new Together({ view: host.view, goTo: host.goTo, note: this.notes.note, draw: host.draw, send: (place) => void this.call.sendTalk({ k: "place", ...place } satisfies TalkMessage) });
    this.evidence = new Evidence({ send: (message) => void this.call.sendClock(message), peer: () => ({ call: this.call.info!.call, page: this.call.page }), note: host.note });
    this.call = new Call({
      parts: { api: data.api, csrf: data.csrf, contributor_ref: data.contributor_ref, call: data.call!.api },
      voice: () => host.voice(),
      changed: guarded(() => this.lineChanged()),
      connected: guarded(() => this.connected()),
      clock: guarded((text: string, at_us: number) => this.evidence.hear(text, at_us)),
      talk: guarded((text: string) => this.said(text)),
    });
    this.leak = new LeakTest({ contributor: data.contributor_ref, begin: () => host.check({ leak: true }), end: () => host.endCheck(), changed: guarded(() => this.leakChanged()) });
    this.talk = new Talk({
      ready: () => this.ready(),
      begin: (talk) => host.record(this.plan(talk)),
      end: () => host.stop(),
      send: (message) => void this.call.sendTalk(message),
      refused: () => this.refuse(),
      newId: () => crypto.randomUUID(),
      later: (act, ms) => void setTimeout(guarded(act), ms),
    });
    setInterval(guarded(() => this.talking && this.evidence.tick()), STEP_MS);
  }

  get talking(): boolean {
    return this.call.state === "talking";
  }

  get voice_dbfs(): number | null {
    return this.voice.level(LEAST_VOICE_S) ?? (Number.isFinite(this.loudest_dbfs) ? this.loudest_dbfs : null);
  }

  /** Whether pressing record waits for an answer. */
  get asking(): boolean {
    return this.talk.asked !== null;
  }

  /** What a take that begins now is to be found by; without a call nothing. */
  plan = guarded((talk: string | null): Partial<TakePlan> => {
    const { info } = this.call;
    return info === null ? {} : { dialogue: { call: info.call, page: PAGE, ...(talk !== null && { talk }) } };
  });

  /** Why this side cannot begin now. */
  ready(): Ready {
    const { state, resting } = this.host.view();
    const outcome = this.leak.outcome(this.call.volume);
    if (state === "recording" || state === "closing" || outcome === "running" || this.hushed) return "busy";
    if (!canRest(state)) return "setup";
    if (resting) return "rest";
    if (state !== "armed") return "gate";
    return outcome === "passed" || outcome === "untested" ? "ready" : "leak";
  }

  /** Record was pressed. Returns whether it is seen to here; without a connection each records alone. */
  press = guarded((): boolean => {
    this.refused = null;
    if (this.leak.outcome(this.call.volume) === "running") return true;
    if (!this.talking) return false;
    if (this.ready() !== "ready" || this.their?.ready !== "ready") this.refuse();
    else this.talk.press();
    this.host.draw();
    return true;
  });

  /** The own take ends: what is known of the clocks goes into it first. */
  ending = guarded((): void => {
    this.evidence.end();
    this.talk.ending();
  });

  /** The page went to another prompt. */
  moved = guarded((at: number): void => this.together.moved(at));

  /** Enter: the next line, on both sides. Returns false where there is none. */
  nextLine = guarded((): boolean => this.together.next());

  /** Something of the take worker, after the page has taken it. */
  hear = guarded((message: FromTakeWorker): void => {
    const { microphone, state, voices, live, resting } = this.host.view();
    const rate_hz = microphone?.rate_hz ?? 0;
    this.leak.sitting = this.host.sitting();
    this.call.silence(resting);
    this.leak.hear(message, rate_hz);
    if (message.type === "opened" && this.call.state !== "off" && this.call.state !== "ended") this.call.join(); // another microphone
    if (message.type === "live" && state === "recording") this.began();
    if (message.type === "gone" || (message.type === "ended" && message.plan.track === "main")) this.afterTake();
    if (message.type !== "meter") return this.tell();
    const { reading, take_frames } = message;
    const speaks = reading.leq_100ms > reading.la90_10s + SPEECH_DB;
    if (voices?.left_s != null && live) {
      this.voice.push(reading);
      this.loudest_dbfs = Math.max(this.loudest_dbfs, reading.z_100ms);
    }
    if (this.talking) this.call.sendTalk({ k: "speaks", speaks } satisfies TalkMessage);
    if (state === "recording" && take_frames > 0) this.grown(speaks, take_frames, rate_hz);
    this.tell();
  });

  /** Play the sweep, while the other one is quiet. */
  test(): void {
    if (!canRest(this.host.view().state)) return;
    const { volume } = this.call;
    this.leak.start({ mine_dbfs: this.voice_dbfs, theirs_dbfs: this.their?.voice_dbfs ?? null, volume });
  }

  /** How loud the other one is heard here, 0 to 1. */
  volume(volume: number): void {
    this.call.volume = volume;
    this.tell();
    this.host.draw();
  }

  wake = guarded((): void => this.call.wake());

  card = guarded((): TemplateResult => callCard(this, this.host.view()));

  metersCard = guarded((): unknown => metersCard(this, this.host.view()));

  /** The lines to say, where there are some. */
  words = guarded((): TemplateResult | null => {
    const { place, seat } = this.together;
    const lines = this.together.lines();
    return lines === null ? null : linesCard(lines, place.line, seat, this.host.view());
  });

  spoken = guarded((): Record<string, Part> => callWords(this, this.host.view()));

  private refuse(): void {
    const mine = this.ready();
    this.refused = mine === "leak" ? "leak" : mine === "ready" || this.hushed ? "theirs" : "mine";
    this.host.draw();
  }

  private lineChanged(): void {
    if (!this.talking) {
      if (this.refused !== "mine") this.refused = null;
      this.talk.dropped();
      this.their = null;
      this.theySpeak = this.hushed = false;
    }
    if (this.was !== this.call.state && this.host.view().state === "recording") this.notes.note(`call-${this.call.state}`, {});
    this.was = this.call.state;
    this.host.draw();
  }

  private connected(): void {
    this.leak.due();
    this.told = null;
    this.tell();
    this.call.sendTalk({ k: "place", ...this.together.place } satisfies TalkMessage);
  }

  private leakChanged(): void {
    const hush = this.leak.outcome(this.call.volume) === "running";
    this.call.hush(hush);
    this.call.sendTalk({ k: "hush", hush } satisfies TalkMessage);
    this.tell();
    this.host.draw();
  }

  private said(text: string): void {
    const message = talkMessage(text);
    if (message === null) return;
    if (message.k === "speaks") this.theySpeak = message.speaks;
    else if (message.k === "side") this.sideChanged(message);
    else if (message.k === "place") this.together.hear(message);
    else if (message.k === "hush") this.hushed = message.hush;
    else this.talk.hear(message);
    if (message.k !== "speaks") this.host.draw();
  }

  private sideChanged({ ready, voice_dbfs }: Side): void {
    this.their = { ready, voice_dbfs };
    if (ready === "ready" && this.refused === "theirs") this.refused = null;
  }

  private began(): void {
    this.refused = null;
    this.notes.begin();
    this.evidence.begin();
    if (this.talking) this.host.note("leak-test", this.leak.facts(this.call.volume));
    this.together.begin();
  }

  private afterTake(): void {
    this.talk.ending();
    this.evidence.end();
    this.together.follow();
  }

  private grown(speaks: boolean, frames: number, rate_hz: number): void {
    this.evidence.grown(frames, rate_hz);
    if (!this.talking) return; // of one side alone there is no balance
    this.meters.push(speaks, this.theySpeak);
    this.figures = this.meters.read();
    const now_ms = performance.now();
    if (now_ms - this.coached_ms < WORDS_MS) return;
    this.coached_ms = now_ms;
    this.coach = this.meters.coach();
  }

  /** Tell the other side what has changed of this one. */
  private tell(): void {
    const side: Side = { ready: this.ready(), voice_dbfs: this.voice_dbfs };
    if (this.refused === "leak" && side.ready !== "leak") this.refused = null;
    if (!this.talking || (this.told?.ready === side.ready && this.told.voice_dbfs === side.voice_dbfs)) return;
    if (this.call.sendTalk({ k: "side", ...side } satisfies TalkMessage)) this.told = side;
  }
}

/** Errors of a call are told to whoever looks for them, and to no recording. */
export function guarded<A extends unknown[], R>(act: (...given: A) => R): (...given: A) => R {
  return (...given) => {
    try {
      return act(...given);
    } catch (error) {
      reportError(error);
      return undefined as R;
    }
  };
}

/** What of the page a desk may touch. */
export function openDesk(page: Page): Desk {
  return new Desk({
    view: () => page.view,
    voice: () => page.microphone.source?.track ?? null,
    draw: () => page.draw(),
    record: (more) => page.record(more),
    stop: () => page.view.state === "recording" && page.stop("stop"),
    goTo: (at) => page.goTo(at),
    check: (more) => page.begin("check", null, more),
    endCheck: () => page.endTake(),
    note: (kind, facts) => page.toTakes({ type: "event", kind, facts }),
    sitting: () => page.sitting?.sitting ?? "",
  });
}
