/** The canonical 44-byte header: with it in front, a take's PCM is the master the server keeps. Pure. */

export const HEADER_BYTES = 44;
const FORMAT_PCM = 1;
const BYTES_PER_SAMPLE = 2;

export interface PcmShape {
  rate_hz: number;
  channels: number;
  frames: number;
}

/** Header of a PCM 16 WAV file; follows from rate, channels and frames alone. */
export function wavHeader({ rate_hz, channels, frames }: PcmShape): Uint8Array<ArrayBuffer> {
  const block = channels * BYTES_PER_SAMPLE;
  const bytes = frames * block;
  const view = new DataView(new ArrayBuffer(HEADER_BYTES));
  ascii(view, 0, "RIFF");
  view.setUint32(4, bytes + HEADER_BYTES - 8, true);
  ascii(view, 8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, FORMAT_PCM, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate_hz, true);
  view.setUint32(28, rate_hz * block, true);
  view.setUint16(32, block, true);
  view.setUint16(34, BYTES_PER_SAMPLE * 8, true);
  ascii(view, 36, "data");
  view.setUint32(40, bytes, true);
  return new Uint8Array(view.buffer);
}

function ascii(view: DataView, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) view.setUint8(at + i, text.charCodeAt(i));
}
