/** Runs in the audio graph: hands blocks of the microphone to the take worker, joined to some ten milliseconds. */

const BLOCKS = 4; // of 128 frames: fewer messages, and no gap shorter than a stall

class Packets extends AudioWorkletProcessor {
  private to: MessagePort | null = null;
  private blocks: Float32Array<ArrayBuffer>[][] = [];
  private over = false;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<MessagePort | null>) => {
      if (data === null) this.end();
      else this.to = data;
    };
  }

  process([channels = []]: Float32Array[][]): boolean {
    if (channels.length > 0) this.blocks.push(channels.slice(0, 2).map((block) => block.slice()));
    if (this.blocks.length >= BLOCKS) this.send();
    return !this.over;
  }

  private end(): void {
    this.send();
    this.over = true;
    this.to?.postMessage(null);
  }

  /** A second channel counts only if all blocks have it: where the input changes, the first one goes on. */
  private send(): void {
    const count = Math.min(...this.blocks.map((channels) => channels.length));
    const packet = Array.from({ length: Number.isFinite(count) ? count : 0 }, (_, channel) => joined(this.blocks.map((channels) => channels[channel]!)));
    this.blocks = [];
    if (packet.length > 0) this.to?.postMessage(packet, packet.map(({ buffer }) => buffer));
  }
}

function joined(blocks: Float32Array<ArrayBuffer>[]): Float32Array<ArrayBuffer> {
  const whole = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    whole.set(block, at);
    at += block.length;
  }
  return whole;
}

registerProcessor("packets", Packets);
