/** A claim is written in one window at a time: two would keep their unsaved words at the same place. */

const PATIENCE_MS = 1_000; // a page that was just left may hold it for a moment

/** Wait to be the only window of a claim, and stay so until the window is gone; `waiting` is called, and true returned, if there was another. */
export function alone(claim: string, waiting: () => void): Promise<boolean> {
  const { locks } = navigator as Partial<Pick<Navigator, "locks">>;
  if (locks === undefined) return Promise.resolve(false); // not at an insecure address
  return new Promise((resolve) => {
    let waited = false;
    const timer = setTimeout(() => {
      waited = true;
      waiting();
    }, PATIENCE_MS);
    void locks.request(`speechcorpus-words-${claim}`, () => {
      clearTimeout(timer);
      resolve(waited);
      return new Promise(() => undefined);
    });
  });
}
