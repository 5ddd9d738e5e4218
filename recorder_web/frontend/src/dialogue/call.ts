/**
 * The line to the other person of a dialogue: joined by one tap, found again by itself or by another tap. It carries
 * the conversation only; whatever becomes of it touches no recording.
 */

import { Peer, type PeerHost } from "./peer";
import { Signalling, type CallInfo, type Line, type Signal } from "./signalling";

const AWAY_S = 15; // without a poll of the other page it is not there
/** This page since it was loaded: its clock is one. A visit of it is one press of join. */
export const PAGE = crypto.randomUUID();

const AGAIN_MS = 4_000; // a connection that was lost may come back by itself so long
const VISIT = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.\d{1,6}$/; // it goes into manifests: nothing else does

export type CallState = "off" | "connecting" | "alone" | "talking" | "lost" | "ended";

export interface CallHost {
  parts: ConstructorParameters<typeof Signalling>[0];
  voice(): MediaStreamTrack | null; // of the open microphone
  changed(): void;
  connected(): void; // both may write: a new connection
  clock: PeerHost["clock"];
  talk(text: string): void;
}

export class Call {
  state: CallState = "off";
  line: Line = "good";
  info: CallInfo | null = null;
  private readonly host: CallHost;
  private readonly signalling: Signalling;
  private readonly audio = new Audio();
  private peer: Peer | null = null;
  private voice: MediaStreamTrack | null = null; // a copy: the original belongs to the recording
  private me = "";
  private visits = 0;
  private other: string | null = null; // the visit of the other page
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: CallHost) {
    this.host = host;
    this.signalling = new Signalling(host.parts, {
      info: (info) => this.known(info),
      signal: (signal) => this.signal(signal),
      seen: (other_s) => this.present(other_s),
      line: (line) => this.lined(line),
    });
  }

  get volume(): number {
    return this.audio.volume;
  }

  set volume(volume: number) {
    this.audio.volume = volume;
  }

  /** Keep the other one's voice away for a moment. */
  hush(hush: boolean): void {
    this.audio.muted = hush;
  }

  /** The other page, whose clock it is. */
  get page(): string {
    return this.other?.split(".")[0] ?? "";
  }

  /** In a break nobody hears this side. */
  silence(silent: boolean): void {
    if (this.voice !== null) this.voice.enabled = !silent;
  }

  /** Join, or join again: a new visit, to which the other page answers with a new connection. */
  join(): void {
    const voice = this.host.voice();
    if (voice === null) return;
    this.drop();
    this.voice = voice.clone();
    this.me = `${PAGE}.${++this.visits}`;
    this.other = null;
    this.set("connecting");
    this.signalling.connect(false);
    this.signalling.start();
    this.signalling.send("hello", this.me);
  }

  /** Hang up. */
  leave(): void {
    if (this.state === "off" || this.state === "ended") return;
    this.signalling.send("bye", this.me);
    void this.signalling.stop();
    this.drop();
    this.set("ended");
  }

  /** The network is back, or the sign-in. */
  wake(): void {
    this.signalling.wake();
    if (this.state === "lost") this.peer?.restart();
  }

  /** Returns whether it went out: nobody waits for what could not. */
  sendTalk(message: object): boolean {
    return this.peer?.sendTalk(message) ?? false;
  }

  sendClock(message: object): boolean {
    return this.peer?.sendClock(message) ?? false;
  }

  private known(info: CallInfo): void {
    this.info = info;
    if (info.state === "ended") this.lined("gone");
  }

  private signal({ kind, body }: Signal): void {
    if (kind === "hello") return this.greeted(body);
    if (kind === "bye") return body === this.other ? this.deserted() : undefined;
    const message = letter(body);
    if (message?.from === this.other && message?.to === this.me) this.peer?.take(kind, message.data); // of an earlier visit it says nothing
  }

  /** A visit of the other page that is new: so is the connection. */
  private greeted(other: string): void {
    if (other === this.other || !VISIT.test(other) || this.voice === null || this.info === null) return;
    clearTimeout(this.timer);
    this.peer?.close();
    this.other = other;
    const [me, pair] = [this.me, { from: this.me, to: other }];
    const mine = (): boolean => this.me === me && this.other === other;
    this.peer = new Peer(this.voice, this.info.ice_servers, this.info.seat === 2, {
      send: (kind, data) => mine() && this.signalling.send(kind, JSON.stringify({ ...pair, data })),
      heard: (stream) => mine() && this.hear(stream),
      state: (state) => mine() && this.follow(state),
      clock: (text, at_us) => mine() && this.host.clock(text, at_us),
      talk: (text) => mine() && this.host.talk(text),
      open: () => mine() && this.host.connected(),
    });
    this.signalling.send("hello", me);
    if (this.state === "alone") this.set("connecting");
  }

  private hear(stream: MediaStream): void {
    this.audio.srcObject = stream;
    void this.audio.play().catch(() => undefined); // it has been tapped for; a browser that still refuses plays nothing
  }

  private follow(state: "connecting" | "connected" | "lost"): void {
    clearTimeout(this.timer);
    this.signalling.connect(state === "connected");
    if (state === "connected") this.set("talking");
    else if (state === "connecting") this.set(this.state === "lost" ? "lost" : "connecting");
    else {
      this.set("lost");
      this.timer = setTimeout(() => this.join(), AGAIN_MS);
    }
  }

  private present(other_s: number | null): void {
    const away = other_s === null || other_s > AWAY_S;
    if (this.state === "connecting" && away) this.set("alone");
    else if (this.state === "alone" && !away) this.set("connecting");
  }

  private deserted(): void {
    this.peer?.close();
    this.peer = null;
    this.other = null;
    clearTimeout(this.timer);
    this.signalling.connect(false);
    this.set("alone");
  }

  private lined(line: Line): void {
    this.line = line;
    if (line !== "gone") return this.host.changed();
    void this.signalling.stop();
    this.drop();
    this.set("ended");
  }

  private drop(): void {
    clearTimeout(this.timer);
    this.peer?.close();
    this.peer = null;
    this.voice?.stop();
    this.voice = null;
    this.audio.srcObject = null;
  }

  private set(state: CallState): void {
    this.state = state;
    this.host.changed();
  }
}

interface Letter {
  from: string; // visits
  to: string;
  data: unknown;
}

/** What stands in a message, or null where it cannot be read. */
function letter(body: string): Letter | null {
  try {
    return Object(JSON.parse(body)) as Letter;
  } catch {
    return null;
  }
}
