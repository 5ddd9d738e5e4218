/** What is needed only once the microphone is open: fetched while the first step is read, so that the page is soon there. */

export { passed, selfTest } from "../capture/self-test";
export { calibrateStep } from "../ui/check-calibrate";
export { CalibrationDesk } from "./calibration-desk";
export { Errands } from "./errands";
export { energyMean, secondLevels, voiceOf } from "./levels";
