/** The microphone: asked for raw, its settings read back as evidence, its identity hashed. */

import { withoutFractions, type Canonical } from "../canonical";
import { sha256Hex } from "../sha256";
import { chosenMicrophone } from "./choice";
import { familyOf, systemOf } from "./identity";

const RAW = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
const PROCESSING = ["echoCancellation", "noiseSuppression", "autoGainControl"] as const;

export interface Source {
  track: MediaStreamTrack;
  label: string;
  settings: Canonical;
  device: Canonical;
  processing: "off" | "on" | "unknown";
}

/**
 * Open the chosen microphone, else the system's own, always under its own id: the literal id `default` would follow
 * whatever is plugged in.
 */
export async function openMicrophone(salt: string, chosen: string | null = chosenMicrophone()): Promise<Source> {
  const picked = chosen === null ? null : await pickedTrack(chosen);
  if (picked !== null) return describe(picked, salt);
  const first = await trackOf({});
  const own = await ownId(first);
  if (own === null) return describe(first, salt);
  first.stop();
  return describe(await trackOf({ deviceId: { exact: own } }), salt);
}

/** The chosen one, or null when it is not plugged in: then the system's own is better than none. */
async function pickedTrack(id: string): Promise<MediaStreamTrack | null> {
  try {
    return await trackOf({ deviceId: { exact: id } });
  } catch (error) {
    if (error instanceof DOMException && error.name !== "OverconstrainedError" && error.name !== "NotFoundError") throw error;
    return null;
  }
}

async function trackOf(which: MediaTrackConstraints): Promise<MediaStreamTrack> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { ...RAW, ...which } });
  return stream.getAudioTracks()[0]!;
}

async function ownId(track: MediaStreamTrack): Promise<string | null> {
  const { deviceId, groupId } = track.getSettings();
  if (deviceId !== "default") return null;
  const devices = await navigator.mediaDevices.enumerateDevices();
  const real = devices.find((device) => device.kind === "audioinput" && device.groupId === groupId && device.deviceId !== "default");
  return real?.deviceId ?? null;
}

function describe(track: MediaStreamTrack, salt: string): Source {
  const settings = track.getSettings();
  const { deviceId = "", groupId = "", ...rest } = settings;
  const states = PROCESSING.map((name) => settings[name]);
  const processing = states.some((state) => state === true) ? "on" : states.every((state) => state === false) ? "off" : "unknown";
  const identity = { device_sha256: hashed(salt, deviceId), group_sha256: hashed(salt, groupId) };
  const facts = { label_sha256: hashed(salt, track.label), ...identity, agent: navigator.userAgent, ...system(), gain_note: null };
  return { track, label: track.label, settings: withoutFractions(rest), device: withoutFractions(facts), processing };
}

function system(): { os: string; browser: string } {
  return { os: systemOf(navigator), browser: familyOf(navigator) };
}

function hashed(salt: string, text: string): string {
  return sha256Hex(new TextEncoder().encode(`${salt}\n${text}`));
}
