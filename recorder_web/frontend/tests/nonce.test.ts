import { describe, expect, it } from "vitest";
import { fillNonces, nonce } from "../src/nonce";

describe("the random number of a draw", () => {
  it("is sixteen bytes in small hex digits, leading zeros kept", () => {
    expect(nonce((bytes) => bytes.fill(7))).toBe("07".repeat(16));
    expect(nonce()).toMatch(/^[0-9a-f]{32}$/);
  });

  it("is another one each time", () => {
    expect(new Set(Array.from({ length: 100 }, () => nonce())).size).toBe(100);
  });

  it("fills every form that joins a draw, and no other field", () => {
    const fields = [{ value: "" }, { value: "" }];
    const asked: string[] = [];
    fillNonces({ querySelectorAll: (what: string) => (asked.push(what), fields) } as unknown as Document);
    expect(asked).toEqual(["input[data-nonce]"]);
    expect(fields.every((field) => /^[0-9a-f]{32}$/.test(field.value))).toBe(true);
    expect(fields[0]!.value).not.toBe(fields[1]!.value);
  });
});
