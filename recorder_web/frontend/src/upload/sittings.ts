/** The sittings of this device as the server is told of them: registered, paused, closed. Runs in a worker. */

import { tryWriteJson, type LocalSitting } from "../store/opfs";
import { sittingBody, type SittingRecord } from "../take";
import { Refusal, type Api } from "./requests";

const LATE_MS = 3_000; // the server grants 5 s between a sitting's begin and its registration

/** The hashes of a sitting's takes, or null while one of them still waits. */
export type Arrived = (sitting: string) => Promise<Record<string, string> | null>;

export class Sittings {
  readonly known = new Map<string, LocalSitting>();
  current: string | null = null; // the one of this visit: earlier ones make way for it, it for none
  private readonly registered = new Set<string>();
  private readonly inTime = new Set<string>(); // refused for another open one: the server was there, they are not late
  private readonly api: Api;
  private readonly arrived: Arrived;

  constructor(api: Api, arrived: Arrived) {
    this.api = api;
    this.arrived = arrived;
  }

  async register(id: string): Promise<void> {
    if (this.registered.has(id)) return;
    await this.makeWay(id);
    await this.tell(this.known.get(id)!);
    this.registered.add(id);
  }

  /** Forget that the server knows a sitting. */
  forget(id: string): void {
    this.registered.delete(id);
  }

  /**
   * What the server was once told never changes, and of a request without an answer nobody knows whether it
   * was heard. So a sitting told too late says so, and goes back to its first words if those had arrived.
   */
  private async tell(sitting: LocalSitting): Promise<void> {
    const late = !this.inTime.has(sitting.record.sitting) && isLate(sitting.record, Date.now());
    await keep(sitting, { started_offline: sitting.record.started_offline || late });
    try {
      await this.put(sitting);
    } catch (error) {
      const { record } = sitting;
      const code = error instanceof Refusal ? error.answer.code : null;
      if (code === "sitting.other-open") this.inTime.add(record.sitting);
      if (code !== "id.conflict" || !record.started_offline) throw error;
      await this.put({ ...sitting, record: { ...record, started_offline: false } });
      await keep(sitting, { started_offline: false });
    }
    await keep(sitting, { registered: true });
  }

  private async put({ record }: LocalSitting): Promise<void> {
    await this.api.putJson(`/sittings/${record.sitting}`, sittingBody(record));
  }

  /** A person has one open sitting: earlier ones are closed, or paused while something of them waits. */
  async makeWay(coming: string): Promise<void> {
    for (const [id, sitting] of this.known) {
      if (id === coming || id === this.current || sitting.closed || sitting.takes.some((take) => take.manifest === null)) continue;
      if (!(await this.close(id))) await this.pause(id);
    }
  }

  async pause(sitting: string): Promise<void> {
    await this.post(`/sittings/${sitting}/heartbeat`, { elapsed: 0, unsent_bytes: 0, state: "paused" });
  }

  /** Close a sitting of which everything has arrived; returns whether it is closed now. */
  async close(id: string): Promise<boolean> {
    const sitting = this.known.get(id);
    if (sitting === undefined || sitting.closed) return true;
    const takes = await this.arrived(id);
    if (takes === null) return false;
    await this.post(`/sittings/${id}/close`, { takes });
    await tryWriteJson(sitting.folder, "closed.json", { closed_ms: Date.now() });
    sitting.closed = true;
    return true;
  }

  private async post(path: string, body: object): Promise<void> {
    try {
      await this.api.post(path, JSON.stringify(body));
    } catch (error) {
      const unknown = error instanceof Refusal && error.answer.status === 404; // it was never told of
      if (!unknown) throw error;
    }
  }
}

async function keep(sitting: LocalSitting, change: Partial<SittingRecord>): Promise<void> {
  const before = JSON.stringify(sitting.record);
  sitting.record = { ...sitting.record, ...change };
  if (JSON.stringify(sitting.record) !== before) await tryWriteJson(sitting.folder, "sitting.json", sitting.record);
}

/** Whether the server would count a sitting's time from too late a moment. */
function isLate({ registered, began_ms }: SittingRecord, now_ms: number): boolean {
  return !registered && began_ms !== undefined && now_ms - began_ms > LATE_MS;
}
