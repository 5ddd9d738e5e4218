/**
 * The repeat check of a sitting: ten seconds beside the reference, and its reading. It tells whether the gain was moved
 * since the calibration; skipped, the calibration is less certain, and says so. Fetched only when it is due.
 */

import { canonicalJson } from "./canonical";
import { Errands, type Errand, type Outcome } from "./check/errands";
import { energyMean, secondLevels } from "./check/levels";
import { readingOf, unsteadyBy } from "./check/readings";
import type { FromTakeWorker } from "./capture/messages";
import { contributorFolder, fileIn, folderAt, PCM } from "./store/opfs";
import { repeatWords } from "./ui/repeat";
import type { View } from "./view";

export { repeatCard } from "./ui/repeat";

const WARM_UP_S = 5;
const TAKE_S = 10;
const AGREES_DB = 1;

/** How a repeat check stands; while it is `open` the sitting waits for it. */
export interface Repeat {
  phase: "ask" | "warm-up" | "running" | "reading" | "sent" | "agrees" | "differs" | "refused" | "skipped";
  left_s?: number;
  take?: string;
  level_dbfs?: number;
  moved_db?: number | null; // too far for a steady sound
  difference_db?: number; // calibrated level less the reading
  said?: string; // the same for those who do not see it
}

interface Host {
  view(): View;
  set(change: Partial<View>): void;
  begin(): void; // a take of the track `check`
  end(): void;
  done(): void; // the sitting may go on
}

export class Repeating {
  private readonly host: Host;
  private readonly errands: Errands;
  private ending = false;

  constructor(host: Host) {
    this.host = host;
    this.errands = new Errands(host.view().data, (errand, outcome) => this.answered(errand, outcome));
  }

  ask(): void {
    this.set({ phase: "ask" });
  }

  /** Let the sound settle, then record. */
  async measure(): Promise<void> {
    for (let left_s = WARM_UP_S; left_s > 0; left_s--) {
      this.set({ phase: "warm-up", left_s });
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      if (this.now?.phase !== "warm-up") return; // the microphone went meanwhile, or it was skipped
    }
    this.ending = false;
    this.set({ phase: "running", left_s: TAKE_S });
    this.host.begin();
  }

  /** The take grows. */
  grown(): void {
    if (this.now?.phase !== "running" || this.ending) return;
    const left_s = Math.max(0, TAKE_S - this.host.view().take_s);
    this.set({ left_s });
    if (left_s > 0) return;
    this.ending = true;
    this.host.end();
  }

  /** The take is on disk: its level is read from there. */
  async taken({ take, rate_hz }: Extract<FromTakeWorker, { type: "ended" }>, sitting: string): Promise<void> {
    const folder = await folderAt(await contributorFolder(this.host.view().data.contributor_ref), [sitting, take]);
    const codes = new Int16Array(await (await fileIn(folder, PCM))!.arrayBuffer());
    const seconds = secondLevels(codes, rate_hz);
    this.set({ phase: "reading", take, level_dbfs: energyMean(seconds), moved_db: unsteadyBy(seconds) });
  }

  /** What the reference showed; the sitting goes on, the server reckons the same. */
  read(typed: string): void {
    const reading_dba = readingOf(typed);
    const { calibration } = this.host.view();
    const repeat = this.now;
    if (reading_dba === null || calibration === null || repeat === null) return;
    const difference_db = repeat.level_dbfs! + Number(calibration.offset_db) - Number(reading_dba);
    this.set({ phase: Math.abs(difference_db) <= AGREES_DB ? "sent" : "differs", difference_db });
    this.errands.add({ kind: "repeat", path: `/calibrations/${calibration.id}/repeats/${repeat.take}`, body: canonicalJson({ reading_dba }) });
    this.host.done();
  }

  skip(): void {
    this.set({ phase: "skipped" });
    this.host.done();
  }

  private get now(): Repeat | null {
    return this.host.view().repeat;
  }

  private answered(errand: Errand, outcome: Outcome): void {
    const repeat = this.now;
    if (errand.kind !== "repeat" || outcome.state === "waiting" || repeat?.take === undefined || !errand.path.endsWith(repeat.take)) return;
    if (outcome.state === "refused") return this.set({ phase: "refused" });
    this.set({ phase: outcome.answer["agrees"] === true ? "agrees" : "differs", difference_db: Number(outcome.answer["difference_db"]) });
  }

  private set(change: Partial<Repeat>): void {
    const repeat: Repeat = { phase: "ask", ...this.now, ...change };
    this.host.set({ repeat: { ...repeat, said: repeatWords(repeat) } });
  }
}
