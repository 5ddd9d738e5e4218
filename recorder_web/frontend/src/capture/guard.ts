/** Who may use the microphone now, and why not. */

const PATIENCE_MS = 2_000;

/**
 * One tab records at a time; held until the tab is gone.
 *
 * Waited for a moment: a page that was just left, and a service worker that looks whether a sitting is open, hold it too.
 */
export function holdLock(patience_ms = PATIENCE_MS): Promise<boolean> {
  return new Promise((resolve) => {
    const held = (): Promise<never> => {
      resolve(true);
      return new Promise(() => undefined);
    };
    navigator.locks.request("speechcorpus-sitting", { signal: AbortSignal.timeout(patience_ms) }, held).catch(() => resolve(false));
  });
}

/** Why the microphone did not open: the last part of a sentence's key. */
export function problemOf(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError") return "denied";
  return name === "NotFoundError" ? "no-microphone" : "busy";
}
