/** Typed requests of the capture protocol, and its refusals. */

import { contentDigest, sha256Hex } from "../sha256";
import type { Canonical } from "../canonical";
import { canonicalJson } from "../canonical";
import type { Answer } from "./policy";
import type { ChunkPlace, Manifest } from "../take";

const HUNG_MS = 300_000; // a connection that died without a word; two chunks at 3 kB/s would still arrive

export class Refusal extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`${answer.status} ${answer.code}`);
    this.answer = answer;
  }
}

export type Finished = { state: "assembling"; retry_after_s: number } | { state: "stored"; take_sha256: string; receipt: Canonical };

export class Api {
  csrf: string;
  private readonly root: string;

  constructor(root: string, csrf: string) {
    this.root = root;
    this.csrf = csrf;
  }

  /** Take up this browser's sign-in if it is the contributor's own; a token goes with one sign-in only. */
  async renew(contributor: string): Promise<void> {
    const me = await this.json<{ contributor_ref: string; csrf: string }>(await this.send("GET", "/me"));
    if (me.contributor_ref !== contributor) throw refusal(401, "auth.other-account");
    if (me.csrf === this.csrf) throw refusal(503, "auth.csrf"); // it is not the token that was refused
    this.csrf = me.csrf;
  }

  /** Returns whether the server had never heard of it. */
  async putJson(path: string, body: string): Promise<boolean> {
    return (await this.send("PUT", path, body, { "Content-Type": "application/json" })).status === 201;
  }

  async post<T>(path: string, body: string): Promise<T> {
    return this.json(await this.send("POST", path, body, { "Content-Type": "application/json" }));
  }

  async chunkIndices(take: string): Promise<Set<number>> {
    const answer = await this.json<{ chunks: Record<string, string> }>(await this.send("GET", `/takes/${take}/chunks`));
    return new Set(Object.keys(answer.chunks).map(Number));
  }

  async putChunk(take: string, place: ChunkPlace, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.send("PUT", `/takes/${take}/chunks/${place.index}`, bytes, {
      "Content-Type": "application/octet-stream",
      "Content-Digest": contentDigest(sha256Hex(bytes)),
      "Speechcorpus-First-Sample": String(place.first_sample),
      "Speechcorpus-Frames": String(place.frames),
    });
  }

  async finish(take: string, manifest: Manifest): Promise<Finished> {
    const body = canonicalJson(manifest);
    const response = await this.send("POST", `/takes/${take}/finish`, body, { "Content-Type": "application/json" });
    const retry_after_s = retryAfter(response) ?? 1;
    return response.status === 202 ? { state: "assembling", retry_after_s } : this.json<Finished>(response);
  }

  private async send(
    method: string,
    path: string,
    body?: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const init: RequestInit = { method, headers: { ...headers, "X-CSRF-Token": this.csrf }, signal: AbortSignal.timeout(HUNG_MS) };
    if (body !== undefined) init.body = body;
    let response: Response;
    try {
      response = await fetch(this.root + path, init);
    } catch {
      throw refusal(0, "network");
    }
    if (!response.ok) throw new Refusal(await refused(response));
    return response;
  }

  private async json<T>(response: Response): Promise<T> {
    try {
      return (await response.json()) as T;
    } catch {
      throw refusal(0, "network"); // the answer was cut off
    }
  }
}

function refusal(status: number, code: string): Refusal {
  return new Refusal({ status, code, retry_after_s: null });
}

async function refused(response: Response): Promise<Answer> {
  const { code = "unknown", retry_after_s, facts = {} } = (await response.json().catch(() => ({}))) as Partial<Answer>;
  return { status: response.status, code, retry_after_s: retry_after_s ?? retryAfter(response), facts };
}

/** Seconds from now, of a header that has seconds or a date; what is neither is no number. */
function retryAfter({ headers }: Response): number | null {
  const text = headers.get("Retry-After");
  if (text === null) return null;
  const seconds = Number(text);
  return Number.isNaN(seconds) ? (Date.parse(text) - Date.now()) / 1_000 : seconds;
}
