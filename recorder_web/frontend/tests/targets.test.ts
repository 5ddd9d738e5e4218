import { expect, it } from "vitest";
import type { RecorderData, TakeItem } from "../src/data";
import { withTake } from "../src/taking";
import { counts, paidMinutes, spoken, spokenAbout } from "../src/targets";
import { firstView, nextOpen, withAnswer, withSkips, type View } from "../src/view";
import type { FromTakeWorker } from "../src/capture/messages";

const PROMPT = { reading: null, target_s: 60, skip: null, takes: [], take: null };

function view(style: string, change: Partial<View> = {}): View {
  const prompts = ["a", "b", "c"].map((id) => ({ ...PROMPT, id, text: id }));
  return { ...firstView({ claim: { style }, prompts } as unknown as RecorderData), ...change };
}

function ended(prompt_id: string, take: string, seconds: number): Extract<FromTakeWorker, { type: "ended" }> {
  return { type: "ended", take, plan: { take, sequence: 1, track: "main", prompt_id }, frames: seconds * 10, rate_hz: 10, lost_frames: 0, ended_by: "stop" };
}

function after(before: View, ...takes: ReturnType<typeof ended>[]): View {
  return takes.reduce((now, take) => ({ ...now, ...withTake(now, take, "s") }), before);
}

it("lets every take about a topic count, and of a sentence the newest", () => {
  const [topic, sentence] = ["monologue", "read"].map((style) => after(view(style), ended("a", "1", 20), ended("a", "2", 15), ended("b", "3", 5)));
  expect([spokenAbout(topic!, 0), spokenAbout(topic!, 1), spoken(topic!)]).toEqual([35, 5, 40]);
  expect(topic!.earlier.map(({ take, at }) => [take, at])).toEqual([["1", 0]]);
  expect([spokenAbout(sentence!, 0), sentence!.earlier]).toEqual([15, []]);
});

it("counts the take that runs to the topic it is about, and the tone of the room to none", () => {
  const running = { take_s: 4, at: 1 };
  expect(spokenAbout(view("monologue", { ...running, state: "recording" }), 1)).toBe(4);
  expect(spokenAbout(view("monologue", { ...running, state: "recording" }), 0)).toBe(0);
  expect(spokenAbout(view("monologue", { ...running, state: "checking" }), 1)).toBe(0);
});

it("knows after a reload what was said about a topic before", () => {
  const takes = [{ take: "1", seconds: 30 }, { take: "2", seconds: 12 }];
  const data = { claim: { style: "monologue" }, prompts: [{ ...PROMPT, id: "a", text: "a", takes, take: { take: "2", segment: null } }] };
  const again = firstView(data as unknown as RecorderData);
  expect([spokenAbout(again, 0), again.lines[0]!.take, again.earlier.length]).toEqual([42, "2", 1]);
});

it("owes no skipped sentence, unless it was recorded after all", () => {
  const skipped = { ...view("read"), ...withSkips(view("read"), [{ prompt: "a", reason: "private" }]) };
  expect(counts(skipped)).toEqual({ done: 0, skipped: 1, left: 2, owed: 2 });
  expect(counts(after(skipped, ended("a", "1", 5)))).toEqual({ done: 1, skipped: 0, left: 2, owed: 3 });
  expect(counts({ ...skipped, ...withSkips(skipped, [{ prompt: "a", reason: null }]) }).owed).toBe(3);
});

it("goes on to the next sentence that is to be said, from the last one to the first", () => {
  const some = { ...after(view("read"), ended("b", "1", 5)), at: 2 };
  expect(nextOpen(some)).toBe(0);
  expect(nextOpen({ ...some, skips: { a: "private", c: "private" } })).toBe(2);
});

it("lets the item that needs most care speak for a take of many", () => {
  const items = ["accepted", "repairable", "accepted"].map((outcome, n) => ({ segment: String(n), verdict: { outcome, findings: [] } }) as unknown as TakeItem);
  const [line] = withAnswer(after(view("monologue"), ended("a", "1", 20)).lines, "1", { state: "stored", take_sha256: "", frames: 1, items });
  expect([line!.item!.segment, line!.seconds]).toEqual(["1", 20]);
});

it("counts what was recorded since the last break", () => {
  expect(after(view("read"), ended("a", "1", 20), ended("b", "2", 15)).since_rest_s).toBe(35);
});

it("says in whole minutes when what is set aside runs out, and nothing while that is far", () => {
  const free = after(view("monologue"), ended("a", "1", 400));
  const left = (quota_s: number | null): number | null => paidMinutes({ ...free, data: { ...free.data, claim: { ...free.data.claim, quota_s } } });
  expect([left(null), left(581), left(580), left(460), left(401), left(400), left(100)]).toEqual([null, null, 3, 1, 1, 0, 0]);
});
