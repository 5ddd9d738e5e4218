/** With which version of this browser a microphone's path was tested last: after an update it is tested again. */

const TESTED = "speechcorpus-tested";

/** Whether this browser is another version now than when it tested this microphone; unknown is no. */
export function updatedSince(label_sha256: string): boolean {
  const then = tested()[label_sha256];
  return then !== undefined && then !== navigator.userAgent;
}

export function rememberTested(label_sha256: string): void {
  try {
    localStorage.setItem(TESTED, JSON.stringify({ ...tested(), [label_sha256]: navigator.userAgent }));
  } catch {
    // then only the server knows of the test
  }
}

function tested(): Record<string, string> {
  try {
    return (JSON.parse(localStorage.getItem(TESTED) ?? "{}") ?? {}) as Record<string, string>;
  } catch {
    return {};
  }
}
