import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { deleteAll, freeBytes, keepReserve, makeRoom, receiptOf } from "../src/store/room";
import { readSittings, writeJson } from "../src/store/opfs";
import { interruptedTakes } from "../src/store/recovery";
import { enoughBytes, makesWay, mostAllowed, needBytes, plannedSeconds, spaceFor } from "../src/store/space";
import { Folder, put, text } from "./edges/disk";

const MONO_48K = { rate_hz: 48_000, channels: 1 };
const MB = 1_000_000;

describe("the need of a sitting", () => {
  it("is its sound and a fifth, and 200 MB for the device", () => {
    expect(needBytes(3 * 3_600, MONO_48K)).toBe(3 * 3_600 * 96_000 * 1.2 + 200 * MB);
    expect(needBytes(60, { rate_hz: 48_000, channels: 2 })).toBe(60 * 192_000 * 1.2 + 200 * MB);
  });

  it("goes by the time agreed, else by what is left to be said", () => {
    expect(plannedSeconds(7_200, 3, true)).toBe(7_200);
    expect(plannedSeconds(null, 400, true)).toBe(6_000);
    expect(plannedSeconds(null, 3, false)).toBe(1_800);
    expect(plannedSeconds(null, 0, true)).toBe(600);
  });

  it("is told as short before, as low while it runs, and never where there is room", () => {
    const space = (free: number, planned_s: number | null) => spaceFor(free, MONO_48K, planned_s);
    const need = needBytes(3_600, MONO_48K);
    expect(space(need, 3_600)).toMatchObject({ say: null, missing_bytes: 0 });
    expect(space(need - 1, 3_600)).toMatchObject({ say: "short", missing_bytes: 1 });
    expect(space(need - 1, null).say).toBeNull();
    expect([600, 601].map((seconds) => space(seconds * 115_200, null).say)).toEqual(["low", null]);
    expect([59, 61].map((seconds) => space(seconds * 115_200, null).full)).toEqual([true, false]);
  });

  it.each([null, 60, 9_000])("is not called short or low where as much is free as is looked for (plan %s s)", (planned_s) => {
    expect(spaceFor(enoughBytes(MONO_48K, planned_s), MONO_48K, planned_s).say).toBeNull();
  });

  it("is compared with what the browser allows, found to a thousandth and by one question where all fits", async () => {
    for (const limit of [0, 1, 77 * MB, 268 * MB, 269 * MB, 500 * MB]) {
      let asked = 0;
      const found = await mostAllowed(269 * MB, async (bytes) => (asked++, bytes <= limit));
      expect(Math.abs(found - Math.min(limit, 269 * MB))).toBeLessThanOrEqual(0.269 * MB);
      expect(found).toBeLessThanOrEqual(limit);
      expect(asked).toBeLessThanOrEqual(limit >= 269 * MB ? 1 : 12);
    }
  });
});

describe("what makes way", () => {
  /** A small seeded generator: the same cases in every run. */
  function random(seed: number): () => number {
    return () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  }

  it("is only what is safe elsewhere, the oldest first, and no more than is asked for", () => {
    const next = random(7);
    for (let round = 0; round < 500; round++) {
      const takes = Array.from({ length: Math.floor(next() * 12) }, () => ({ began_ms: Math.floor(next() * 50), bytes: Math.floor(next() * 9), safe: next() < 0.6 }));
      const missing = Math.floor(next() * 40);
      const going = makesWay(takes, missing);
      const staying = takes.filter((take) => take.safe && take.bytes > 0 && !going.includes(take));
      const sum = going.reduce((bytes, take) => bytes + take.bytes, 0);
      expect(going.every(({ safe }) => safe)).toBe(true);
      expect(staying.every((stays) => going.every((goes) => goes.began_ms <= stays.began_ms))).toBe(true);
      expect(sum >= missing || staying.length === 0).toBe(true);
      expect(sum - (going.at(-1)?.bytes ?? 0) < missing || going.length === 0).toBe(true);
    }
  });
});

describe("the disk", () => {
  const AT = "speechcorpus/v1/ann";
  let disk: Folder;
  beforeEach(() => {
    disk = new Folder();
    vi.stubGlobal("navigator", { storage: { getDirectory: async () => disk } });
  });
  afterEach(() => vi.unstubAllGlobals());

  async function take(sitting: string, name: string, { began_ms = 0, first = 0, receipt = "9f" as string | null, hash = "9f" } = {}): Promise<void> {
    await put(disk, `${AT}/${sitting}/sitting.json`, JSON.stringify({ sitting, began_ms }));
    await put(disk, `${AT}/${sitting}/${name}/take.json`, JSON.stringify({ take: name, sitting, sequence: first, first_sitting_sample: first, rate_hz: 100 }));
    await put(disk, `${AT}/${sitting}/${name}/pcm.s16`, new Uint8Array(1_000));
    await put(disk, `${AT}/${sitting}/${name}/manifest.json`, JSON.stringify({ take_sha256: hash, frames: 500 }));
    if (receipt !== null) await put(disk, `${AT}/${sitting}/${name}/receipt.json`, JSON.stringify({ take_sha256: receipt, receipt: { signed: true }, kept_ms: 5 }));
  }

  it("is asked what it allows, whatever it says of itself, and holds nothing afterwards", async () => {
    vi.stubGlobal("navigator", { storage: { getDirectory: async () => disk, estimate: async () => ({ quota: 10 * MB, usage: 0 }) } });
    disk.room = MB;
    expect(await freeBytes(5 * MB)).toBeGreaterThan(0.99 * MB);
    expect(await freeBytes(5 * MB)).toBeLessThanOrEqual(MB);
    expect(await freeBytes(0.5 * MB)).toBe(0.5 * MB);
    disk.room = Infinity;
    expect(await freeBytes(50 * MB)).toBe(10 * MB);
    expect([...disk.inside]).toEqual([]);
  });

  async function sounds(): Promise<string[]> {
    return (await readSittings("ann")).flatMap(({ takes }) => takes.filter(({ bytes }) => bytes > 0).map(({ record }) => record.take));
  }

  it("gives up the sound of the oldest safe takes, and keeps their receipts", async () => {
    await take("late", "c", { began_ms: 9_000 });
    await take("early", "a", { began_ms: 1_000 });
    await take("early", "b", { began_ms: 1_000, first: 300 });
    await makeRoom("ann", 1_500);
    expect(await sounds()).toEqual(["c"]);
    expect(await receiptOf("ann", "a")).toMatchObject({ take_sha256: "9f" });
    expect(await interruptedTakes("ann")).toEqual([]);
  });

  it("keeps what has no receipt, or one that names another hash, however short it is of room", async () => {
    await take("s", "unsent", { receipt: null });
    await take("s", "other", { receipt: "00" });
    await makeRoom("ann", 1_000_000);
    expect((await sounds()).sort()).toEqual(["other", "unsent"]);
  });

  it("has a place on a full device for the file without which a take cannot be sent", async () => {
    await keepReserve();
    const folder = await disk.getDirectoryHandle("take", { create: true });
    disk.room = disk.size(); // not one byte is left
    await writeJson(folder as unknown as FileSystemDirectoryHandle, "manifest.json", { frames: 1 });
    expect(await text(disk, "take/manifest.json")).toBe('{"frames":1}');
    disk.room = disk.size();
    const again = writeJson(folder as unknown as FileSystemDirectoryHandle, "receipt.json", {});
    await expect(again).rejects.toMatchObject({ name: "QuotaExceededError" }); // once only, until there is room for another
  });

  it("is cleared of one's own recordings and of nobody else's", async () => {
    await take("s", "a");
    await put(disk, "speechcorpus/v1/bob/s/sitting.json", "{}");
    await deleteAll("ann");
    expect(await readSittings("ann")).toEqual([]);
    expect(await text(disk, "speechcorpus/v1/bob/s/sitting.json")).toBe("{}");
  });

  it("makes no folder by looking for a receipt that is not there", async () => {
    await take("s", "a");
    expect(await receiptOf("ann", "nowhere")).toBeNull();
    expect((await readSittings("ann")).flatMap(({ takes }) => takes)).toHaveLength(1);
  });
});
