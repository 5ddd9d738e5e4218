import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { cleanUp, readSittings } from "../src/store/opfs";
import { interruptedTakes, keepInterrupted } from "../src/store/recovery";
import { Folder, put, text } from "./edges/disk";

const AT = "speechcorpus/v1/ann";
const RATE_HZ = 100;
const DAY_MS = 24 * 3_600_000;
const GO = '{"marker":{"kind":"go","at_sample":30,"prompt_id":"p"}}';
const MUTE = '{"event":{"kind":"mute","at_sample":60}}';

let disk: Folder;

beforeEach(() => {
  disk = new Folder();
  vi.stubGlobal("navigator", { storage: { getDirectory: async () => disk } });
});
afterEach(() => vi.unstubAllGlobals());

async function cutOff(sitting: string, take: string, journal: string, seconds = 12): Promise<void> {
  const record = { take, sitting, sequence: 0, track: "main", prompt_id: "p", rate_hz: RATE_HZ, channels: 1, capture_path: "mstp" };
  await put(disk, `${AT}/${sitting}/sitting.json`, JSON.stringify({ sitting, claim: "c" }));
  await put(disk, `${AT}/${sitting}/${take}/take.json`, JSON.stringify({ ...record, settings: {}, calibration: null }));
  await put(disk, `${AT}/${sitting}/${take}/pcm.s16`, new Uint8Array(seconds * RATE_HZ * 2));
  await put(disk, `${AT}/${sitting}/${take}/events.ndjson`, journal);
}

async function manifest(sitting: string, take: string): Promise<Record<string, unknown> | null> {
  return JSON.parse((await text(disk, `${AT}/${sitting}/${take}/manifest.json`)) ?? "null");
}

it("keeps a cut-off take whose journal has a damaged line, says so, and keeps the journal as it was", async () => {
  const journal = `${GO}\n\0\0\0\0\n${MUTE}\n{"ev`;
  await cutOff("s", "t", journal);
  await keepInterrupted("ann");
  expect(await manifest("s", "t")).toMatchObject({
    frames: 1_200,
    markers: [{ kind: "go", at_sample: 30 }],
    events: [{ kind: "mute" }, { kind: "journal-damaged", at_sample: 1_200, lines: 1 }],
  });
  expect(await text(disk, `${AT}/s/t/events.ndjson.damaged`)).toBe(journal);
});

it("leaves nothing beside a take whose journal is whole", async () => {
  await cutOff("s", "t", `${GO}\n${MUTE}\n`);
  await keepInterrupted("ann");
  expect((await manifest("s", "t"))!["events"]).toEqual([{ kind: "mute", at_sample: 60 }]);
  expect(await text(disk, `${AT}/s/t/events.ndjson.damaged`)).toBeNull();
});

it("makes a damaged manifest anew from the samples, and keeps the damaged one", async () => {
  await cutOff("s", "t", `${GO}\n`);
  await put(disk, `${AT}/s/t/manifest.json`, "\0\0\0");
  expect(await interruptedTakes("ann")).toEqual([{ sitting: "s", take: "t", prompt_id: "p", began_ms: null, rate_hz: RATE_HZ, frames: 1_200 }]);
  await keepInterrupted("ann");
  expect(await manifest("s", "t")).toMatchObject({ frames: 1_200 });
  expect(await text(disk, `${AT}/s/t/manifest.json.damaged`)).toBe("\0\0\0");
});

it.each(["sitting.json", "t/take.json"])("finds all other takes when one %s is damaged", async (name) => {
  await cutOff("s", "t", "");
  await cutOff("other", "u", "");
  await put(disk, `${AT}/s/${name}`, '{"ta');
  expect((await interruptedTakes("ann")).map(({ take }) => take)).toEqual(["u"]);
});

it("clears away a closed sitting of which everything arrived, but nothing that it cannot read", async () => {
  await cutOff("s", "t", "");
  await cutOff("s", "unreadable", "");
  await put(disk, `${AT}/s/unreadable/take.json`, "\0");
  await put(disk, `${AT}/s/closed.json`, "{}");
  await put(disk, `${AT}/s/t/manifest.json`, JSON.stringify({ take_sha256: "9f" }));
  await put(disk, `${AT}/s/t/receipt.json`, JSON.stringify({ take_sha256: "9f", receipt: {}, kept_ms: 0 }));
  await cleanUp("ann", 8 * DAY_MS);
  expect((await readSittings("ann")).map(({ takes }) => takes)).toEqual([[]]);
  expect(await text(disk, `${AT}/s/unreadable/pcm.s16`)).not.toBeNull();
});

it("says when a cut-off take was spoken", async () => {
  await cutOff("s", "t", "");
  await put(disk, `${AT}/s/sitting.json`, JSON.stringify({ sitting: "s", claim: "c", began_ms: 10_000 }));
  const record = JSON.parse((await text(disk, `${AT}/s/t/take.json`))!);
  await put(disk, `${AT}/s/t/take.json`, JSON.stringify({ ...record, first_sitting_sample: 3 * RATE_HZ }));
  expect((await interruptedTakes("ann"))[0]!.began_ms).toBe(13_000);
});
