/** The random number of a draw: made here, because one of the server's could be aimed at its seed. */

const BYTES = 16;

export function nonce(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) => crypto.getRandomValues(bytes)): string {
  return Array.from(random(new Uint8Array(BYTES)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Fills the field of every form that joins a draw; a second tap sends the same number and has one effect. */
export function fillNonces(page: Document): void {
  for (const field of page.querySelectorAll<HTMLInputElement>("input[data-nonce]")) field.value = nonce();
}
