/** The browser's private file system in memory: as much of it as the recorder's store asks for. */

type Content = Uint8Array<ArrayBuffer>;

export class Folder {
  readonly kind = "directory";
  readonly inside = new Map<string, Folder | Paper>();
  reads = 0; // of files at any depth below the top
  room = Infinity; // bytes that the files below the top may have in all

  private readonly top: Folder | null;

  constructor(top: Folder | null = null) {
    this.top = top;
  }

  async getDirectoryHandle(name: string, { create = false } = {}): Promise<Folder> {
    if (!this.inside.has(name) && create) this.inside.set(name, new Folder(this.top ?? this));
    return this.found(name) as Folder;
  }

  async getFileHandle(name: string, { create = false } = {}): Promise<Paper> {
    if (!this.inside.has(name) && create) this.inside.set(name, new Paper(name, this.top ?? this));
    return this.found(name) as Paper;
  }

  async removeEntry(name: string): Promise<void> {
    this.found(name);
    this.inside.delete(name);
  }

  async *entries(): AsyncGenerator<[string, Folder | Paper]> {
    yield* [...this.inside];
  }

  /** Bytes of all files at any depth. */
  size(): number {
    return [...this.inside.values()].reduce((sum, entry) => sum + (entry instanceof Folder ? entry.size() : entry.content.length), 0);
  }

  private found(name: string): Folder | Paper {
    const entry = this.inside.get(name);
    if (entry === undefined) throw new DOMException(`no ${name}`, "NotFoundError");
    return entry;
  }
}

interface Writable {
  write(data: string | Blob | Content): Promise<void>;
  truncate(bytes: number): Promise<void>;
  abort(): Promise<void>;
  close(): Promise<void>;
}

export class Paper {
  readonly kind = "file";
  content: Content = new Uint8Array();

  private readonly name: string;
  private readonly top: Folder;

  constructor(name: string, top: Folder) {
    this.name = name;
    this.top = top;
  }

  async getFile(): Promise<File> {
    this.top.reads++;
    return new File([this.content], this.name);
  }

  async createWritable(): Promise<Writable> {
    const parts: (string | Blob | Content)[] = [];
    return {
      truncate: async (bytes) => this.check(bytes),
      abort: async () => undefined,
      write: async (data) => void parts.push(data),
      close: async () => this.become(new Uint8Array(await new Blob(parts).arrayBuffer())),
    };
  }

  private become(content: Content): void {
    this.check(content.length);
    this.content = content;
  }

  private check(bytes: number): void {
    if (this.top.size() - this.content.length + bytes > this.top.room) throw new DOMException(this.name, "QuotaExceededError");
  }
}

/** Put a file on the disk, folders and all. */
export async function put(disk: Folder, path: string, content: string | Content): Promise<void> {
  const names = path.split("/");
  let folder = disk;
  for (const name of names.slice(0, -1)) folder = await folder.getDirectoryHandle(name, { create: true });
  const file = await folder.getFileHandle(names.at(-1)!, { create: true });
  file.content = typeof content === "string" ? new TextEncoder().encode(content) : content;
}

/** A file's text, or null. */
export async function text(disk: Folder, path: string): Promise<string | null> {
  let entry: Folder | Paper | undefined = disk;
  for (const name of path.split("/")) entry = entry instanceof Folder ? entry.inside.get(name) : undefined;
  return entry instanceof Paper ? new TextDecoder().decode(entry.content) : null;
}
