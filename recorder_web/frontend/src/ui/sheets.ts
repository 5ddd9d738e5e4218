/** What stands over the editor when it is asked for: its keys, earlier texts of a segment, words without a segment. Fetched after the page stands. */

import { html, type TemplateResult } from "lit/html.js";
import { t } from "../messages";
import type { Draft } from "../transcribe/drafts";
import type { Editor } from "../transcribe/editor";
import { isFree, numberOf, type Line } from "../transcribe/lines";
import { ACTIONS, USUAL, writeChords, type Action, type Chords } from "../transcribe/shortcuts";
import { historyPanel, type History } from "./history";
import { keySheet, type KeySetter, type KeySheet } from "./key-sheet";

const FREE_ONLY: Action[] = ["split", "merge", "cut-undo"]; // a read prompt is one segment
const TRACKS_ONLY: Action[] = ["solo-mine", "solo-theirs", "mute-mine", "mute-theirs"]; // of two people

export interface SheetParts {
  editor: Editor;
  chords(): Chords;
  setChords(chords: Chords): void;
  redraw(): void;
  drawNow(): void; // before a sheet is opened
}

export class Sheets {
  private readonly parts: SheetParts;
  private sheet: KeySheet = { asking: null, refused: null };
  private history: History | null = null;
  private readonly setter: KeySetter = {
    asking: () => this.sheet.asking,
    ask: (asking) => this.show({ asking, refused: null }),
    refuse: (refused) => this.show({ ...this.sheet, refused }),
    set: (action, chord) => this.set({ ...this.parts.chords(), [action]: chord }),
    usual: () => this.set({ ...USUAL }),
  };

  constructor(parts: SheetParts) {
    this.parts = parts;
  }

  drawn(): TemplateResult {
    const { editor, chords } = this.parts;
    const left: Action[] = [...(isFree(editor.data) ? [] : FREE_ONLY), ...(editor.data.claim.style === "dialogue" ? [] : TRACKS_ONLY)];
    const actions = ACTIONS.filter((action) => !left.includes(action));
    return html`${historyPanel(editor, this.history, () => void this.readHistory(), () => this.closeHistory())} ${keySheet(chords(), actions, this.sheet, this.setter)}`;
  }

  openKeys(): void {
    this.parts.drawNow();
    (document.getElementById("key-sheet") as HTMLDialogElement).showModal();
  }

  async openHistory(line: Line): Promise<void> {
    const { data, lines } = this.parts.editor;
    this.history = { line, at: numberOf(data, lines, line), revisions: null, failed: false, whole: true };
    await this.readHistory();
    this.parts.drawNow();
    (document.getElementById("history-panel") as HTMLDialogElement).showModal();
  }

  private async readHistory(): Promise<void> {
    if (this.history === null) return;
    const known = this.history.revisions ?? [];
    const found = await this.parts.editor.history(this.history.line, known.at(-1)?.number ?? null);
    const revisions = [...known, ...(found ?? [])];
    this.history = { ...this.history, revisions, failed: found === null, whole: found === null || (revisions.at(-1)?.number ?? 1) === 1 };
    this.parts.redraw();
  }

  private closeHistory(): void {
    this.history = null;
    this.parts.redraw();
  }

  private show(sheet: KeySheet): void {
    this.sheet = sheet;
    this.parts.redraw();
  }

  private set(chords: Chords): void {
    this.parts.setChords(chords);
    this.show({ asking: null, refused: writeChords(localStorage, chords) ? null : t("transcribe.keys.forgotten") });
  }
}

/** Words of a segment that was joined to another on another device: shown until somebody decides. */
export function lostWords(editor: Editor): TemplateResult[] {
  return editor.lost.map((lost: Draft) => html`<section class="card stack" role="alert" data-lost=${lost.segment}>
    <p>${t("transcribe.lost")}</p>
    <p class="read--s" lang=${editor.data.claim.variety}>${lost.text}</p>
    <p class="row"><button type="button" class="btn btn--small" data-lost-put @click=${() => void editor.take(lost)}>${t("transcribe.lost.put")}</button><button type="button" class="btn btn--small btn--danger" data-lost-drop @click=${() => editor.forget(lost)}>${t("transcribe.lost.drop")}</button></p>
  </section>`);
}
