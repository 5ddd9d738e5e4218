import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const KB = 1000;
const LOCALES = ["zh-Hant", "zh-Hans", "nan-Hant", "en"];
const ISLANDS: Record<string, string[]> = {
  recorder: ["recorder.", "band.", "variety.", "check.repeat."],
  check: ["check.", "band.", "recorder.unit.", "recorder.mic.rate", "recorder.upload.", "recorder.blocked."],
  transcribe: ["recorder.unit.", "transcribe.", "finding.transcript.", ...["claim.", "segment.", "event.", "consent.", "auth.", "not-found", "request.", "quota.", "database.", "storage.", "server."].map((family) => `error.what.${family}`), "draft.failed."],
  inspector: ["inspector.", "band.", "recorder.unit.", "recorder.key.space"],
};
const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "built-"));

interface Chunk {
  file: string;
  name: string;
  isEntry?: boolean;
  imports?: string[];
  css?: string[];
}
let chunks: Record<string, Chunk>;
let files: string[];

beforeAll(() => {
  execFileSync(process.execPath, ["node_modules/vite/bin/vite.js", "build", "--outDir", folder, "--logLevel", "error"], { cwd: root, env: { ...process.env, NODE_ENV: "production" } }); // as it is shipped: the test's own NODE_ENV brings lit's larger development build
  chunks = JSON.parse(readFileSync(join(folder, ".vite/manifest.json"), "utf8"));
  files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

function gzipped(path: string): number {
  return gzipSync(readFileSync(path)).length;
}

function named(part: string): string {
  return files.find((file) => file.includes(part))!;
}

/** Everything a page's first load brings: its entry, what that imports, what every page has, its sentences. */
function firstLoad(entry: string, more: string[] = []): number {
  const wanted = new Set([`src/${entry}.ts`, "src/main.ts"]);
  for (const key of wanted) chunks[key]!.imports?.forEach((other) => wanted.add(other));
  const code = [...wanted].reduce((sum, key) => sum + gzipped(join(folder, chunks[key]!.file)), 0);
  return code + Math.max(...LOCALES.map((locale) => gzipSync(sentences(locale, [...ISLANDS[entry]!, ...more])).length));
}

function sentences(locale: string, prefixes: string[]): string {
  const all = Object.entries(JSON.parse(readFileSync(join(root, `../messages/${locale}.json`), "utf8")) as Record<string, string>);
  return JSON.stringify(Object.fromEntries(all.filter(([key]) => prefixes.some((prefix) => key.startsWith(prefix)))));
}

describe("the built files", () => {
  it.each(Object.keys(ISLANDS))("bring the %s in at most 30 kB, sentences included", (entry) => {
    expect(firstLoad(entry)).toBeLessThanOrEqual(30 * KB);
  });

  it("bring a recorder for two devices with 2 kB more, the sentences of its call; its code comes later", () => {
    expect(firstLoad("recorder", ["call."])).toBeLessThanOrEqual(32 * KB);
    expect(readFileSync(join(folder, chunks["src/recorder.ts"]!.file), "utf8")).not.toContain("RTCPeerConnection({");
    expect(gzipped(named("/desk-"))).toBeLessThanOrEqual(12 * KB);
  });

  it("hold a take worker of at most 12 kB and an upload worker of at most 8", () => {
    expect(gzipped(named("take.worker"))).toBeLessThanOrEqual(12 * KB);
    expect(gzipped(named("upload.worker"))).toBeLessThanOrEqual(8 * KB);
  });

  it("bring a page styles of at most 12 kB, and staff pages at most 12 kB more", () => {
    const styles = files.filter((file) => file.endsWith(".css"));
    expect(styles.map((file) => file.match(/(\w+)-[\w-]+\.css$/)![1]).sort()).toEqual(["main", "staff"]);
    for (const file of styles) expect({ file, kB: gzipped(file) / KB <= 12 }).toEqual({ file, kB: true });
  });

  it("hold no source map, no blob address and nothing fetched from elsewhere", () => {
    expect(files.filter((file) => file.endsWith(".map"))).toEqual([]);
    const code = files.filter((file) => file.endsWith(".js")).map((file) => readFileSync(file, "utf8"));
    expect(code.filter((text) => text.includes("createObjectURL") || text.includes("eval("))).toEqual([]);
    expect(code.join("").match(/["'`]https?:\/\/(?!www\.w3\.org)[^"'`]*/g)).toBeNull();
  });

  it("hold an offline shell in one file of at most 3 kB, as browsers without module workers need it", () => {
    expect(readFileSync(named("/sw-"), "utf8")).not.toMatch(/\bimport\b|\bexport\b/);
    expect(gzipped(named("/sw-"))).toBeLessThanOrEqual(3 * KB);
  });

  it("name workers as files of their own", () => {
    const recorder = readFileSync(join(folder, chunks["src/recorder.ts"]!.file), "utf8");
    expect(recorder).toMatch(/take\.worker-[\w-]+\.js/);
    expect(recorder).toMatch(/upload\.worker-[\w-]+\.js/);
    expect(readFileSync(named("/worklet-"), "utf8")).toMatch(/packets\.worklet-[\w-]+\.js/);
    expect(readFileSync(named("packets.worklet"), "utf8")).not.toMatch(/\bimport\b/);
  });
});

describe("the sources", () => {
  it("have no words of their own in what they draw", () => {
    const drawn = readdirSync(join(root, "src/ui")).map((name) => join(root, "src/ui", name));
    for (const file of [...drawn, join(root, "src/check.ts"), join(root, "src/transcribe.ts"), join(root, "src/inspector.ts"), join(root, "src/inspector/picture.ts"), join(root, "src/inspector/bar.ts"), join(root, "src/recorder.ts")]) {
      const templates = readFileSync(file, "utf8").replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, "");
      const words = [...templates.matchAll(/>([^<>`;={}()]*[\p{L}]{2,}[^<>`;={}()]*)</gu)].map((match) => match[1]!.trim());
      expect({ file, words }).toEqual({ file, words: [] });
    }
  });

  it("let the browser bring back what was written in a form that no island keeps", () => {
    const templates = readdirSync(join(root, "../templates"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".html"));
    const boxes = templates.flatMap((name) => readFileSync(join(root, "../templates", name), "utf8").match(/<textarea[^>]*>/g) ?? []);
    expect(boxes.length).toBeGreaterThan(2);
    expect(boxes.filter((box) => box.includes('autocomplete="off"'))).toEqual([]);
  });

  it("are locked with a hash for every package and no address", () => {
    const text = readFileSync(join(root, "package-lock.json"), "utf8");
    const packages = Object.entries(JSON.parse(text).packages as Record<string, { integrity?: string }>);
    expect(text).not.toMatch(/resolved|https?:/);
    expect(packages.filter(([name, entry]) => name !== "" && !entry.integrity)).toEqual([]);
  });
});
