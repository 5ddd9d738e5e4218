/**
 * One talk is two takes, one a side: either presses, both begin; either stops or pauses, both end, and each keeps its
 * own. Without a call, or once it drops, each side goes by itself. Pure: what happens is the host's.
 */

import type { Place } from "./turns";

/** Why a side cannot begin now. */
export type Ready = "ready" | "setup" | "gate" | "leak" | "busy" | "rest";
export const READY: readonly Ready[] = ["ready", "setup", "gate", "leak", "busy", "rest"];

/** What a side tells of itself whenever it changes. */
export interface Side {
  ready: Ready;
  voice_dbfs: number | null; // of the sound check
}

export type TalkMessage =
  | ({ k: "side" } & Side)
  | ({ k: "place" } & Place)
  | { k: "start"; talk: string }
  | { k: "started"; talk: string }
  | { k: "not-ready"; talk: string }
  | { k: "stop"; talk: string }
  | { k: "speaks"; speaks: boolean }
  | { k: "hush"; hush: boolean }; // a leakage test runs over there: be quiet

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const ANSWER_MS = 1_500; // after which whoever pressed goes by themselves: their words must not wait for a network

/** A line of the channel, or null for what this version does not know. */
export function talkMessage(text: string): TalkMessage | null {
  let message: Record<string, unknown>;
  try {
    message = Object(JSON.parse(text));
  } catch {
    return null;
  }
  const count = (key: string): boolean => Number.isSafeInteger(message[key]) && (message[key] as number) >= 0;
  const good: Record<string, () => boolean> = {
    side: () => READY.includes(message["ready"] as Ready) && (message["voice_dbfs"] === null || Number.isFinite(message["voice_dbfs"])),
    place: () => count("at") && count("line") && count("rev"),
    speaks: () => typeof message["speaks"] === "boolean",
    hush: () => typeof message["hush"] === "boolean",
  };
  for (const kind of ["start", "started", "not-ready", "stop"]) good[kind] = () => typeof message["talk"] === "string" && UUID.test(message["talk"]);
  const known = Object.hasOwn(good, String(message["k"])) && good[String(message["k"])]!();
  return known ? (message as unknown as TalkMessage) : null;
}

export interface TalkHost {
  ready(): Ready;
  begin(talk: string | null): void; // a take of one's own; null: nobody else takes part
  end(): void; // the take that runs, as if stop had been pressed
  send(message: TalkMessage): void;
  refused(): void; // one of the sides could not begin
  newId(): string;
  later(act: () => void, ms: number): void;
}

export class Talk {
  /** The talk whose own take runs. */
  running: string | null = null;
  /** Pressed, and the other side has not answered yet. */
  asked: string | null = null;
  private readonly host: TalkHost;

  constructor(host: TalkHost) {
    this.host = host;
  }

  /** Record was pressed here, with the other side on the line. */
  press(): void {
    if (this.asked !== null || this.running !== null || this.host.ready() !== "ready") return;
    const asked = (this.asked = this.host.newId());
    this.host.send({ k: "start", talk: asked });
    this.host.later(() => {
      if (this.asked === asked) this.begin(null);
    }, ANSWER_MS);
  }

  /** Something of the other side that concerns takes. */
  hear(message: TalkMessage): void {
    if (message.k === "start") this.started(message.talk);
    else if (message.k === "started" && this.asked === message.talk) this.begin(message.talk);
    else if (message.k === "not-ready" && this.asked === message.talk) this.refused();
    else if (message.k === "stop" && this.running === message.talk) this.stopped();
  }

  /** The own take ends, by whatever: the other side ends its own. */
  ending(): void {
    if (this.running !== null) this.host.send({ k: "stop", talk: this.running });
    this.running = null;
  }

  /** The call is gone: whoever has pressed begins alone; a talk that runs is stopped by each alone. */
  dropped(): void {
    if (this.asked !== null) this.begin(null);
  }

  private started(theirs: string): void {
    const both = this.asked !== null; // both pressed at once: the same one of the two names holds for both
    const talk = both && this.asked! < theirs ? this.asked! : theirs;
    const ready = this.running === null && (both || this.host.ready() === "ready");
    this.host.send({ k: ready ? "started" : "not-ready", talk: theirs });
    if (ready) this.begin(talk);
  }

  private begin(talk: string | null): void {
    this.asked = null;
    if (this.host.ready() !== "ready") return this.host.refused(); // the room became loud meanwhile
    this.running = talk;
    this.host.begin(talk);
  }

  private refused(): void {
    this.asked = null;
    this.host.refused();
  }

  private stopped(): void {
    this.running = null;
    this.host.end();
  }
}
