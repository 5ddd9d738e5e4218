/** Keys a person may set as they like; kept in this browser. Pure but for the storage it is handed. */

export const ACTIONS = [
  "play",
  "back",
  "forward",
  "listen",
  "problem",
  "problem-back",
  "choose-1",
  "choose-2",
  "choose-3",
  "choose-4",
  "next",
  "previous",
  "span",
  "find",
  "split",
  "merge",
  "cut-undo",
  "solo-mine",
  "solo-theirs",
  "mute-mine",
  "mute-theirs",
  "leave",
] as const;
export type Action = (typeof ACTIONS)[number];
export type Chords = Record<Action, string>;

export const USUAL: Chords = {
  play: "Tab",
  back: "Ctrl+ArrowLeft",
  forward: "Ctrl+ArrowRight",
  listen: "Alt+Enter",
  problem: "Alt+ArrowDown",
  "problem-back": "Alt+ArrowUp",
  "choose-1": "Alt+1",
  "choose-2": "Alt+2",
  "choose-3": "Alt+3",
  "choose-4": "Alt+4",
  next: "Ctrl+Enter",
  previous: "Ctrl+Shift+Enter",
  span: "Alt+M",
  find: "Alt+H",
  split: "Alt+X",
  merge: "Alt+J",
  "cut-undo": "Alt+Z",
  "solo-mine": "Alt+A",
  "solo-theirs": "Alt+S",
  "mute-mine": "Alt+Shift+A",
  "mute-theirs": "Alt+Shift+S",
  leave: "Escape",
};

const PLACE = "speechcorpus.keys";
const MODIFIERS = ["Control", "Alt", "Shift", "Meta", "AltGraph"];
const ALONE = /^(?:Tab|Escape|F\d{1,2}|Shift\+(?:Tab|F\d{1,2}))$/; // every other key alone writes or moves
const WITH = /^(?:Ctrl\+|Alt\+|Meta\+)/;
const FACES: Record<string, string> = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", " ": "Space" };

export interface Pressed {
  key: string;
  code: string;
  ctrlKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  metaKey: boolean;
}

/** The name of what is pressed; null for a modifier alone. */
export function chordOf({ key, code, ctrlKey, altKey, shiftKey, metaKey }: Pressed): string | null {
  if (MODIFIERS.includes(key)) return null;
  const [, digit, letter] = /^(?:Digit(\d)|Key([A-Z]))$/.exec(code) ?? []; // Alt changes what they write on some keyboards
  const name = digit ?? (altKey && !/^[a-z]$/i.test(key) ? letter : undefined) ?? (key.length === 1 && key !== " " ? key.toUpperCase() : key);
  return [ctrlKey && "Ctrl", altKey && "Alt", shiftKey && "Shift", metaKey && "Meta", name].filter(Boolean).join("+");
}

/** Whether AltGr is held to write a character. Firefox on macOS says so of Option as well, which is Alt there. */
export function writesWithAltGr(event: Pick<KeyboardEvent, "altKey" | "getModifierState">): boolean {
  return event.getModifierState("AltGraph") && !event.altKey;
}

/** Whether a chord can be a shortcut in a text field without taking a letter or a step of the caret away. */
export function allowed(chord: string): boolean {
  return WITH.test(chord) || ALONE.test(chord);
}

/** What is pressed, as it stands on the keys. */
export function faces(chord: string): string[] {
  return chord.split(/\+(?=.)/).map((name) => FACES[name] ?? name);
}

export function actionOf(chords: Chords, chord: string | null): Action | null {
  return ACTIONS.find((action) => chords[action] === chord) ?? null;
}

/** Why a chord cannot be set for an action, or null if it can. */
export function objection(chords: Chords, action: Action, chord: string): "plain" | Action | null {
  if (!allowed(chord)) return "plain";
  return ACTIONS.find((other) => other !== action && chords[other] === chord) ?? null;
}

/** The keys this person set; whatever cannot be read is as usual. */
export function readChords(storage: Pick<Storage, "getItem">): Chords {
  const chords = { ...USUAL };
  for (const [action, chord] of Object.entries(stored(storage))) {
    if (action in USUAL && typeof chord === "string" && allowed(chord)) chords[action as Action] = chord;
  }
  return new Set(Object.values(chords)).size === ACTIONS.length ? chords : { ...USUAL };
}

function stored(storage: Pick<Storage, "getItem">): Record<string, unknown> {
  try {
    return (JSON.parse(storage.getItem(PLACE) ?? "{}") ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Keep what differs from usual; false where the browser keeps nothing. */
export function writeChords(storage: Pick<Storage, "setItem">, chords: Chords): boolean {
  const own = Object.fromEntries(Object.entries(chords).filter(([action, chord]) => USUAL[action as Action] !== chord));
  try {
    storage.setItem(PLACE, JSON.stringify(own));
    return true;
  } catch {
    return false;
  }
}
