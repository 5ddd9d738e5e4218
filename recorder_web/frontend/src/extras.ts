/** What is wanted once something was recorded: fetched as soon as the page stands, so that it is here when the server is not. */

export { Listening } from "./listening";
export { Pairing } from "./pairing";
export { Skipping } from "./skipping";
export { recovery } from "./ui/recover";
export { partnerCard, voicesCard } from "./ui/partner";
export { leaveCard, microphoneCard } from "./ui/side";
export { takeList } from "./ui/take-list";
export { trace } from "./ui/trace";
export { VoiceCheck } from "./voices";
