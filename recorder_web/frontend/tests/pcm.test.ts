import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { canonicalJson, withoutFractions } from "../src/canonical";
import { bytesOf, packInt16, toInt16 } from "../src/pcm";
import { contentDigest, newSha256, sha256Hex } from "../src/sha256";
import { HEADER_BYTES, wavHeader } from "../src/wav";

const CODES = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);

it("returns every one of the 65,536 codes that Chromium turned into floats", () => {
  const floats = Float32Array.from(CODES, (code) => (code < 0 ? code / 32_768 : code / 32_767));
  expect(packInt16(floats)).toEqual(CODES);
});

it("holds what is louder than full scale at full scale", () => {
  expect([1.2, -1.2, 1, -1, 0].map(toInt16)).toEqual([32_767, -32_768, 32_767, -32_768, 0]);
});

it("hashes in pieces as in one", async () => {
  const bytes = bytesOf(CODES);
  const whole = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const pieces = newSha256();
  for (const size of [1, 63, 64, 65, 1_000, 130_000]) {
    pieces.update(bytes.subarray(0, size));
  }
  const expected = createHash("sha256");
  for (const size of [1, 63, 64, 65, 1_000, 130_000]) expected.update(bytes.subarray(0, size));
  expect(sha256Hex(bytes)).toBe(Buffer.from(whole).toString("hex"));
  expect(pieces.hex()).toBe(expected.digest("hex"));
});

it("writes a digest the way RFC 9530 does", () => {
  const hex = createHash("sha256").update("hello").digest("hex");
  expect(contentDigest(hex)).toBe(`sha-256=:${Buffer.from(hex, "hex").toString("base64")}:`);
});

it("puts the canonical 44 bytes before the samples", () => {
  const header = wavHeader({ rate_hz: 48_000, channels: 1, frames: 172_800 });
  const view = new DataView(header.buffer);
  expect(header.length).toBe(HEADER_BYTES);
  expect(new TextDecoder().decode(header.subarray(0, 16))).toBe("RIFF\x24\x46\x05\x00WAVEfmt ");
  expect([view.getUint32(24, true), view.getUint32(28, true), view.getUint16(32, true), view.getUint32(40, true)]).toEqual([
    48_000, 96_000, 2, 345_600,
  ]);
});

it("spells one value in one way", () => {
  expect(canonicalJson({ b: [1, null, true], a: "e\u0301", A: {} })).toBe('{"A":{},"a":"é","b":[1,null,true]}');
});

it("refuses a fraction and writes a device's fractions as text", () => {
  expect(() => canonicalJson({ latency: 0.01 })).toThrow("whole numbers only, got 0.01");
  expect(withoutFractions({ latency: 0.01, channelCount: 2, deviceId: undefined })).toEqual({
    latency: "0.01",
    channelCount: 2,
    deviceId: null,
  });
});
