/** What all parts of the take worker share. */

import type { Endings } from "./endings";
import type { FromTakeWorker } from "./messages";

/** Whom a stream serves: the page, the uploads, and the worker that ends it when it falls silent. */
export interface House {
  contributor: string;
  uploads: MessagePort;
  endings: Endings;
  tell(message: FromTakeWorker): void;
  silent(): void;
}

/** Milliseconds on the clock that page and worker share. */
export function monotonic(): number {
  return performance.timeOrigin + performance.now();
}
