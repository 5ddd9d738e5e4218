/** Characters as people count and delete them: 𪜶, o̍ and o͘ are one step each. Pure. */

const cutter = new Intl.Segmenter("zh-Hant", { granularity: "grapheme" });

/** How many characters a person sees. */
export function graphemes(text: string): number {
  return [...cutter.segment(text)].length;
}

/** Where the character before a place begins; the place itself at the start of the text. */
export function stepBefore(text: string, at: number): number {
  return at <= 0 ? 0 : cutter.segment(text).containing(at - 1)!.index;
}

/** Where the character after a place ends. */
export function stepAfter(text: string, at: number): number {
  if (at >= text.length) return text.length;
  const { index, segment } = cutter.segment(text).containing(at)!;
  return index + segment.length;
}

/** Spoken characters: each Han character, each syllable of a word in Latin letters. */
export function spokenCharacters(text: string): number {
  return text.match(/\p{Script=Han}|[\p{Script=Latin}\p{N}][\p{Script=Latin}\p{N}\p{M}]*/gu)?.length ?? 0;
}
