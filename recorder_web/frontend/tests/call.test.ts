import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { canonicalJson } from "../src/canonical";
import { Call } from "../src/dialogue/call";
import { entryOf, Exchanges } from "../src/dialogue/clock";
import { Desk, guarded, type DeskHost } from "../src/dialogue/desk";
import { Evidence } from "../src/dialogue/evidence";
import { CallNotes } from "../src/dialogue/notes";
import { now_us } from "../src/dialogue/peer";
import { lineOf, pollMs, Signalling, type CallInfo, type Line, type Signal } from "../src/dialogue/signalling";
import { Together } from "../src/dialogue/together";
import type { Place } from "../src/dialogue/turns";
import type { View } from "../src/view";
import { Talk, talkMessage, type Ready, type TalkMessage } from "../src/dialogue/talk";
import { manifestOf, windowEvent, withoutWindows, type Heard, type TakeEvent, type TakeRecord } from "../src/take";

const ID = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

/** One of two pages: what its talk does to its recorder, and what it says. */
class Side {
  ready: Ready = "ready";
  takes: (string | null)[] = [];
  ends = 0;
  refusals = 0;
  out: TalkMessage[] = [];
  late: (() => void)[] = [];
  readonly talk: Talk;

  constructor(ids: string[]) {
    this.talk = new Talk({
      ready: () => this.ready,
      begin: (talk) => {
        this.takes.push(talk);
        this.ready = "busy";
      },
      end: () => {
        this.ends++;
        this.ended();
      },
      send: (message) => void this.out.push(message),
      refused: () => void this.refusals++,
      newId: () => ids.shift()!,
      later: (act) => void this.late.push(act),
    });
  }

  /** Its own take is over, by a press, a pause or anything else. */
  ended(): void {
    this.ready = "ready";
    this.talk.ending();
  }
}

/** Carry everything to and fro until nobody has anything to say. */
function carry(one: Side, other: Side): void {
  while (one.out.length + other.out.length > 0) {
    for (const [from, to] of [[one, other], [other, one]] as const) for (const message of from.out.splice(0)) to.talk.hear(message);
  }
}

describe("a talk", () => {
  let [ann, bob] = [new Side([]), new Side([])];
  beforeEach(() => void ([ann, bob] = [new Side([ID(1), ID(3)]), new Side([ID(2), ID(4)])]));

  it("begins on both sides when either presses, and ends on both when either stops", () => {
    bob.talk.press();
    carry(ann, bob);
    expect([ann.takes, bob.takes]).toEqual([[ID(2)], [ID(2)]]);
    ann.ended();
    carry(ann, bob);
    expect([bob.ends, ann.ends, ann.talk.running, bob.talk.running]).toEqual([1, 0, null, null]);
  });

  it("is one talk when both press at once", () => {
    ann.talk.press();
    bob.talk.press();
    carry(ann, bob);
    expect([ann.takes, bob.takes]).toEqual([[ID(1)], [ID(1)]]);
    bob.ended();
    carry(ann, bob);
    expect(ann.ends).toBe(1);
  });

  it("does not begin while one side cannot, and says so to whoever pressed", () => {
    bob.ready = "gate";
    ann.talk.press();
    carry(ann, bob);
    expect([ann.takes, bob.takes, ann.refusals]).toEqual([[], [], 1]);
    ann.ready = "leak";
    ann.talk.press();
    expect(ann.out).toEqual([]);
  });

  it("goes on alone on each side when the call drops, and is stopped by each alone", () => {
    ann.talk.press();
    carry(ann, bob);
    ann.talk.dropped();
    bob.talk.dropped();
    expect([ann.ends, bob.ends]).toEqual([0, 0]);
    ann.ended();
    ann.out = []; // nobody hears it
    expect([bob.ends, bob.talk.running]).toEqual([0, ID(1)]);
    bob.ended();
    carry(ann, bob); // the call is back: what was stopped is stopped
    expect([ann.ends, bob.ends]).toEqual([0, 0]);
  });

  it("does not let a press wait for a network: without an answer the presser begins alone", () => {
    ann.talk.press();
    ann.out = [];
    ann.late.forEach((act) => act());
    expect(ann.takes).toEqual([null]);
    bob.talk.press();
    bob.talk.dropped();
    expect(bob.takes).toEqual([null]);
    bob.late.forEach((act) => act()); // once is enough
    expect(bob.takes).toEqual([null]);
  });

  it("never begins a take that its room no longer allows, and says so", () => {
    ann.talk.press();
    ann.ready = "gate";
    ann.talk.hear({ k: "started", talk: ID(1) });
    expect([ann.takes, ann.talk.running, ann.refusals]).toEqual([[], null, 1]);
    bob.talk.press();
    bob.ready = "gate";
    bob.late.forEach((act) => act());
    expect([bob.takes, bob.refusals]).toEqual([[], 1]);
  });

  it("hears nothing of a talk that is not its own", () => {
    ann.talk.press();
    carry(ann, bob);
    ann.talk.hear({ k: "stop", talk: ID(9) });
    ann.talk.hear({ k: "start", talk: ID(8) });
    expect([ann.ends, ann.takes.length, ann.out.at(-1)?.k]).toEqual([0, 1, "not-ready"]);
  });

  it("reads what it knows and nothing else", () => {
    const good: TalkMessage[] = [{ k: "start", talk: ID(1) }, { k: "stop", talk: ID(1) }, { k: "speaks", speaks: true }, { k: "hush", hush: false }, { k: "side", ready: "gate", voice_dbfs: null }, { k: "place", at: 0, line: 3, rev: 9 }];
    for (const message of good) expect(talkMessage(JSON.stringify(message))).toEqual(message);
    for (const text of ["", "1", "null", "[]", "{}", '{"k":"start","talk":"x"}', `{"k":"start","talk":["${ID(1)}"]}`, '{"k":"side","ready":"__proto__","voice_dbfs":1}', '{"k":"place","at":-1,"line":0,"rev":0}', '{"k":"toString"}', '{"k":"speaks","speaks":1}']) expect(talkMessage(text)).toBeNull();
  });
});

describe("both", () => {
  /** One page of a dialogue with two prompts: lines to say, then a topic. */
  function page(seat: 1 | 2): { together: Together; out: Place[]; notes: unknown[]; view: { at: number; state: string } } {
    const view = { at: 0, state: "armed", data: { call: { seat }, prompts: [{ text: "甲：一\n乙：二\n甲：三" }, { text: "講恁的囡仔時代。" }] } };
    const [out, notes]: [Place[], unknown[]] = [[], []];
    const goTo = (at: number): void => {
      if (view.state === "recording") return; // a take holds the page
      view.at = at;
      together.moved(at);
    };
    const together = new Together({ view: () => view as unknown as View, goTo, send: (place) => void out.push(place), note: (kind, facts) => void notes.push([kind, facts]), draw: () => undefined });
    return { together, out, notes, view };
  }
  function exchange(one: ReturnType<typeof page>, other: ReturnType<typeof page>): void {
    const [mine, theirs] = [one.out.splice(0), other.out.splice(0)];
    for (const place of mine) other.together.hear(place);
    for (const place of theirs) one.together.hear(place);
    if (one.out.length + other.out.length > 0) exchange(one, other);
  }

  it("are at the same line, whoever moves on, and also when both do at once", () => {
    const [ann, bob] = [page(1), page(2)];
    expect([ann.together.next(), ann.together.place.line]).toEqual([true, 1]);
    exchange(ann, bob);
    expect(bob.together.place).toEqual(ann.together.place);
    bob.together.next();
    ann.view.at = 1;
    ann.together.moved(1);
    exchange(ann, bob);
    expect(bob.together.place).toEqual(ann.together.place);
    expect([ann.together.place.at, bob.view.at]).toEqual([1, 1]);
    expect([ann.together.next(), ann.together.lines()]).toEqual([false, null]); // a topic has no lines
  });

  it("follow once the own take is over, and say lines from the beginning in the next one", () => {
    const [ann, bob] = [page(1), page(2)];
    for (const side of [ann, bob]) side.view.state = "recording";
    ann.together.next();
    ann.together.next();
    expect(ann.together.next()).toBe(false);
    exchange(ann, bob);
    expect([ann.notes.length, bob.notes.length, ann.notes[1]]).toEqual([2, 2, ["turn", { line: 2, seat: 1 }]]);
    ann.together.begin();
    expect(ann.together.place.line).toBe(0);
    ann.view.state = "armed";
    ann.view.at = 1;
    ann.together.moved(1);
    exchange(ann, bob);
    expect(bob.view.at).toBe(0); // its take runs
    bob.view.state = "armed";
    bob.together.follow();
    expect(bob.view.at).toBe(1);
  });
});

describe("the evidence of two clocks", () => {
  it("goes into the take that runs, and into no other", () => {
    const kept: Record<string, unknown>[] = [];
    const ways: Evidence[] = [];
    const side = (to: number): Evidence => new Evidence({ send: (message) => ways[to]!.hear(JSON.stringify(message), now_us()), peer: () => ({ call: "c", page: "p" }), note: (kind, facts) => void kept.push({ kind, ...facts }) });
    ways.push(side(1), side(0));
    const [mine] = ways as [Evidence];
    mine.tick();
    mine.end();
    expect(kept).toEqual([]); // no take runs
    mine.begin();
    mine.grown(4_800, 48_000);
    for (let n = 0; n < 25; n++) mine.tick();
    mine.end();
    expect(kept).toMatchObject([{ kind: "exchanges", list: [{ peer: "c", page: "p" }, {}, {}] }]);
    mine.end();
    expect(kept.length).toBe(1);
  });
});

describe("the way to the other page", () => {
  const info: CallInfo = { call: ID(7), seat: 1, other: "c-0002", ice_servers: [], relay: false, state: "open", newest: 4 };
  let asked: { method: string; path: string; body: unknown; csrf: string }[];
  let answers: (path: string, method: string, csrf: string) => { status: number; body: unknown };
  let [lines, heard, signals]: [Line[], (number | null)[], Signal[]] = [[], [], []];

  function open(): Signalling {
    return new Signalling({ api: "/api/v1", call: "/api/v1/claims/m/call", csrf: "old", contributor_ref: "c-0001" }, { info: () => undefined, signal: (signal) => void signals.push(signal), seen: (other_s) => void heard.push(other_s), line: (line) => void lines.push(line) });
  }

  beforeEach(() => {
    vi.useFakeTimers();
    [asked, lines, heard, signals] = [[], [], [], []];
    answers = (path) => ({ status: 200, body: path.endsWith("/call") ? info : { messages: [], other_seen_s: null } });
    vi.stubGlobal("fetch", async (path: string, init: { method?: string; body?: string; headers?: Record<string, string> } = {}) => {
      const { status, body } = answers(path, init.method ?? "GET", init.headers?.["X-CSRF-Token"] ?? "");
      if (status === 0) throw new TypeError("no network");
      asked.push({ method: init.method ?? "GET", path, body: init.body && JSON.parse(init.body), csrf: init.headers?.["X-CSRF-Token"] ?? "" });
      return { ok: status < 300, status, json: async () => body };
    });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
  const polls = (): number => asked.filter(({ method, path }) => method === "GET" && path.includes("/messages")).length;

  it("asks each second until the two are connected, then every ten", async () => {
    const way = open();
    way.start();
    await vi.advanceTimersByTimeAsync(5_050);
    expect(polls()).toBe(6);
    way.connect(true);
    await vi.advanceTimersByTimeAsync(1_000);
    const before = polls();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(polls() - before).toBe(3);
    way.connect(false);
    await vi.advanceTimersByTimeAsync(100);
    expect(polls() - before).toBe(4);
  });

  it("says what is to be said in order, once, and asks only for what is new", async () => {
    const way = open();
    way.start();
    way.send("hello", "a");
    way.send("offer", "b");
    await vi.advanceTimersByTimeAsync(50);
    expect(asked.filter(({ method }) => method === "POST").map(({ body }) => body)).toEqual([{ kind: "hello", body: "a" }, { kind: "offer", body: "b" }]);
    expect(asked.findLast(({ path }) => path.includes("?"))?.path).toBe(`/api/v1/calls/${ID(7)}/messages?after=4`);
    answers = (path) => ({ status: 200, body: path.endsWith("/call") ? info : { messages: [{ n: 5, from_me: true, kind: "hello", body: "a" }, { n: 6, from_me: false, kind: "hello", body: "z" }], other_seen_s: 1 } });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(signals.map(({ n }) => n)).toEqual([6]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked.at(-1)?.path).toMatch(/after=6$/);
    expect(heard).toContain(1);
  });

  it("is patient without a network, keeps what is to be said, and is back at once when it is told", async () => {
    const way = open();
    answers = () => ({ status: 0, body: null });
    way.start();
    way.send("hello", "a");
    await vi.advanceTimersByTimeAsync(60_000);
    expect([new Set(lines), asked]).toEqual([new Set(["away"]), []]);
    answers = (path) => ({ status: 200, body: path.endsWith("/call") ? info : { messages: [], other_seen_s: null } });
    way.wake();
    await vi.advanceTimersByTimeAsync(50);
    expect(asked.map(({ method }) => method)).toEqual(["GET", "POST", "GET"]);
    expect(lines.at(-1)).toBe("good");
  });

  it("takes up the token of a new sign-in of the same person, and waits for them else", async () => {
    const way = open();
    answers = (path) => (path.endsWith("/me") ? { status: 200, body: { contributor_ref: "c-0009", csrf: "theirs" } } : { status: 401, body: {} });
    way.start();
    await vi.advanceTimersByTimeAsync(50);
    expect(lines.at(-1)).toBe("sign-in");
    answers = (path, _, csrf) => (path.endsWith("/me") ? { status: 200, body: { contributor_ref: "c-0001", csrf: "new" } } : csrf === "new" ? { status: 200, body: path.endsWith("/call") ? info : { messages: [], other_seen_s: null } } : { status: 403, body: {} });
    way.wake();
    await vi.advanceTimersByTimeAsync(100);
    expect([lines.at(-1), asked.at(-1)?.csrf]).toEqual(["good", "new"]);
  });

  it("ends where the server knows of no such call, and asks no more", async () => {
    const way = open();
    answers = () => ({ status: 404, body: { code: "not-found" } });
    way.start();
    await vi.advanceTimersByTimeAsync(20_000);
    expect([lines, asked.length]).toEqual([["gone"], 1]);
  });

  it("knows what an answer means, and never asks in a storm", () => {
    expect([200, 401, 404, 409, 403, 503, 0, 429].map(lineOf)).toEqual(["good", "sign-in", "gone", "gone", "gone", "away", "away", "away"]);
    for (let misses = 0; misses < 40; misses++) {
      expect(pollMs("away", false, misses, 0)).toBeGreaterThanOrEqual(1_000);
      expect(pollMs("away", false, misses, 1)).toBeLessThanOrEqual(30_000);
    }
    expect([pollMs("good", false, 0, 0), pollMs("good", true, 0, 0)]).toEqual([1_000, 10_000]);
  });
});

describe("the other page", () => {
  const none = (): void => undefined;
  const info: CallInfo = { call: ID(7), seat: 1, other: "c-0002", ice_servers: [], relay: false, state: "open", newest: 0 };
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("Audio", class { volume = 1; });
    vi.stubGlobal("MediaStream", class {});
    vi.stubGlobal("RTCPeerConnection", class { createDataChannel = () => ({}); addTrack = none; close = none; });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("is a visit of a page, whatever calls itself so", async () => {
    const said = ["x".repeat(16_000), "page.1", `${ID(2)}.1234567`, `${ID(2)}.1\n`, `${ID(2)}.${"1".repeat(9_000)}`, `${ID(3)}.4`];
    const messages = said.map((body, n) => ({ n, from_me: false, kind: "hello", body }));
    vi.stubGlobal("fetch", async (path: string) => ({ ok: true, status: 200, json: async () => (path.endsWith("/call") ? info : { messages: messages.splice(0, 1), other_seen_s: 1 }) }));
    const track = { clone: () => track, stop: none } as unknown as MediaStreamTrack;
    const call = new Call({ parts: { api: "/api", call: "/call", csrf: "", contributor_ref: "" }, voice: () => track, changed: none, connected: none, clock: none, talk: none });
    const pages: string[] = [];
    call.join();
    for (const _ of said) {
      await vi.advanceTimersByTimeAsync(1_000);
      pages.push(call.page);
    }
    expect(new Set(pages)).toEqual(new Set(["", ID(3)]));
  });

  it("is told apart from this one where a press of record begins nothing", () => {
    const view = { state: "armed", resting: false, at: 0, data: { call: { seat: 1 }, prompts: [] } } as unknown as View;
    const host = { view: () => view, draw: none, note: none } as unknown as DeskHost;
    const desk = new Desk(host);
    desk.call.sendTalk = () => true;
    desk.call.state = "talking";
    expect([desk.press(), desk.refused]).toEqual([true, "leak"]); // the headphones are to be tested
    desk.leak.skip();
    expect(desk.refused).toBeNull();
    expect([desk.press(), desk.refused]).toEqual([true, "theirs"]);
    desk.their = { ready: "ready", voice_dbfs: null };
    expect([desk.press(), desk.refused, desk.asking]).toEqual([true, null, true]);
    view.state = "waiting"; // the room became loud meanwhile
    vi.advanceTimersByTime(1_500);
    expect([desk.refused, desk.asking]).toEqual(["mine", false]);
  });
});

describe("the manifest", () => {
  const record = { take: "t", sitting: "s", sequence: 1, track: "main", prompt_id: "p", rate_hz: 48_000, channels: 1, capture_path: "mstp", first_sitting_sample: 0, settings: {}, calibration: null } as TakeRecord;
  const heard = { frames: 9, chunks: [], count: { seen: 9, delivered: 9, total: 9, lost_frames: 0 }, ended_by: "stop", markers: [], events: [], windows: [], meter: [] } as Heard;

  it("of a take without a call is what it was", () => {
    expect(manifestOf(record, heard)["clock"]).toEqual({ windows: [], exchanges: [] });
  });

  it("of four hours is taken, whatever the other side does", () => {
    const [S, RATE_HZ, now] = [4 * 3_600, 48_000, 1_770_000_000_000_000];
    const [events, exchanges]: [TakeEvent[], Exchanges] = [[], new Exchanges()];
    let second = 0;
    const notes = new CallNotes((kind, facts) => void events.push({ kind, at_sample: second * RATE_HZ, ...facts }), () => second * 1_000);
    for (; second < S; second++) {
      for (let n = 0; n < 10; n++) {
        const t0 = now + second * 1_000_000 + n * 100_000;
        const { i } = exchanges.ping(t0);
        exchanges.answered({ k: "q", i, t0, t1: Number.MIN_SAFE_INTEGER, t2: Number.MIN_SAFE_INTEGER }, t0 + 900);
        notes.note("turn", { line: 999, seat: 1 });
      }
      const list = exchanges.due(now + second * 1_000_000).map((each) => entryOf(each, second * RATE_HZ, ID(1), ID(2)));
      if (list.length > 0) events.push({ kind: "exchanges", at_sample: 0, list });
    }
    const at = (step_s: number): number[] => Array.from({ length: S / step_s }, (_, n) => n * step_s * RATE_HZ);
    const whole = {
      frames: S * RATE_HZ,
      chunks: at(5).map(() => "f".repeat(64)),
      windows: at(10).map((sample) => ({ sample, count: 1_000, p5_us: "12345678", lowest: [[sample, "12345678"]], wall_ms: "1770000000000" })),
      meter: at(1).map((sample) => ({ sample, laeq_1s_dbfs: "-58.21", la90_10s_dbfs: "-58.21" })),
    };
    const manifest = manifestOf({ ...record, dialogue: { call: ID(1), page: ID(2), talk: ID(3) } }, { ...heard, ...whole, events } as Heard);
    expect((manifest["clock"] as { exchanges: unknown[] }).exchanges.length).toBeGreaterThan(12 * 230);
    expect((manifest["events"] as unknown[]).length).toBe(5_000);
    expect(canonicalJson(manifest).length).toBeLessThan(3 * 1024 * 1024);
  });

  it("has the evidence of two clocks in its place, also where it came through a crash between the events", () => {
    const events = [{ kind: "exchanges", at_sample: 5, list: [{ sample: 1 }, { sample: 2 }] }, { kind: "turn", at_sample: 6, line: 1 }, { kind: "exchanges", at_sample: 7, list: [{ sample: 6 }] }];
    const manifest = manifestOf({ ...record, dialogue: { call: "c", page: "q", talk: "k" } }, { ...heard, events } as Heard);
    expect(manifest["clock"]).toEqual({ windows: [], exchanges: [{ sample: 1 }, { sample: 2 }, { sample: 6 }], call: "c", page: "q", talk: "k" });
    expect(manifest["events"]).toEqual([events[1]]);
  });
});

describe("a crash", () => {
  it("leaves the clock of a dialogue's track in its journal", () => {
    const window = { sample: 0, count: 480, p5_us: "7", lowest: [[3, "5"]] as [number, string][], wall_ms: "9" };
    const events = [{ kind: "zeros", at_sample: 1 }, windowEvent(window, 480_000)];
    expect(withoutWindows(JSON.parse(JSON.stringify(events)))).toEqual({ events: [events[0]], windows: [window] });
  });
});

describe("an error of a call", () => {
  it("ends where it began", () => {
    vi.stubGlobal("reportError", () => undefined);
    const fails = guarded((): boolean => {
      throw new Error("of the network");
    });
    expect(fails()).toBeUndefined();
    vi.unstubAllGlobals();
  });
});
