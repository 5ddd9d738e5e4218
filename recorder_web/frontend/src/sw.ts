/**
 * The offline shell: the recorder opens again while the server is away. It never touches what is recorded.
 * Pages are copied for one contributor at a time. A new build waits until no sitting is open.
 */

import { keepingOf, lastOf, unneeded, wayOf } from "./shell/rules";

interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}

interface Fetching extends Lasting {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

interface Scope {
  readonly build: { readonly id: string; readonly assets: string[] }; // the server writes it before this code
  readonly registration: ServiceWorkerRegistration;
  readonly clients: { claim(): Promise<void>; matchAll(wanted: object): Promise<{ readonly url: string }[]> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate" | "message", does: (event: Lasting) => void): void;
  addEventListener(type: "fetch", does: (event: Fetching) => void): void;
}

const shell = self as unknown as Scope;
const ASSETS = "speechcorpus-assets-";
const PAGES = "speechcorpus-pages";
const OFFLINE = "/offline";
const SITTING = "speechcorpus-sitting"; // the lock a page holds while it records
const MOST_PAGES = 12;
const PATIENCE_MS = 5_000; // a network that says nothing is none, where there is a copy

shell.addEventListener("install", (event) => event.waitUntil(install()));
shell.addEventListener("activate", (event) => event.waitUntil(activate()));
shell.addEventListener("message", (event) => event.waitUntil(settle(true)));
shell.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (origin !== location.origin) return;
  const way = wayOf({ method, mode, path: pathname });
  if (way === "asset") return event.respondWith(asset(event.request));
  if (way === "leave") return event.respondWith(leave(event.request));
  if (way === "network") return;
  shell.registration.waiting?.postMessage("after-sitting"); // the page that goes says so too; one of both arrives
  event.respondWith(page(event, pathname, way));
});

async function install(): Promise<void> {
  await (await caches.open(ASSETS + shell.build.id)).addAll(shell.build.assets);
  await settle(false);
}

async function activate(): Promise<void> {
  await shell.clients.claim();
  const open = await shell.clients.matchAll({ type: "window", includeUncontrolled: true });
  const paths = [...(await kept()), ...open.map(({ url }) => new URL(url).pathname)];
  const pages = [...new Set(paths)].filter((path) => wayOf({ method: "GET", mode: "navigate", path }) === "page");
  for (const path of pages) {
    await fetch(path)
      .then((answer) => keep(path, answer))
      .catch(() => undefined); // away: the old copy stays, and the assets of its build
  }
  await tidy();
}

/** Take the place of the old build when no sitting is open; `wait` for the one that is just closing. */
async function settle(wait: boolean): Promise<void> {
  await navigator.locks.request(SITTING, { ifAvailable: !wait }, (lock) => {
    if (lock !== null) void shell.skipWaiting();
  });
}

async function asset(request: Request): Promise<Response> {
  const known = await caches.match(request);
  if (known !== undefined) return known;
  const answer = await fetch(request);
  const mine = ASSETS + shell.build.id; // gone once a newer build took over: a late answer must not bring it back
  if (answer.ok && (await caches.has(mine))) await (await caches.open(mine)).put(request, answer.clone());
  return answer;
}

async function leave(request: Request): Promise<Response> {
  await caches.delete(PAGES); // first: it holds even if the server cannot be told
  const answer = await fetch(request);
  await caches.delete(PAGES);
  return answer;
}

async function page(event: Fetching, path: string, way: "page" | "start" | "other"): Promise<Response> {
  const network = fetch(event.request).then(async (answer) => {
    if (way === "page") await keep(path, answer.clone());
    return answer;
  });
  event.waitUntil(network.catch(() => undefined)); // a late answer still becomes the copy
  const copy = way === "page" ? await copyOf(path) : undefined;
  const late = new Promise<undefined>((resolve) => copy && setTimeout(resolve, PATIENCE_MS));
  const answer = await Promise.race([network.catch(() => undefined), late]);
  if (answer !== undefined && !isAway(answer.status, way)) return answer;
  return copy ?? (way === "start" ? await onward(path) : null) ?? (await copyOf(OFFLINE)) ?? answer ?? Response.error();
}

/** A proxy speaks for a server that is away; a recorder with a copy does without one that fails, too. */
function isAway(status: number, way: "page" | "start" | "other"): boolean {
  return way === "page" ? status >= 500 : status >= 502 && status <= 504;
}

async function onward(start: string): Promise<Response | null> {
  const path = lastOf(await kept(), start);
  return path === null ? null : Response.redirect(path);
}

async function copyOf(path: string): Promise<Response | undefined> {
  return (await caches.open(PAGES)).match(path);
}

/** Paths of the pages that are kept, the last one last. */
async function kept(): Promise<string[]> {
  return (await (await caches.open(PAGES)).keys()).map(({ url }) => new URL(url).pathname);
}

async function keep(path: string, answer: Response): Promise<void> {
  const person = answer.headers.get("Speechcorpus-Contributor");
  const does = keepingOf(answer.status, answer.redirected, person);
  if (does === "forget-all") await caches.delete(PAGES);
  if (does === "forget") await (await caches.open(PAGES)).delete(path);
  if (does !== "store") return;
  await forgetOthers(person);
  await put(path, answer);
  const words = await fetch(OFFLINE);
  if (words.ok) await put(OFFLINE, words);
  await tidy();
}

/** No copy of one person's page beside another's. */
async function forgetOthers(person: string | null): Promise<void> {
  const cache = await caches.open(PAGES);
  for (const request of await cache.keys()) {
    const whose = (await cache.match(request))?.headers.get("Speechcorpus-Contributor");
    if (whose !== person) await cache.delete(request);
  }
}

async function put(path: string, answer: Response): Promise<void> {
  const cache = await caches.open(PAGES);
  await cache.delete(path); // to be the last one
  await cache.put(path, answer);
  const pages = await cache.keys();
  for (const old of pages.slice(0, Math.max(0, pages.length - MOST_PAGES))) await cache.delete(old);
}

/** Drop the assets of builds that no kept page was made by. */
async function tidy(): Promise<void> {
  const cache = await caches.open(PAGES);
  const builds = new Set([shell.build.id]);
  for (const request of await cache.keys()) builds.add((await cache.match(request))?.headers.get("Speechcorpus-Build") ?? "");
  for (const name of unneeded(await caches.keys(), ASSETS, builds)) await caches.delete(name);
}
