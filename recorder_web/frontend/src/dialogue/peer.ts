/**
 * One connection with the other page: it carries the conversation to be heard, and two data channels. It is made anew
 * for every pair of visits; nothing of it is ever recorded.
 */

import type { Kind } from "./signalling";

const CLOCK = { negotiated: true, id: 0, ordered: false, maxRetransmits: 0 };
const TALK = { negotiated: true, id: 1, ordered: true };

export interface PeerHost {
  send(kind: Kind, body: object): void;
  heard(stream: MediaStream): void; // the other one's voice
  state(state: "connecting" | "connected" | "lost"): void;
  clock(text: string, at_us: number): void;
  talk(text: string): void;
  open(): void; // both may write
}

/** The clock that packets are stamped with, in whole microseconds. */
export function now_us(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1_000);
}

/** Perfect negotiation: both may offer at any time; of two offers at once the polite side takes its own back. */
export class Peer {
  private readonly connection: RTCPeerConnection;
  private readonly clockChannel: RTCDataChannel;
  private readonly talkChannel: RTCDataChannel;
  private readonly host: PeerHost;
  private readonly polite: boolean;
  private offering = false;
  private ignored = false;
  private over = false;
  private work: Promise<void> = Promise.resolve(); // messages are taken one after the other

  constructor(voice: MediaStreamTrack, iceServers: RTCIceServer[], polite: boolean, host: PeerHost) {
    this.host = host;
    this.polite = polite;
    const connection = (this.connection = new RTCPeerConnection({ iceServers }));
    this.clockChannel = connection.createDataChannel("clock", CLOCK);
    this.talkChannel = connection.createDataChannel("talk", TALK);
    this.listen();
    connection.addTrack(voice, new MediaStream([voice]));
  }

  /** An offer, answer or candidate of the other page. */
  take(kind: Kind, body: unknown): void {
    this.work = this.work.then(() => this.accept(kind, body)).catch(() => undefined); // one that does not fit changes nothing
  }

  /** Returns whether it went out; nothing is kept for later. */
  sendClock(message: object): boolean {
    return write(this.clockChannel, message);
  }

  sendTalk(message: object): boolean {
    return write(this.talkChannel, message);
  }

  /** Look for other ways to each other: the network has changed. */
  restart(): void {
    if (!this.over) this.connection.restartIce();
  }

  close(): void {
    this.over = true;
    this.connection.close();
  }

  private listen(): void {
    const { connection, host } = this;
    connection.onnegotiationneeded = () => void this.offer().catch(() => undefined);
    connection.onicecandidate = ({ candidate }) => candidate !== null && !this.over && host.send("candidate", candidate.toJSON());
    connection.ontrack = ({ track, streams }) => host.heard(streams[0] ?? new MediaStream([track]));
    connection.onconnectionstatechange = () => this.tell();
    this.clockChannel.onmessage = ({ data }) => host.clock(String(data), now_us());
    this.talkChannel.onmessage = ({ data }) => host.talk(String(data));
    this.talkChannel.onopen = () => this.over || host.open();
    this.talkChannel.onclose = () => this.over || host.state("lost");
  }

  private tell(): void {
    if (this.over) return;
    const { connectionState: state } = this.connection;
    this.host.state(state === "connected" ? "connected" : state === "new" || state === "connecting" ? "connecting" : "lost");
  }

  private async offer(): Promise<void> {
    this.offering = true;
    try {
      await this.connection.setLocalDescription();
      this.host.send("offer", this.connection.localDescription!.toJSON());
    } finally {
      this.offering = false;
    }
  }

  private async accept(kind: Kind, body: unknown): Promise<void> {
    if (this.over) return;
    if (kind === "candidate") return this.candidate(body as RTCIceCandidateInit);
    const collides = kind === "offer" && (this.offering || this.connection.signalingState !== "stable");
    this.ignored = collides && !this.polite;
    if (this.ignored) return;
    await this.connection.setRemoteDescription(body as RTCSessionDescriptionInit); // takes back an own offer by itself
    if (kind !== "offer") return;
    await this.connection.setLocalDescription();
    this.host.send("answer", this.connection.localDescription!.toJSON());
  }

  private async candidate(body: RTCIceCandidateInit): Promise<void> {
    try {
      await this.connection.addIceCandidate(body);
    } catch (error) {
      if (!this.ignored) throw error; // one of an offer that was passed over
    }
  }
}

function write(channel: RTCDataChannel, message: object): boolean {
  if (channel.readyState !== "open") return false;
  channel.send(JSON.stringify(message));
  return true;
}
