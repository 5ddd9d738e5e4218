/** The right channel of a stereo file as our server writes it: the other person's track. Pure. */

const HEADER_BYTES = 44;

export function rightOf(file: ArrayBuffer): Int16Array {
  const both = new Int16Array(file, HEADER_BYTES);
  return Int16Array.from({ length: both.length >> 1 }, (_, at) => both[2 * at + 1]!);
}
