/** Keeps the screen on from the first moment at which Space records until the page goes; says when it may not. */

export type Awake = "held" | "refused";

export class Wake {
  private readonly tell: (awake: Awake) => void;
  private wanted = false;

  constructor(tell: (awake: Awake) => void) {
    this.tell = tell;
  }

  /** From now on; asked once more each time it is armed. */
  want(): void {
    this.wanted = true;
    this.seen();
  }

  /** The page is in front again: the system lets go of the lock whenever it is not. */
  seen(): void {
    if (!this.wanted || document.visibilityState !== "visible") return;
    (navigator.wakeLock?.request("screen") ?? Promise.reject(new Error("no wake lock here"))).then(
      (lock) => {
        this.tell("held");
        lock.addEventListener("release", () => document.visibilityState === "visible" && this.tell("refused")); // a low battery
      },
      () => document.visibilityState === "visible" && this.tell("refused"),
    );
  }
}
