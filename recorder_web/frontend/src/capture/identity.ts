/** Which system and which browser this is: a calibration holds for both, whatever their versions. Pure. */

export type System = "Windows" | "macOS" | "Linux" | "Android" | "iOS" | "ChromeOS" | "other";
export type Family = "Chrome" | "Edge" | "Firefox" | "Safari" | "other";

/** What a browser says of itself: the part of `navigator` that is read here. */
export interface Agent {
  userAgent: string;
  maxTouchPoints?: number;
  userAgentData?: { platform: string; brands: { brand: string }[] };
}

const PLATFORMS: Record<string, System> = {
  Windows: "Windows",
  macOS: "macOS",
  Linux: "Linux",
  Android: "Android",
  "Chrome OS": "ChromeOS",
  "Chromium OS": "ChromeOS",
};

/** In this order: an Android phone says Linux too, an iPhone says Mac OS X. */
const SYSTEMS: [RegExp, System][] = [
  [/iPhone|iPad|iPod/, "iOS"],
  [/Android/, "Android"],
  [/CrOS/, "ChromeOS"],
  [/Windows/, "Windows"],
  [/Macintosh/, "macOS"],
  [/Linux|X11/, "Linux"],
];

/** In this order: nearly all of them say Chrome and Safari as well. */
const FAMILIES: [RegExp, Family][] = [
  [/OPR\/|OPT\/|SamsungBrowser\/|Vivaldi\/|YaBrowser\/|UCBrowser\/|DuckDuckGo\//, "other"],
  [/Edg(e|A|iOS)?\//, "Edge"],
  [/Firefox\/|FxiOS\//, "Firefox"],
  [/Chrome\/|CriOS\/|Chromium\//, "Chrome"],
  [/Version\/.*Safari\//, "Safari"],
];

const BRANDS: Record<string, Family> = {
  "Microsoft Edge": "Edge",
  "Google Chrome": "Chrome",
  Chromium: "Chrome",
  HeadlessChrome: "Chrome",
};
const PLACEHOLDER = /not.?a.?brand/i; // a brand that is none, put there so that nobody relies on their order

/** The operating system. */
export function systemOf({ userAgent, userAgentData, maxTouchPoints = 0 }: Agent): System {
  const told = PLATFORMS[userAgentData?.platform ?? ""];
  if (told !== undefined) return told;
  const system = SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1] ?? "other";
  return system === "macOS" && maxTouchPoints > 1 ? "iOS" : system; // an iPad that asks for desktop pages
}

/** The browser's family: what its sound path is likely to have in common. */
export function familyOf({ userAgent, userAgentData }: Agent): Family {
  const brands = (userAgentData?.brands ?? []).map(({ brand }) => brand).filter((brand) => !PLACEHOLDER.test(brand));
  const own = brands.filter((brand) => brand !== "Chromium"); // the engine, named beside the browser
  if (brands.length > 0) return own.length === 0 ? "Chrome" : (BRANDS[own[0]!] ?? "other");
  return FAMILIES.find(([pattern]) => pattern.test(userAgent))?.[1] ?? "other";
}
