/** Both channels of a sound, each as loud as it should be, in the middle of both ears: left mine, right theirs. */

import { gainOf, SIDES, type Hearing } from "./hearing";

const SOFT_S = 0.005; // no click where one is turned off

export class Channels {
  private readonly context = new AudioContext();
  private readonly gains: GainNode[];

  /** From now on the element is heard through here; its speed and pitch stay its own. */
  constructor(audio: HTMLMediaElement) {
    const apart = new ChannelSplitterNode(this.context, { numberOfOutputs: 2 });
    this.context.createMediaElementSource(audio).connect(apart);
    this.gains = SIDES.map((_, channel) => {
      const gain = new GainNode(this.context, { channelCount: 1, channelCountMode: "explicit" });
      apart.connect(gain, channel).connect(this.context.destination);
      return gain;
    });
    audio.addEventListener("play", () => void this.context.resume()); // not before a press of a button
  }

  set(hearing: Hearing): void {
    SIDES.forEach((side, at) => this.gains[at]!.gain.setTargetAtTime(gainOf(hearing, side), this.context.currentTime, SOFT_S));
  }
}
