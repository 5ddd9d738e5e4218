/** What both ways deliver, as one stream of packets. Runs in the take worker. */

import type { Feed } from "./messages";

export interface Packet {
  rate_hz: number;
  first: Float32Array; // the channel that is kept
  second: Float32Array | null; // only looked at
}

/** Packets until there are no more, or until nobody asks for the next one. */
export async function* packetsOf(feed: Feed): AsyncGenerator<Packet> {
  const reader = (feed.path === "mstp" ? feed.readable : ofPort(feed.port)).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield packetOf(next.value, feed);
  } finally {
    await reader.cancel().catch(() => undefined); // a stream that broke says so to whoever reads
  }
}

function packetOf(value: AudioData | Float32Array[], feed: Feed): Packet {
  if (Array.isArray(value)) return { rate_hz: feed.path === "worklet" ? feed.rate_hz : 0, first: value[0]!, second: value[1] ?? null };
  try {
    const { sampleRate: rate_hz, numberOfChannels: channels } = value;
    return { rate_hz, first: plane(value, 0), second: channels > 1 ? plane(value, 1) : null };
  } finally {
    value.close();
  }
}

function plane(data: AudioData, planeIndex: number): Float32Array {
  const samples = new Float32Array(data.numberOfFrames);
  data.copyTo(samples, { planeIndex, format: "f32-planar" });
  return samples;
}

/** Nothing is left out however late the worker reads: a port keeps what was posted. */
function ofPort(port: MessagePort): ReadableStream<Float32Array[]> {
  return new ReadableStream({
    start(control) {
      port.onmessage = ({ data }: MessageEvent<Float32Array[] | null>) => {
        if (data !== null) return control.enqueue(data);
        control.close();
        port.close();
      };
    },
    cancel: () => port.close(),
  });
}
