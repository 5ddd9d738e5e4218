/** What a screen reader is told: each thing once, when it has become another thing; several in one breath. Pure. */

export interface Part {
  kind: string; // changes when there is something new to say
  text: string;
}

export type Said = Record<string, string>; // name of a part -> its kind when it was last told

/** The sentences to say now, none if nothing is new; and what is told then. */
export function announcement(parts: Record<string, Part>, said: Said): { texts: string[]; said: Said } {
  const fresh = Object.entries(parts).filter(([name, { kind }]) => said[name] !== kind);
  const kinds = Object.fromEntries(Object.entries(parts).map(([name, { kind }]) => [name, kind]));
  const texts = fresh.map(([, { text }]) => text).filter((text) => text !== "");
  return { texts, said: kinds };
}
