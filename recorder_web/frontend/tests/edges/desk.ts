/** The writer's server as it answers at the browser's edge, `fetch`; and the browser's own disk for words, in memory. */

import type { Draft, Drafts } from "../../src/transcribe/drafts";
import type { Box } from "../../src/transcribe/editor";
import type { TranscribeData } from "../../src/transcribe/lines";

interface Kept {
  segment: string;
  text: string;
  mine: boolean;
}

export class WritersServer {
  signedIn = { contributor_ref: "ann", csrf: "ann-1" };
  up = true;
  refuse: (text: string) => string | null = () => null; // code of a text that is not kept
  loseAnswers = false;
  readonly kept: Kept[] = []; // oldest first
  readonly asked: string[] = [];
  private held: (() => void)[] | null = null;

  /** Answers wait from now on, until they are let go. */
  hold(): () => void {
    const held = (this.held = [] as (() => void)[]);
    return () => {
      this.held = null;
      held.forEach((go) => go());
    };
  }

  readonly fetch = async (address: string, init: RequestInit = {}): Promise<Response> => {
    if (!this.up) throw new TypeError("nobody answers");
    const line = `${init.method} ${address.replace(/^.*\/api\/v1/, "")}`;
    this.asked.push(line);
    const answer = this.answer(line, (init.headers as Record<string, string>)["X-CSRF-Token"]!, init.body);
    if (this.held !== null) await new Promise<void>((go) => this.held!.push(go));
    if (this.loseAnswers) throw new TypeError("the answer was lost");
    return answer;
  };

  private answer(line: string, token: string, body: unknown): Response {
    if (line === "GET /me") return Response.json(this.signedIn);
    if (!line.startsWith("GET") && token !== this.signedIn.csrf) return refusal(403, "auth.csrf");
    if (this.signedIn.contributor_ref !== "ann") return refusal(404, "not-found");
    const asked = JSON.parse(String(body ?? "{}")) as { text: string; sequence: number; base_revision: number };
    if (line.endsWith("/check")) return Response.json({ sequence: asked.sequence, violations: [], fixed: asked.text, edits: [], unclear_syllables: null, unclear_limit: 3 });
    const segment = line.split("/")[2]!;
    if (line.endsWith("/revisions")) return Response.json({ revisions: this.of(segment).map(({ text, mine }, n) => ({ number: n + 1, text, mine, created_at: "" })).reverse() });
    return this.save(segment, asked.text, asked.base_revision);
  }

  of(segment: string): Kept[] {
    return this.kept.filter((kept) => kept.segment === segment);
  }

  private save(segment: string, text: string, base: number): Response {
    const code = this.refuse(text);
    if (code !== null) return refusal(422, code);
    if (base !== this.of(segment).length) return refusal(409, "transcript.revision-conflict");
    this.kept.push({ segment, text, mine: true });
    return Response.json({ revision: this.of(segment).length, text, saved_at: "2026-01-01T00:00:00Z", violations: [], verdict: null });
  }
}

function refusal(status: number, code: string): Response {
  return Response.json({ code }, { status });
}

export class Disk implements Drafts {
  readonly drafts = new Map<string, Draft>();

  async put(draft: Draft): Promise<boolean> {
    this.drafts.set(draft.segment, structuredClone(draft));
    return true;
  }

  async drop(segment: string, text: string): Promise<void> {
    if (this.drafts.get(segment)?.text === text) this.drafts.delete(segment);
  }

  async of(claim: string): Promise<Draft[]> {
    return [...this.drafts.values()].filter((draft) => draft.claim === claim);
  }
}

export class Paper implements Box {
  composing = false;
  caret = 0;
  wrote: (text: string) => void = () => undefined;

  write(text: string): boolean {
    this.wrote(text);
    return true;
  }

  select(): void {}
}

/** A page of two segments, as the server hands it out now. */
export function pageOf(there: WritersServer): TranscribeData {
  const segment = { take: "t", start_sample: 0, rate_hz: 100, version: 1, prompt_text: null, audio: "", duration_s: 3, verdict: null };
  const segments = ["s1", "s2"].map((id, n) => ({ ...segment, id, position: n + 1, text: there.of(id).at(-1)?.text ?? "", revision: there.of(id).length }));
  const claim = { id: "c", fence: 1, marks: "，。", variety: "nan-TW", style: "read" };
  return { api: "/api/v1", csrf: there.signedIn.csrf, locale: "en", contributor_ref: "ann", claim, drafts: false, segments, urls: { record: "", work: "" } };
}
