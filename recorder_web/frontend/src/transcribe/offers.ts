/** Hàn-jī for a romanised word: asked for, listed, put in by the person; nothing is chosen beforehand. */

import type { Editor } from "./editor";
import type { Line } from "./lines";
import { passing, type Offer, type OfferedWord, type Server } from "./server";

const ROMAN = /[\p{Script=Latin}\p{M}\p{N}ⁿ-]+/gu;
const MOST = 200; // characters the server takes

export interface Offered {
  line: string;
  text: string; // the whole text the places are of
  from: number; // where the word begins in it
  words: OfferedWord[];
}

export class Offers {
  shown: Offered | null = null;
  none: "nothing" | "no-word" | "offline" | "refused" | null = null; // why there is no list
  private readonly server: Server;
  private readonly editor: Editor;
  private readonly changed: () => void;

  constructor(server: Server, editor: Editor, changed: () => void) {
    this.server = server;
    this.editor = editor;
    this.changed = changed;
  }

  /** Ask for what is selected, else for the romanised word at the caret. */
  async ask(line: Line, from: number, to: number): Promise<void> {
    Object.assign(this, { shown: null, none: null });
    const place = from < to ? ([from, to] as const) : romanAt(line.text, from);
    const word = place === null ? "" : line.text.slice(...place);
    if (place === null || word.length > MOST) return this.without("no-word");
    const { text } = line;
    const answer = await this.server.candidates(line.id, word);
    if (line.text !== text || this.editor.current !== line) return; // typed on
    if (answer.body === null) return this.without(passing(answer) ? "offline" : "refused");
    const words = answer.body.words.filter(({ candidates }) => candidates.length > 0);
    if (words.length === 0) return this.without("nothing");
    this.shown = { line: line.id, text, from: place[0], words };
    this.changed();
  }

  private without(why: NonNullable<Offers["none"]>): void {
    this.none = why;
    this.changed();
  }

  /** The list in hand, as long as the words are the ones it was made for. */
  of(line: Line): Offered | null {
    return this.shown !== null && this.shown.line === line.id && this.shown.text === line.text ? this.shown : null;
  }

  /** All offers in the order they are listed. */
  listed(offered: Offered): { word: OfferedWord; offer: Offer }[] {
    return offered.words.flatMap((word) => word.candidates.map((offer) => ({ word, offer })));
  }

  /** Take the n-th of the list; false if no list is in hand. */
  choose(line: Line, nth: number): boolean {
    const offered = this.of(line);
    if (offered === null) return false;
    const chosen = this.listed(offered)[nth - 1];
    if (chosen !== undefined) this.take(line, offered, chosen.word, chosen.offer);
    return true;
  }

  take(line: Line, { from }: Offered, { start_utf16, end_utf16 }: OfferedWord, { han }: Offer): void {
    this.shown = null;
    this.editor.replace(line, { from: from + start_utf16, to: from + end_utf16, by: han });
  }

  close(): void {
    Object.assign(this, { shown: null, none: null });
    this.changed();
  }
}

/** The romanised word a caret stands in or at the edge of. Pure. */
export function romanAt(text: string, caret: number): [number, number] | null {
  for (const { index, 0: word } of text.matchAll(ROMAN)) {
    if (index <= caret && caret <= index + word.length && /\p{Script=Latin}/u.test(word)) return [index, index + word.length];
  }
  return null;
}
