/** The text box of the segment in hand: the only place that touches its text, and never while an input method composes. */

import type { Box } from "./editor";
import { Composition } from "./composition";
import { stepAfter, stepBefore } from "./graphemes";
import { changeBetween } from "./text";

export interface BoxEvents {
  typed(text: string, how?: string): void; // the browser's name of what was done
  composing(): void;
  moved(caret: number): void;
  left(): void;
}

const LINE_BREAKS = ["insertLineBreak", "insertParagraph"]; // a transcript is one line
const DELETES = ["deleteContentBackward", "deleteContentForward"];

export class TextBox implements Box {
  private composition = new Composition();
  private readonly events: BoxEvents;
  private element: HTMLTextAreaElement | null = null;

  constructor(events: BoxEvents) {
    this.events = events;
    document.addEventListener("selectionchange", () => {
      if (this.focused && !this.composing) this.events.moved(this.caret);
    });
  }

  get composing(): boolean {
    return this.composition.active;
  }

  get caret(): number {
    return this.element?.selectionEnd ?? 0;
  }

  get selection(): { from: number; to: number } {
    return { from: this.element?.selectionStart ?? 0, to: this.element?.selectionEnd ?? 0 };
  }

  get focused(): boolean {
    return this.element !== null && document.activeElement === this.element;
  }

  /** Take over a text box that was drawn anew, for another segment. */
  attach(element: HTMLTextAreaElement, text: string): void {
    if (this.element === element) return;
    this.element = element;
    this.composition = new Composition(); // what was composed in a box that is gone never ends
    element.value = text;
    element.addEventListener("compositionstart", () => this.began());
    element.addEventListener("compositionend", ({ timeStamp }) => this.ended(timeStamp));
    element.addEventListener("input", (event) => this.input(event as InputEvent));
    element.addEventListener("beforeinput", (event) => this.before(event));
    element.addEventListener("blur", () => !this.composing && this.events.left());
  }

  focus(): void {
    this.element?.focus();
  }

  /** Whether a key belongs to the input method. */
  owns(event: KeyboardEvent): boolean {
    return this.composition.owns(event);
  }

  write(text: string, caret: number): boolean {
    const { element } = this;
    if (element === null || this.composing) return false;
    const { from, to, by } = changeBetween(element.value, text);
    element.focus();
    if (from < to || by !== "") this.replace(element, from, to, by);
    element.setSelectionRange(caret, caret);
    return true;
  }

  select(from: number, to: number): void {
    this.element?.focus();
    this.element?.setSelectionRange(from, to);
  }

  undo(): void {
    if (this.composing) return;
    this.element?.focus();
    document.execCommand("undo");
  }

  /** Replace a part so that the browser's own undo takes it back in one step. */
  private replace(element: HTMLTextAreaElement, from: number, to: number, by: string): void {
    const wanted = element.value.slice(0, from) + by + element.value.slice(to);
    element.setSelectionRange(from, to);
    const done = by === "" ? document.execCommand("delete") : document.execCommand("insertText", false, by);
    if (done && element.value === wanted) return;
    element.value = wanted; // a browser without the command: the words are right, its undo is poorer
    this.events.typed(wanted);
  }

  private began(): void {
    this.composition.start();
    this.events.composing();
  }

  private ended(timeStamp: number): void {
    this.composition.end(timeStamp);
    this.events.typed(this.element!.value);
  }

  private input({ isComposing, inputType }: InputEvent): void {
    if (!isComposing && !this.composing) this.events.typed(this.element!.value, inputType);
  }

  private before(event: InputEvent): void {
    if (event.isComposing || this.composing) return;
    if (LINE_BREAKS.includes(event.inputType)) event.preventDefault();
    if (DELETES.includes(event.inputType)) this.deleteWhole(event, event.inputType === DELETES[0]);
  }

  /** Delete a whole character as people see it, where the browser would leave half of it. */
  private deleteWhole(event: InputEvent, backward: boolean): void {
    const { value, selectionStart: from, selectionEnd: to } = this.element!;
    if (from !== to) return;
    const [start, end] = backward ? [stepBefore(value, from), from] : [from, stepAfter(value, from)];
    if (end - start < 2) return;
    event.preventDefault();
    this.replace(this.element!, start, end, "");
  }
}
