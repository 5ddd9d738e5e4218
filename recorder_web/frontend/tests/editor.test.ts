import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Editor } from "../src/transcribe/editor";
import { Server } from "../src/transcribe/server";
import { Disk, pageOf, Paper, WritersServer } from "./edges/desk";

const SOON_MS = 2_100; // longer than the saving wait
const LATER_MS = 5_100; // longer than the wait after a failure

let [there, disk, paper] = [new WritersServer(), new Disk(), new Paper()];

beforeEach(() => {
  vi.useFakeTimers();
  [there, disk, paper] = [new WritersServer(), new Disk(), new Paper()];
  vi.stubGlobal("window", globalThis);
  vi.stubGlobal("fetch", (address: string, init: RequestInit) => there.fetch(address, init));
});
afterEach(() => {
  vi.clearAllTimers();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** The page comes up; what an earlier visit left on the disk is back. */
async function comeUp(): Promise<Editor> {
  const data = pageOf(there);
  const editor: Editor = new Editor(data, { server: new Server(data), drafts: disk, box: paper, draw: () => undefined });
  paper.wrote = (text) => editor.type(editor.current, text);
  await editor.recover();
  return editor;
}

async function pass(ms = SOON_MS): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

function words(): string[] {
  return there.kept.map(({ text }) => text);
}

it("saves and checks with the token of a new sign-in, asked for once", async () => {
  const editor = await comeUp();
  there.signedIn.csrf = "ann-2";
  editor.type(editor.lines[0]!, "好。");
  editor.type(editor.lines[1]!, "來。");
  await pass();
  expect(editor.lines.map(({ saving, checking }) => [saving, checking])).toEqual([["saved", "done"], ["saved", "done"]]);
  expect(there.asked.filter((line) => line === "GET /me")).toHaveLength(1);
});

it("sends nothing as somebody else, and goes on when the writer is back", async () => {
  const editor = await comeUp();
  const line = editor.lines[0]!;
  there.signedIn = { contributor_ref: "bob", csrf: "bob-1" };
  editor.type(line, "我的。");
  await pass();
  expect([line.saving, line.checking, line.refusal, line.kept]).toEqual(["offline", "offline", "auth.other-account", true]);
  expect([words(), disk.drafts.get("s1")?.text]).toEqual([[], "我的。"]);
  there.signedIn = { contributor_ref: "ann", csrf: "ann-3" };
  await pass(LATER_MS);
  expect([line.saving, line.checking, line.refusal, words()]).toEqual(["saved", "done", null, ["我的。"]]);
});

it("saves a correction that was typed while the words before it were refused", async () => {
  const editor = await comeUp();
  const line = editor.lines[0]!;
  there.refuse = (text) => (text === "太長" ? "transcript.too-long" : null);
  const go = there.hold();
  editor.type(line, "太長");
  await pass();
  editor.type(line, "短");
  go();
  await pass();
  expect([line.saving, line.refusal, words()]).toEqual(["saved", null, ["短"]]);
});

it("says why words were refused that nobody mended", async () => {
  const editor = await comeUp();
  const line = editor.lines[0]!;
  there.refuse = () => "transcript.too-long";
  editor.type(line, "太長");
  await pass(LATER_MS);
  expect([line.saving, line.refusal, line.text]).toEqual(["refused", "transcript.too-long", "太長"]);
});

it.each(["saved", "lost"])("has no quarrel with itself after a crash behind an answer that was %s", async (answer) => {
  const editor = await comeUp();
  const line = editor.lines[0]!;
  const go = there.hold();
  editor.type(line, "頭一版。");
  await pass();
  editor.type(line, "第二版。"); // while the first one is on its way
  there.loseAnswers = answer === "lost";
  go();
  await pass(10);
  vi.clearAllTimers(); // the browser is gone
  there.loseAnswers = false;
  expect(words()).toEqual(["頭一版。"]);
  const again = await comeUp();
  expect([again.current.text, again.current.restored]).toEqual(["第二版。", true]);
  await pass();
  expect([again.current.saving, words()]).toEqual(["saved", ["頭一版。", "第二版。"]]);
});

it("shows both where somebody else wrote meanwhile", async () => {
  const editor = await comeUp();
  const line = editor.lines[0]!;
  there.kept.push({ segment: "s1", text: "別人的。", mine: false });
  editor.type(line, "我的。");
  await pass();
  expect([line.saving, line.theirs?.text, line.text]).toEqual(["conflict", "別人的。", "我的。"]);
});

it("shows words whose segment is no more, until they are put somewhere or let go", async () => {
  for (const segment of ["gone-1", "gone-2"]) await disk.put({ segment, claim: "c", text: `${segment}。`, base: 1 });
  await disk.put({ segment: "gone-3", claim: "c", text: "", base: 1 });
  there.kept.push({ segment: "s1", text: "有。", mine: true });
  const editor = await comeUp();
  expect(editor.lost.map(({ text }) => text)).toEqual(["gone-1。", "gone-2。"]);
  editor.at = 0;
  await editor.take(editor.lost[0]!);
  expect([editor.lines[0]!.text, editor.lost.length, disk.drafts.get("s1")?.text]).toEqual(["有。gone-1。", 1, "有。gone-1。"]);
  editor.forget(editor.lost[0]!);
  await pass();
  expect([words(), editor.lost, disk.drafts.size]).toEqual([["有。", "有。gone-1。"], [], 0]);
});

it("offers no way back for a fix once another segment was in hand", async () => {
  const editor = await comeUp();
  const line = editor.lines[0]!;
  editor.type(line, "好,");
  line.violations = [{ rule: "PUN-HALF", severity: "error", found: ",", codepoints: ["U+002C"], fix: "safe", replacement: "，", facts: {}, candidates: ["，"], start_utf16: 1, end_utf16: 2 }];
  editor.fix(line, [0], "，");
  expect(line.made).toHaveLength(1);
  editor.goTo(0);
  expect(line.made).toHaveLength(1);
  editor.goTo(1);
  editor.goTo(0);
  expect(line.made).toBeNull();
});
