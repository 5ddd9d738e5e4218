/**
 * The way round for browsers that hand over no blocks of a track: an audio graph at the device's own rate.
 * Such a graph may drop or repeat blocks while its frame count stays continuous, so its takes are labelled.
 */

import address from "./packets.worklet?worker&url";
import type { Feed } from "./messages";

const WATCH_MS = 250;

/** Packets of a track on a port for the take worker, until the track ends. */
export async function workletFeed(track: MediaStreamTrack): Promise<Feed> {
  const { sampleRate } = track.getSettings();
  const context = new AudioContext(sampleRate === undefined ? {} : { sampleRate }); // any other rate would be resampled
  await context.audioWorklet.addModule(address);
  const node = new AudioWorkletNode(context, "packets", { numberOfOutputs: 0, channelCountMode: "max" });
  new MediaStreamAudioSourceNode(context, { mediaStream: new MediaStream([track]) }).connect(node);
  const { port1, port2 } = new MessageChannel();
  node.port.postMessage(port1, [port1]);
  await context.resume();
  closeWith(track, context, node);
  return { path: "worklet", port: port2, rate_hz: context.sampleRate };
}

/** An audio graph goes on with zeros when its track is over, and `stop()` fires no event: look at it. */
function closeWith(track: MediaStreamTrack, context: AudioContext, node: AudioWorkletNode): void {
  const watch = setInterval(() => {
    if (track.readyState !== "ended") return;
    clearInterval(watch);
    node.port.postMessage(null);
    void context.close();
  }, WATCH_MS);
}
