/**
 * Who speaks how much: balance, overlap and turns from the speech flags of both sides, ten a second, reckoned as the
 * server does it later from both tracks (`qc/dialogue.py`). For the two who talk, not for any verdict. Pure.
 */

export const STEP_S = 0.1;
const WINDOW = 6_000; // steps: ten minutes
const BRIDGED = 3; // steps: between syllables nobody stops speaking
const REPLY = 10; // a "mhm" ends nobody's turn
const PAUSE = 30; // what follows is another turn
const LEAST_SPOKEN = 300; // steps of speech before overlap is worth a word
const SHOWN_SPOKEN = 50; // before a share means anything

export const OVERLAP_PCT = 20;
export const SHARE_PCT = [30, 70] as const;
export const TURN_S = 60;

export type Who = "me" | "other";
const SIDES: readonly Who[] = ["me", "other"];
const BIT: Record<Who, number> = { me: 1, other: 2 };

export interface Figures {
  share_pct: number | null; // of the own voice, in the last ten minutes
  overlap_pct: number | null; // of the time in which anybody speaks, in the last ten minutes
  turn: { who: Who; seconds: number } | null; // the one that lasts now
  longest_s: number; // of either
  talked_s: number; // recorded together
}

export type Coach = "overlap" | "one-sided" | "long-turn";

interface Turn {
  began: number;
  last: number; // the last step with speech
  reply: number; // how long the other one speaks alone by now
}

export class Meters {
  private readonly steps = new Uint8Array(WINDOW); // a ring
  private count = 0;
  private longest = 0;
  private readonly turns: Record<Who, Turn | null> = { me: null, other: null };

  /** A tenth of a second more. */
  push(me: boolean, other: boolean): void {
    const flags = { me, other };
    this.steps[this.count % WINDOW] = 0;
    for (const who of SIDES) if (flags[who]) this.speaks(who);
    for (const who of SIDES) this.follow(who, flags[who], flags[who === "me" ? "other" : "me"]);
    this.count++;
  }

  read(): Figures {
    const { mine, theirs, both } = this.spoken();
    const any = mine + theirs - both;
    const shown = any >= SHOWN_SPOKEN;
    return {
      share_pct: shown ? (100 * mine) / (mine + theirs) : null,
      overlap_pct: shown ? (100 * both) / any : null,
      turn: this.turnNow(),
      longest_s: this.longest * STEP_S,
      talked_s: this.count * STEP_S,
    };
  }

  /** What might go better, the most pressing first; null: nothing to say. */
  coach(): Coach | null {
    const { turn, share_pct, overlap_pct } = this.read();
    const { mine, theirs, both } = this.spoken();
    if (turn !== null && turn.who === "me" && turn.seconds > TURN_S) return "long-turn";
    if (overlap_pct !== null && mine + theirs - both >= LEAST_SPOKEN && overlap_pct > OVERLAP_PCT) return "overlap";
    const [low, high] = SHARE_PCT;
    return this.count >= WINDOW && share_pct !== null && (share_pct < low || share_pct > high) ? "one-sided" : null;
  }

  private speaks(who: Who): void {
    const bit = BIT[who];
    const last = this.turns[who]?.last ?? -Infinity;
    const from = this.count - last <= BRIDGED + 1 ? last + 1 : this.count;
    for (let step = from; step <= this.count; step++) this.steps[step % WINDOW]! |= bit;
  }

  private follow(who: Who, speaks: boolean, otherSpeaks: boolean): void {
    const turn = this.turns[who];
    if (speaks) {
      const goes = turn !== null && turn.reply < REPLY && this.count - turn.last - 1 <= PAUSE;
      const began = goes ? turn.began : this.count;
      this.turns[who] = { began, last: this.count, reply: 0 };
      this.longest = Math.max(this.longest, this.count + 1 - began);
    } else if (turn !== null && turn.reply < REPLY) turn.reply = otherSpeaks ? turn.reply + 1 : 0;
  }

  private turnNow(): Figures["turn"] {
    const lasting = SIDES.flatMap((who) => {
      const turn = this.turns[who];
      const ended = turn === null || turn.reply >= REPLY || this.count - turn.last > PAUSE;
      return ended ? [] : [{ who, seconds: (turn.last + 1 - turn.began) * STEP_S, last: turn.last }];
    });
    const newest = lasting.sort((one, other) => other.last - one.last || other.seconds - one.seconds)[0];
    return newest === undefined ? null : { who: newest.who, seconds: newest.seconds };
  }

  private spoken(): { mine: number; theirs: number; both: number } {
    let [mine, theirs, both] = [0, 0, 0];
    for (const step of this.steps.subarray(0, Math.min(this.count, WINDOW))) {
      if (step & BIT.me) mine++;
      if (step & BIT.other) theirs++;
      if (step === (BIT.me | BIT.other)) both++;
    }
    return { mine, theirs, both };
  }
}
