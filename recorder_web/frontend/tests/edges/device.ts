/** The browser's private file system on a real folder of this machine: as long as a disk, and open handles die with a crash. */

import { closeSync, existsSync, fstatSync, ftruncateSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

export class Device {
  flushes = 0;
  private readonly open = new Map<string, { alive: boolean }>(); // a file has one handle at a time
  private readonly at: string;

  constructor(at: string) {
    this.at = at;
  }

  get storage(): object {
    return { getDirectory: async () => this.folder(this.at) };
  }

  /** Everything that ran is gone, and nothing of it can write any more. */
  crash(): void {
    for (const handle of this.open.values()) handle.alive = false;
    this.open.clear();
  }

  private folder(path: string): object {
    return {
      kind: "directory",
      getDirectoryHandle: async (name: string, { create = false } = {}) => {
        if (create) mkdirSync(join(path, name), { recursive: true });
        found(join(path, name));
        return this.folder(join(path, name));
      },
      getFileHandle: async (name: string, { create = false } = {}) => {
        if (create && !existsSync(join(path, name))) writeFileSync(join(path, name), "");
        found(join(path, name));
        return this.file(join(path, name));
      },
      removeEntry: async (name: string) => (found(join(path, name)), rmSync(join(path, name), { recursive: true })),
      entries: () => this.entries(path),
    };
  }

  private async *entries(path: string): AsyncGenerator<[string, object]> {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      yield [entry.name, entry.isDirectory() ? this.folder(join(path, entry.name)) : this.file(join(path, entry.name))];
    }
  }

  private file(path: string): object {
    return {
      kind: "file",
      getFile: async () => new Slice(path, 0, statSync(path).size),
      createSyncAccessHandle: async () => this.handle(path),
      createWritable: async () => {
        let content = "";
        return { write: async (text: string) => void (content = text), close: async () => writeFileSync(path, content) };
      },
    };
  }

  private handle(path: string): object {
    if (this.open.has(path)) throw new DOMException(path, "NoModificationAllowedError");
    const mine = { alive: true };
    this.open.set(path, mine);
    const file = openSync(path, "r+");
    const use = <T>(work: () => T): T => {
      if (mine.alive) return work();
      throw new DOMException(path, "InvalidStateError");
    };
    return {
      write: (bytes: Uint8Array, { at }: { at: number }) => use(() => writeSync(file, bytes, 0, bytes.length, at)),
      read: (bytes: Uint8Array, { at }: { at: number }) => use(() => readSync(file, bytes, 0, bytes.length, at)),
      truncate: (size: number) => use(() => ftruncateSync(file, size)),
      getSize: () => use(() => fstatSync(file).size),
      flush: () => use(() => void this.flushes++),
      close: () => {
        closeSync(file);
        if (mine.alive) this.open.delete(path);
      },
    };
  }
}

function found(path: string): void {
  if (!existsSync(path)) throw new DOMException(path, "NotFoundError");
}

/** A part of a file that is read when it is asked for, and not before. */
class Slice {
  readonly size: number;
  private readonly path: string;
  private readonly from: number;

  constructor(path: string, from: number, to: number) {
    [this.path, this.from, this.size] = [path, from, Math.max(0, to - from)];
  }

  slice(from: number, to = this.size): Slice {
    return new Slice(this.path, this.from + from, this.from + Math.min(to, this.size));
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = new Uint8Array(this.size);
    const file = openSync(this.path, "r");
    readSync(file, bytes, 0, this.size, this.from);
    closeSync(file);
    return bytes.buffer;
  }

  async text(): Promise<string> {
    return this.size === 0 ? "" : readFileSync(this.path, "utf8");
  }
}
