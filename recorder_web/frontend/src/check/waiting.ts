/** Where this browser keeps what is still to be told of a contributor's takes. */

export function placeOfErrands(contributor: string): string {
  return `speechcorpus-errands-${contributor}`;
}

/** Whether something waits: then whichever page is open tells it. */
export function errandsWait(contributor: string): boolean {
  try {
    return (localStorage.getItem(placeOfErrands(contributor)) ?? "[]") !== "[]";
  } catch {
    return false;
  }
}
