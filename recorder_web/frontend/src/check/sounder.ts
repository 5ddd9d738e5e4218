/** Two levels of noise from the loudspeaker, 15 dB apart: what a gain control would pull together. */

const LOUD = 0.25; // of full scale
const APART_DB = 15;

export const NOISE_S = 2;

export class Sounder {
  private context: AudioContext | null = null;

  /** Sound for two seconds; opened within a click, or the browser keeps it silent. */
  play(level: "quiet" | "loud"): void {
    const context = this.open();
    const gain = level === "loud" ? LOUD : LOUD * 10 ** (-APART_DB / 20);
    const source = new AudioBufferSourceNode(context, { buffer: whiteNoise(context) });
    source.connect(new GainNode(context, { gain })).connect(context.destination);
    source.start();
  }

  open(): AudioContext {
    this.context ??= new AudioContext();
    void this.context.resume();
    return this.context;
  }

  close(): void {
    void this.context?.close();
    this.context = null;
  }
}

function whiteNoise(context: AudioContext): AudioBuffer {
  const buffer = context.createBuffer(1, NOISE_S * context.sampleRate, context.sampleRate);
  const samples = buffer.getChannelData(0);
  for (let n = 0; n < samples.length; n++) samples[n] = 2 * Math.random() - 1;
  return buffer;
}
