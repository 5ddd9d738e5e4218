/**
 * What a contributor at the microphone can be in, and what leads from one to the next.
 * Pure: touches neither DOM nor microphone. Network, sign-in and upload are not here: they cannot stop it.
 */

export type State =
  | "recovering" // files of an unfinished take found
  | "checking" // microphone, settings, room
  | "waiting" // stream open, gate shut
  | "armed" // Space records
  | "recording" // bytes are being kept
  | "paused" // take ended and kept, the room left its band
  | "closing" // post-roll, drain, count, manifest
  | "broken" // no samples, or the device is gone
  | "full"; // storage is short

export type Event =
  | "found" // the scan met an unfinished take
  | "kept" // it is kept and will be sent
  | "discarded" // it was thrown away, after one question
  | "checked" // stream open, room tone kept
  | "gate-opened" // 3 s in band, or nothing to wait for
  | "gate-shut" // the band was lost before a press
  | "pressed" // record
  | "stopped" // stop
  | "band-lost" // 5 s out of band
  | "stalled" // no samples for a second, device gone, rate changed
  | "closed" // manifest written
  | "reconnect" // the person asks to try the microphone again
  | "failed" // the disk refused for another reason: what it took is kept, the next press tries again
  | "no-room" // a write failed or the estimate is too small
  | "freed"; // there is room again

const WAYS: Record<State, Partial<Record<Event, State>>> = {
  recovering: { kept: "checking", discarded: "checking" },
  checking: { found: "recovering", checked: "waiting", stalled: "broken", "no-room": "full" },
  waiting: { "gate-opened": "armed", stalled: "broken", "no-room": "full" },
  armed: { pressed: "recording", "gate-shut": "waiting", stalled: "broken", "no-room": "full" },
  recording: { stopped: "closing", "band-lost": "paused", failed: "waiting", stalled: "broken", "no-room": "full" },
  paused: { "gate-opened": "armed", stalled: "broken", "no-room": "full" },
  closing: { closed: "waiting", failed: "waiting", stalled: "broken", "no-room": "full" },
  broken: { reconnect: "checking" },
  full: { freed: "checking" },
};

export const STATES = Object.keys(WAYS) as State[];
export const FIRST: State = "checking";

/** The state after an event; an event that means nothing here changes nothing. */
export function nextState(state: State, event: Event): State {
  return WAYS[state][event] ?? state;
}

/** The events that lead somewhere from here. */
export function waysOut(state: State): Event[] {
  return Object.keys(WAYS[state]) as Event[];
}
