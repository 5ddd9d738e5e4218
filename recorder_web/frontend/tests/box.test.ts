import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { TextBox } from "../src/transcribe/box";

class Area extends EventTarget {
  value = "";
  selectionStart = 0;
  selectionEnd = 0;
}

beforeEach(() => vi.stubGlobal("document", Object.assign(new EventTarget(), { activeElement: null })));
afterEach(() => vi.unstubAllGlobals());

it("composes no longer once another text box is in hand", () => {
  const typed = vi.fn();
  const box = new TextBox({ typed, composing: () => undefined, moved: () => undefined, left: () => undefined });
  const [one, other] = [new Area(), new Area()];
  box.attach(one as unknown as HTMLTextAreaElement, "");
  one.dispatchEvent(new Event("compositionstart"));
  expect(box.composing).toBe(true);
  box.attach(other as unknown as HTMLTextAreaElement, "台");
  expect(box.composing).toBe(false);
  other.dispatchEvent(new Event("input"));
  expect(typed).toHaveBeenCalledTimes(1);
});
