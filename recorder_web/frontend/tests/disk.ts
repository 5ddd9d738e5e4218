/** A disk of the browser that lives in memory and can be full, for the code that runs in the take worker. */

import { vi } from "vitest";

export class Disk {
  durable = new Map<string, number>(); // path -> bytes that a power cut leaves
  readonly files = new Map<string, Uint8Array>();
  /** Whether a write of this file is refused, and how. */
  refuse: (path: string) => string | null = () => null;

  constructor() {
    vi.stubGlobal("navigator", { storage: { getDirectory: async () => this.folder("") } });
  }

  text(path: string): string {
    return new TextDecoder().decode(this.files.get(path));
  }

  json(path: string): unknown {
    return JSON.parse(this.text(path));
  }

  paths(end: string): string[] {
    return [...this.files.keys()].filter((path) => path.endsWith(end));
  }

  private check(path: string): void {
    const name = this.refuse(path);
    if (name !== null) throw new DOMException(path, name);
  }

  private folder(path: string): object {
    const below = (name: string): string => `${path}/${name}`;
    return {
      kind: "directory",
      getDirectoryHandle: async (name: string) => this.folder(below(name)),
      getFileHandle: async (name: string, options?: { create?: boolean }) => this.file(below(name), options?.create ?? false),
      entries: () => this.entries(path),
      removeEntry: async (name: string) => {
        for (const file of [...this.files.keys()]) if (file.startsWith(`${below(name)}/`)) this.files.delete(file);
      },
    };
  }

  private async *entries(path: string): AsyncGenerator<[string, object]> {
    const below = [...this.files.keys()].filter((file) => file.startsWith(`${path}/`)).map((file) => file.slice(path.length + 1).split("/"));
    const folders = new Set(below.filter((parts) => parts.length > 1).map(([name]) => name!));
    for (const name of folders) yield [name, this.folder(`${path}/${name}`)];
  }

  private file(path: string, create: boolean): object {
    if (!this.files.has(path) && !create) throw new DOMException(path, "NotFoundError");
    if (!this.files.has(path)) this.files.set(path, new Uint8Array());
    return {
      getFile: async () => new Blob([this.files.get(path)! as BlobPart]),
      createSyncAccessHandle: async () => (this.check(`${path}#open`), this.handle(path)),
      createWritable: async () => ({
        write: async (text: string) => (this.check(path), this.files.set(path, new TextEncoder().encode(text))),
        close: async () => undefined,
      }),
    };
  }

  private handle(path: string): object {
    const bytes = (): Uint8Array => this.files.get(path)!;
    return {
      write: (from: Uint8Array, { at }: { at: number }) => {
        this.check(path);
        const whole = new Uint8Array(Math.max(bytes().length, at + from.length));
        whole.set(bytes());
        whole.set(from, at);
        this.files.set(path, whole);
        return from.length;
      },
      read: (into: Uint8Array, { at }: { at: number }) => {
        const part = bytes().subarray(at, at + into.length);
        into.set(part);
        return part.length;
      },
      truncate: (size: number) => this.files.set(path, bytes().slice(0, size)),
      flush: () => void (this.durable = new Map([...this.durable, [path, bytes().length]])),
      close: () => undefined,
    };
  }
}
