/** Who may use the microphone now, and why not. */

/** One tab records at a time; held until the tab is gone. */
export function holdLock(): Promise<boolean> {
  return new Promise((resolve) => {
    void navigator.locks.request("speechcorpus-sitting", { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise(() => undefined);
    });
  });
}

/** Why the microphone did not open: the last part of a sentence's key. */
export function problemOf(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError") return "denied";
  return name === "NotFoundError" ? "no-microphone" : "busy";
}
