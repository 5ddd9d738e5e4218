/** Lets the recorder open again while the server is away; where the browser will not, everything else works. */
export function keepShell(): void {
  addEventListener("load", () => {
    navigator.serviceWorker
      ?.register("/sw.js")
      .then((registration) => addEventListener("pagehide", () => registration.waiting?.postMessage("after-sitting")))
      .catch(() => undefined); // a certificate that is not installed, a private window
  });
}
