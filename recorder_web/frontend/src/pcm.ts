/** Samples as the file holds them: signed 16 bit, little-endian, channel 0 only. Pure. */

/**
 * The integer code of one float sample.
 *
 * Chromium scales codes to floats by 32768 below zero and by 32767 above; this inverse returns all
 * 65,536 codes, the symmetric one breaks 150 more steps of a ramp (measured).
 */
export function toInt16(x: number): number {
  const code = Math.round(x < 0 ? x * 32768 : x * 32767);
  return Math.max(-32768, Math.min(32767, code));
}

/** Codes of a block of float samples. */
export function packInt16(samples: Float32Array): Int16Array<ArrayBuffer> {
  const codes = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) codes[i] = toInt16(samples[i]!);
  return codes;
}

/** The bytes of codes as they go to disk; every browser's machine is little-endian. */
export function bytesOf(codes: Int16Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength);
}
