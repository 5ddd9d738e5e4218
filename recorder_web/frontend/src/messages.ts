/** Sentences of this page's language; the catalogue is the server's, its keys are checked at build. */

import { pageJson } from "./data";
import type catalogue from "../../messages/zh-Hant.json";

export type Key = keyof typeof catalogue;

const PLACEHOLDER = /\{(\w+)\}/g;
let sentences: Record<string, string> = {};

/** Read the sentences the page carries. */
export function loadMessages(): void {
  sentences = pageJson<Record<string, string>>("messages") ?? {};
}

/** The sentence of a key with its facts put in; the key itself where the page forgot it. */
export function t(key: Key, facts: Record<string, string | number> = {}): string {
  return (sentences[key] ?? key).replace(PLACEHOLDER, (whole, name: string) => String(facts[name] ?? whole));
}

/** The same for a key made from a code; `other` when nobody wrote a sentence for it. */
export function sentenceFor(prefix: string, code: string, other: Key, facts: Record<string, string | number> = {}): string {
  const key = `${prefix}${code}`;
  return t((key in sentences ? key : other) as Key, facts);
}
