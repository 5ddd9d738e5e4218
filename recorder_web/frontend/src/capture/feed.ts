/** By which way the samples of a track reach the take worker. Found by feature, never by the browser's name. */

import type { CapturePath } from "../take";
import type { Feed } from "./messages";
import { handsOverAudio, readableOf } from "./mstp";

/**
 * What this browser lacks to record what is asked, or null: `path` for terms that ask for every sample counted.
 * Whether a worker can write files at once, it says itself (`scanned`).
 */
export function missingFeature(path: CapturePath | null, wanted: string): "insecure" | "microphone" | "storage" | "stream" | "path" | null {
  if (!isSecureContext) return "insecure";
  if (!navigator.mediaDevices?.getUserMedia) return "microphone";
  if (!navigator.storage?.getDirectory || !navigator.locks) return "storage";
  if (path === null) return "stream";
  return wanted === "mstp" && path !== "mstp" ? "path" : null;
}

/** The safest way this browser has, or null. */
export function capturePath(): CapturePath | null {
  if (handsOverAudio()) return "mstp";
  return typeof AudioWorkletNode === "undefined" ? null : "worklet";
}

export async function openFeed(track: MediaStreamTrack, path: CapturePath): Promise<Feed> {
  if (path === "mstp") return { path, readable: readableOf(track) };
  const { workletFeed } = await import("./worklet"); // most browsers need none of it
  return workletFeed(track);
}

/** What must be handed over with an `open` message. */
export function transferOf(feed: Feed): Transferable[] {
  return [feed.path === "mstp" ? feed.readable : feed.port];
}
