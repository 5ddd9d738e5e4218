import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { chooseMicrophone, microphones } from "../src/capture/choice";
import { openMicrophone } from "../src/capture/source";

const BUILT_IN = { kind: "audioinput", deviceId: "a1", groupId: "g1", label: "Built-in" };
const HEADSET = { kind: "audioinput", deviceId: "b2", groupId: "g2", label: "Headset" };
const SYSTEM = { ...BUILT_IN, deviceId: "default", label: "Default" };
const SPEAKER = { kind: "audiooutput", deviceId: "s1", groupId: "g1", label: "Speaker" };

let plugged: (typeof BUILT_IN)[];
let asked: unknown[];
let stopped: string[];
let denied: boolean;
let processing: Record<string, boolean>;

function opened(device: typeof BUILT_IN): unknown {
  const track = { label: device.label, stop: () => stopped.push(device.deviceId), getSettings: () => ({ deviceId: device.deviceId, groupId: device.groupId, ...processing }) };
  return { getAudioTracks: () => [track] };
}

async function getUserMedia({ audio }: { audio: { deviceId?: { exact: string } } }): Promise<unknown> {
  asked.push(audio.deviceId?.exact ?? null);
  if (denied) throw new DOMException("no", "NotAllowedError");
  const wanted = audio.deviceId === undefined ? SYSTEM : plugged.find(({ deviceId }) => deviceId === audio.deviceId!.exact);
  if (wanted === undefined) throw new DOMException("gone", "OverconstrainedError");
  return opened(wanted);
}

beforeEach(() => {
  const kept = new Map<string, string>();
  [plugged, asked, stopped, denied] = [[SYSTEM, BUILT_IN, HEADSET], [], [], false];
  processing = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  vi.stubGlobal("localStorage", { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) });
  vi.stubGlobal("navigator", { userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", mediaDevices: { getUserMedia, enumerateDevices: async () => [...plugged, SPEAKER] } });
});
afterEach(() => vi.unstubAllGlobals());

describe("the microphone", () => {
  it("is the system's own by its own id until one is chosen", async () => {
    const source = await openMicrophone("salt");
    expect([asked, stopped, source.label]).toEqual([[null, "a1"], ["default"], "Built-in"]);
    chooseMicrophone("b2");
    expect((await openMicrophone("salt")).label).toBe("Headset");
    expect(asked.slice(2)).toEqual(["b2"]);
  });

  it("is the system's own again while the chosen one is not plugged in", async () => {
    chooseMicrophone("b2");
    plugged = [SYSTEM, BUILT_IN];
    expect((await openMicrophone("salt")).label).toBe("Built-in");
    expect(asked).toEqual(["b2", null, "a1"]);
  });

  it("is not asked for a second time by somebody who said no", async () => {
    chooseMicrophone("b2");
    denied = true;
    await expect(openMicrophone("salt")).rejects.toThrow("no");
    expect(asked).toEqual(["b2"]);
  });

  it("tells its identity hashed with the contributor, and system and browser in words", async () => {
    const [mine, theirs] = [await openMicrophone("me"), await openMicrophone("you")].map(({ device }) => device as Record<string, string | null>);
    expect(mine).toMatchObject({ os: "Linux", browser: "Firefox", gain_note: null });
    expect(mine!["label_sha256"]).toMatch(/^[0-9a-f]{64}$/);
    expect(mine!["label_sha256"]).not.toBe(theirs!["label_sha256"]);
  });

  it.each([
    [{}, "off"],
    [{ noiseSuppression: true }, "on"],
  ])("says of processing, given %j, that it is %s", async (change, state) => {
    Object.assign(processing, change);
    expect((await openMicrophone("salt")).processing).toBe(state);
  });

  it("says nothing of processing that the browser does not tell", async () => {
    delete processing["autoGainControl"];
    expect((await openMicrophone("salt")).processing).toBe("unknown");
  });

  it("is offered by name, without the names of roles and without loudspeakers", async () => {
    expect(await microphones()).toEqual([{ id: "a1", label: "Built-in" }, { id: "b2", label: "Headset" }]);
  });
});
