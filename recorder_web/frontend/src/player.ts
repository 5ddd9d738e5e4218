/** Plays a part of a recording from memory: blob addresses fail on some systems, buffers do not. */

export class Player {
  private context: AudioContext | null = null;
  private source: AudioBufferSourceNode | null = null;
  private started_s = 0;
  private offset_s = 0;
  private rate = 1;

  /** A buffer of 16-bit codes. */
  fromCodes(codes: Int16Array, rate_hz: number): AudioBuffer {
    const buffer = new AudioBuffer({ length: Math.max(1, codes.length), numberOfChannels: 1, sampleRate: rate_hz });
    buffer.copyToChannel(Float32Array.from(codes, (code) => code / 32768), 0);
    return buffer;
  }

  /** A buffer of a WAV file as the server sends it. */
  async fromAddress(address: string): Promise<AudioBuffer | null> {
    const response = await fetch(address);
    return response.ok ? this.audio().decodeAudioData(await response.arrayBuffer()) : null;
  }

  /** Play [from, to) seconds, once or in a loop; resolves when it ends or is stopped. */
  play(buffer: AudioBuffer, from_s = 0, to_s = buffer.duration, { loop = false, rate = 1 } = {}): Promise<void> {
    this.stop();
    const context = this.audio();
    void context.resume();
    const source = new AudioBufferSourceNode(context, { buffer, playbackRate: rate, loop, loopStart: from_s, loopEnd: to_s });
    source.connect(context.destination);
    [this.source, this.started_s, this.offset_s, this.rate] = [source, context.currentTime, from_s, rate];
    if (loop) source.start(0, from_s);
    else source.start(0, from_s, Math.max(0, to_s - from_s));
    return new Promise((resolve) => {
      source.onended = () => {
        if (this.source === source) this.source = null;
        resolve();
      };
    });
  }

  stop(): void {
    this.source?.stop();
    this.source = null;
  }

  get playing(): boolean {
    return this.source !== null;
  }

  /** Where in the buffer it plays now. */
  get at_s(): number {
    if (this.source === null) return this.offset_s;
    const at = this.offset_s + (this.audio().currentTime - this.started_s) * this.rate;
    const { loop, loopStart, loopEnd } = this.source;
    return loop && loopEnd > loopStart ? loopStart + ((at - loopStart) % (loopEnd - loopStart)) : at;
  }

  private audio(): AudioContext {
    return (this.context ??= new AudioContext());
  }
}
