import { afterEach, describe, expect, test, vi } from "vitest";
import { knowsPasskeys, make, read, show, written } from "../src/passkey";

const bytes = (...values: number[]): ArrayBuffer => new Uint8Array(values).buffer;

afterEach(() => vi.unstubAllGlobals());

describe("base64url", () => {
  test("any bytes come back", () => {
    for (let length = 0; length < 70; length += 1) {
      const some = Uint8Array.from({ length }, (_, at) => (at * 89 + length * 7) % 256);
      expect([...read(written(some.buffer))]).toEqual([...some]);
    }
  });

  test("there is no letter that an address or a form would change", () => {
    expect(written(bytes(251, 255))).toBe("-_8");
    expect(written(bytes(251, 255, 254, 1))).toMatch(/^[\w-]+$/);
  });
});

describe("a device", () => {
  test("is asked with bytes and answers in letters", async () => {
    const create = vi.fn(async () => ({ rawId: bytes(1), response: { clientDataJSON: bytes(2), attestationObject: bytes(3), getTransports: () => ["internal"] } }));
    const get = vi.fn(async () => ({ rawId: bytes(1), response: { clientDataJSON: bytes(2), authenticatorData: bytes(4), signature: bytes(5), userHandle: bytes(6) } }));
    vi.stubGlobal("navigator", { credentials: { create, get } });
    const rp = { id: "localhost", name: "speechcorpus" };
    const pubKeyCredParams: PublicKeyCredentialParameters[] = [{ type: "public-key", alg: -7 }];
    const made = await make({ rp, pubKeyCredParams, challenge: "AQI", user: { id: "Aw", name: "Ia", displayName: "Ia" } });
    expect(made).toEqual({ id: "AQ", clientDataJSON: "Ag", attestationObject: "Aw", transports: ["internal"] });
    const asked = (create.mock.calls as unknown as [{ publicKey: PublicKeyCredentialCreationOptions }][])[0]?.[0].publicKey;
    expect([...new Uint8Array(asked?.challenge as ArrayBuffer)]).toEqual([1, 2]);
    const shown = await show({ challenge: "AQI", allowCredentials: [{ type: "public-key", id: "AQ" }] });
    expect(shown).toEqual({ id: "AQ", clientDataJSON: "Ag", authenticatorData: "BA", signature: "BQ", userHandle: "Bg" });
  });

  test("is not asked on a page that is neither TLS nor localhost", () => {
    vi.stubGlobal("isSecureContext", false);
    vi.stubGlobal("PublicKeyCredential", class {});
    expect(knowsPasskeys()).toBe(false);
    vi.stubGlobal("isSecureContext", true);
    expect(knowsPasskeys()).toBe(true);
  });
});
