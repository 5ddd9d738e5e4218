/** The capture protocol as the server answers it, at the browser's edge: `fetch`. */

export interface SignIn {
  contributor_ref: string;
  csrf: string;
}

export class Server {
  signedIn: SignIn | null = null;
  up = true;
  otherOpen = false; // on another device
  loseNextAnswer = false;
  after: (line: string) => void = () => undefined;
  readonly sittings = new Map<string, { owner: string; body: string; opened_ms: number }>();
  readonly takes = new Map<string, { owner: string; sitting: string; chunks: Map<number, number>; stored: boolean }>();
  readonly asked: string[] = [];

  readonly fetch = async (address: string, init: RequestInit = {}): Promise<Response> => {
    if (!this.up) throw new TypeError("nobody answers");
    const headers = init.headers as Record<string, string>;
    const line = `${init.method} ${address.replace(/^.*\/api\/v1/, "")}`;
    this.asked.push(line);
    const answer = this.answer(line, headers["X-CSRF-Token"]!, init.body);
    this.after(line);
    if (!this.loseNextAnswer) return answer;
    this.loseNextAnswer = false;
    throw new TypeError("the answer was lost");
  };

  private answer(line: string, token: string, body: unknown): Response {
    if (this.signedIn === null) return refuse(401, "auth.expired");
    if (!line.startsWith("GET") && token !== this.signedIn.csrf) return refuse(403, "auth.csrf");
    if (line === "GET /me") return Response.json(this.signedIn);
    const [method, path] = line.split(" ") as [string, string];
    const [, kind, id, part, index] = path.split("/") as string[];
    return kind === "sittings" ? this.sitting(method, id!, part, String(body)) : this.take(method, id!, part, index, body);
  }

  private sitting(method: string, id: string, part: string | undefined, body: string): Response {
    const known = this.sittings.get(id);
    if (method === "PUT" && known === undefined) {
      if (this.otherOpen && body.includes('"started_offline":false')) return refuse(409, "sitting.other-open");
      this.sittings.set(id, { owner: this.signedIn!.contributor_ref, body, opened_ms: Date.now() });
      return Response.json({ state: "open" }, { status: 201 });
    }
    if (known?.owner !== this.signedIn!.contributor_ref) return refuse(404, "not-found");
    if (part === undefined && known.body !== body) return refuse(409, "id.conflict");
    return Response.json({ state: "open" });
  }

  private take(method: string, id: string, part: string | undefined, index: string | undefined, body: unknown): Response {
    const known = this.takes.get(id);
    const me = this.signedIn!.contributor_ref;
    if (method === "PUT" && part === undefined) {
      const { sitting } = JSON.parse(String(body)) as { sitting: string };
      if (this.sittings.get(sitting)?.owner !== me) return refuse(404, "not-found");
      if (known === undefined) this.takes.set(id, { owner: me, sitting, chunks: new Map(), stored: false });
      return Response.json({ state: "receiving" }, { status: known === undefined ? 201 : 200 });
    }
    if (known?.owner !== me) return refuse(404, "not-found");
    if (method === "GET") return Response.json({ chunks: Object.fromEntries(known.chunks) });
    if (part === "finish") return this.finish(id, JSON.parse(String(body)) as { frames: number; rate_hz: number; take_sha256: string });
    known.chunks.set(Number(index), (body as Uint8Array).length);
    return Response.json({}, { status: 201 });
  }

  private finish(id: string, { frames, rate_hz, take_sha256 }: { frames: number; rate_hz: number; take_sha256: string }): Response {
    const take = this.takes.get(id)!;
    const { body, opened_ms } = this.sittings.get(take.sitting)!;
    const offline = (JSON.parse(body) as { started_offline: boolean }).started_offline;
    if (!offline && frames / rate_hz > (Date.now() - opened_ms) / 1_000 + 5) return refuse(422, "take.too-long");
    take.stored = true;
    return Response.json({ state: "stored", take_sha256, receipt: {} });
  }
}

function refuse(status: number, code: string): Response {
  return Response.json({ code, facts: {}, safe: "unchanged", retry_after_s: null }, { status });
}
