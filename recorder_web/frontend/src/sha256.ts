/** SHA-256 in pieces: `SubtleCrypto` wants all bytes at once, and a take may have a thousand million. Pure. */

import { _SHA256 } from "@noble/hashes/sha2.js"; // the class itself: its wrapper brings options nobody sets

export interface Sha256 {
  update(bytes: Uint8Array): Sha256;
  hex(): string;
}

/** A hash to be fed piece by piece. */
export function newSha256(): Sha256 {
  const state = new _SHA256();
  const hash: Sha256 = {
    update(bytes) {
      state.update(bytes);
      return hash;
    },
    hex: () => hexOf(state.digest()),
  };
  return hash;
}

/** The hash of bytes that are all here, as 64 hexadecimal digits. */
export function sha256Hex(bytes: Uint8Array): string {
  return newSha256().update(bytes).hex();
}

/** `Content-Digest` of RFC 9530 for a hash given in hexadecimal digits. */
export function contentDigest(hex: string): string {
  const pairs = hex.match(/../g) ?? [];
  return `sha-256=:${btoa(String.fromCharCode(...pairs.map((pair) => parseInt(pair, 16))))}:`;
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
