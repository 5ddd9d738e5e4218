/** What the offline shell does with a request; pure. Only `sw.ts` may import this: it has to stay one file. */

export type Way =
  | "asset" // its name holds its hash: the copy here is as good as the server's
  | "page" // the recorder or the sound check of a claim: the server's, else the copy here
  | "start" // leads on to one of them
  | "other" // a contributor's other page: the server's, else a few words
  | "leave" // somebody signs out or in: no copy of a page may outlive it
  | "network"; // not touched

export interface Asked {
  method: string;
  mode: string;
  path: string;
}

const PAGE = /^\/(record|check)\/[^/]+$/;
const START = /^\/(record|check)$/;
const LEAVE = /^\/(sign-out|join\/exchange)$/;
const UNTOUCHED = /^\/(api|static|staff|releases|healthz|icons|connect)(\/|$)/;

export function wayOf({ method, mode, path }: Asked): Way {
  if (method === "POST") return LEAVE.test(path) ? "leave" : "network";
  if (method !== "GET") return "network";
  if (path.startsWith("/static/assets/")) return "asset";
  if (mode !== "navigate") return "network";
  if (PAGE.test(path)) return "page";
  if (START.test(path)) return "start";
  return UNTOUCHED.test(path) ? "network" : "other";
}

export type Keeping = "store" | "forget" | "forget-all" | "nothing";

/** What an answer of the server does to the copy of a page that a contributor's name is written on. */
export function keepingOf(status: number, redirected: boolean, contributor: string | null): Keeping {
  if (status === 401 || status === 403) return "forget-all"; // nobody, or no longer
  if (status === 404 || status === 410) return "forget";
  return status === 200 && !redirected && contributor !== null ? "store" : "nothing";
}

/** Caches of assets that no page needs any more: neither this build's, nor that of a page still kept. */
export function unneeded(caches: string[], prefix: string, builds: ReadonlySet<string>): string[] {
  return caches.filter((name) => name.startsWith(prefix) && !builds.has(name.slice(prefix.length)));
}

/** The copy a start leads to: the one kept last, of the same kind. */
export function lastOf(paths: string[], start: string): string | null {
  return paths.findLast((path) => path.startsWith(`${start}/`)) ?? null;
}
