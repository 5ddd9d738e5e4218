/** The track as a stream of blocks with their sample counts, to be handed to the take worker. */

const MAX_BUFFER = 2_000; // packets, 20 s: what a hanging worker may be late without loss

/**
 * Whether this browser hands over blocks of an *audio* track: some have the processor for pictures only.
 * Tried on a track that needs no microphone, since it must be known before one is asked for.
 */
export function handsOverAudio(): boolean {
  if (typeof MediaStreamTrackProcessor === "undefined") return false;
  const connection = new RTCPeerConnection();
  try {
    new MediaStreamTrackProcessor({ track: connection.addTransceiver("audio").receiver.track });
    return true;
  } catch {
    return false;
  } finally {
    connection.close();
  }
}

export function readableOf(track: MediaStreamTrack): ReadableStream<AudioData> {
  return new MediaStreamTrackProcessor({ track, maxBufferSize: MAX_BUFFER }).readable;
}
