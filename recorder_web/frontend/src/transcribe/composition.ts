/** Whose event is it: the person's, or the input method's while it composes? Pure. */

export interface KeyEvent {
  key: string;
  keyCode: number;
  isComposing: boolean;
  timeStamp: number;
}

const INPUT_METHOD = 229; // the key code of every key an input method takes for itself
const LATE_MS = 50; // Safari sends the closing keydown after `compositionend`, in the same breath
const CLOSING = ["Enter", " "];

export class Composition {
  active = false;
  private endedAt = -Infinity;

  start(): void {
    this.active = true;
  }

  end(timeStamp: number): void {
    this.active = false;
    this.endedAt = timeStamp;
  }

  /** Whether a key belongs to the input method, so that no shortcut may answer to it. */
  owns({ key, keyCode, isComposing, timeStamp }: KeyEvent): boolean {
    if (this.active || isComposing || keyCode === INPUT_METHOD) return true;
    return CLOSING.includes(key) && timeStamp - this.endedAt < LATE_MS;
  }
}
