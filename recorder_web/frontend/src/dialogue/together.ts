/** Where both are: the topic on their card, and the line whose turn it is. Either side moves both. */

import type { Canonical } from "../canonical";
import type { View } from "../view";
import { linesOf, overrules, type Line, type Place, type Seat } from "./turns";

export interface TogetherHost {
  view(): View;
  goTo(at: number): void;
  send(place: Place): void;
  note(kind: string, facts: Record<string, Canonical>): void;
  draw(): void;
}

export class Together {
  place: Place;
  private readonly host: TogetherHost;

  constructor(host: TogetherHost) {
    this.host = host;
    this.place = { at: host.view().at, line: 0, rev: 0 };
  }

  get seat(): Seat {
    return this.host.view().data.call!.seat;
  }

  /** The lines of this prompt, or null where it is a topic. */
  lines(): Line[] | null {
    const { data, at } = this.host.view();
    return linesOf(data.prompts[at]?.text ?? "");
  }

  /** The page went to another prompt. */
  moved(at: number): void {
    if (at !== this.place.at) this.go({ at, line: 0 });
  }

  /** The next line; false where there is none. */
  next(): boolean {
    const lines = this.lines();
    if (lines === null || this.place.line + 1 >= lines.length) return false;
    this.go({ ...this.place, line: this.place.line + 1 });
    this.noteTurn();
    return true;
  }

  /** A take begins: lines that were said to their end are said from the beginning. */
  begin(): void {
    const last = (this.lines()?.length ?? 0) - 1;
    if (last > 0 && this.place.line >= last) this.go({ ...this.place, line: 0 });
    this.noteTurn();
  }

  /** The other side is somewhere else. */
  hear({ at, line, rev }: Place): void {
    if (!overrules({ at, line, rev }, this.place, this.seat)) return;
    const turned = line !== this.place.line;
    this.place = { at, line, rev };
    this.follow();
    if (turned) this.noteTurn();
  }

  /** Go where both are; a take that runs holds the page where it is. */
  follow(): void {
    if (this.host.view().at !== this.place.at) this.host.goTo(this.place.at);
  }

  private go({ at, line }: Omit<Place, "rev">): void {
    this.place = { at, line, rev: this.place.rev + 1 };
    this.host.send(this.place);
    this.host.draw();
  }

  /** Whose line it is from here on, as evidence in the take that runs. */
  private noteTurn(): void {
    const line = this.lines()?.[this.place.line];
    if (line !== undefined && this.host.view().state === "recording") this.host.note("turn", { line: this.place.line, seat: line.seat });
  }
}
