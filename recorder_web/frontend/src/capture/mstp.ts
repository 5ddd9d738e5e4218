/** The track as a stream of blocks with their sample counts, to be handed to the take worker. */

const MAX_BUFFER = 2_000; // packets, 20 s: what a hanging worker may be late without loss

/** What this browser lacks to record safely, or null. Found by feature, never by the browser's name. */
export function missingFeature(): "insecure" | "microphone" | "storage" | "stream" | null {
  if (!isSecureContext) return "insecure";
  if (!navigator.mediaDevices?.getUserMedia) return "microphone";
  if (!navigator.storage?.getDirectory || !navigator.locks) return "storage";
  return typeof MediaStreamTrackProcessor === "undefined" ? "stream" : null;
}

export function readableOf(track: MediaStreamTrack): ReadableStream<AudioData> {
  return new MediaStreamTrackProcessor({ track, maxBufferSize: MAX_BUFFER }).readable;
}
