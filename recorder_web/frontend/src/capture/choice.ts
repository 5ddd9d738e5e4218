/** Which microphone this browser is to use: chosen on the sound-check page, remembered here, offered by name. */

const CHOICE = "speechcorpus-microphone";
const NO_DEVICE = ["default", "communications", ""]; // names of a role that any device may have tomorrow

export interface Offered {
  id: string;
  label: string;
}

/** The microphones there are. Without permission browsers name none. */
export async function microphones(): Promise<Offered[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter(({ kind, deviceId }) => kind === "audioinput" && !NO_DEVICE.includes(deviceId))
    .map(({ deviceId, label }) => ({ id: deviceId, label }));
}

/** The one that was chosen in this browser, or null for the system's own. */
export function chosenMicrophone(): string | null {
  try {
    return localStorage.getItem(CHOICE);
  } catch {
    return null; // a browser that keeps nothing asks again
  }
}

export function chooseMicrophone(id: string): void {
  try {
    localStorage.setItem(CHOICE, id);
  } catch {
    // it holds for this visit
  }
}
