import { describe, expect, it } from "vitest";
import { familyOf, systemOf, type Agent } from "../src/capture/identity";

function told(platform: string, ...brands: string[]): Pick<Agent, "userAgentData"> {
  return { userAgentData: { platform, brands: brands.map((brand) => ({ brand })) } };
}

const CHROME = "Chrome/142.0.0.0 Safari/537.36";
const WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)";
const MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)";
const SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15";

/** As browsers of 2025 and 2026 say it. */
const KNOWN: [string, Agent, string, string][] = [
  ["Chrome on Windows", { userAgent: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} ${CHROME}`, ...told("Windows", "Chromium", "Google Chrome", "Not_A Brand") }, "Windows", "Chrome"],
  ["Chrome on a Mac, without hints", { userAgent: `${MAC} ${WEBKIT} ${CHROME}` }, "macOS", "Chrome"],
  ["Edge on Windows", { userAgent: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} ${CHROME} Edg/142.0.0.0`, ...told("Windows", "Chromium", "Microsoft Edge", "Not_A Brand") }, "Windows", "Edge"],
  ["Edge on Android, without hints", { userAgent: `Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT} Chrome/142.0.0.0 Mobile Safari/537.36 EdgA/142.0.0.0` }, "Android", "Edge"],
  ["Chrome on Android", { userAgent: `Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT} Chrome/142.0.0.0 Mobile Safari/537.36`, ...told("Android", "Google Chrome", "Not?A_Brand", "Chromium") }, "Android", "Chrome"],
  ["Chrome on a Chromebook", { userAgent: `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${WEBKIT} ${CHROME}`, ...told("Chrome OS", "Chromium", "Google Chrome", "Not_A Brand") }, "ChromeOS", "Chrome"],
  ["Chromium on Linux", { userAgent: `Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} ${CHROME}`, ...told("Linux", "Chromium", "Not_A Brand") }, "Linux", "Chrome"],
  ["Chromium without a window", { userAgent: `Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} HeadlessChrome/142.0.0.0 Safari/537.36`, ...told("Linux", "HeadlessChrome", "Chromium", "Not_A Brand") }, "Linux", "Chrome"],
  ["Brave", { userAgent: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} ${CHROME}`, ...told("Windows", "Chromium", "Brave", "Not_A Brand") }, "Windows", "other"],
  ["Opera, without hints", { userAgent: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} ${CHROME} OPR/122.0.0.0` }, "Windows", "other"],
  ["Samsung's browser", { userAgent: `Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36` }, "Android", "other"],
  ["Firefox on Windows", { userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0" }, "Windows", "Firefox"],
  ["Firefox on Linux", { userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" }, "Linux", "Firefox"],
  ["Firefox on Android", { userAgent: "Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0" }, "Android", "Firefox"],
  ["Safari on a Mac", { userAgent: `${MAC} ${SAFARI}`, maxTouchPoints: 0 }, "macOS", "Safari"],
  ["Safari on an iPad that asks for desktop pages", { userAgent: `${MAC} ${SAFARI}`, maxTouchPoints: 5 }, "iOS", "Safari"],
  ["Safari on an iPhone", { userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1" }, "iOS", "Safari"],
  ["Chrome on an iPhone", { userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0.0.0 Mobile/15E148 Safari/604.1" }, "iOS", "Chrome"],
  ["a browser nobody knows", { userAgent: "Lynx/2.9.2 libwww-FM/2.14" }, "other", "other"],
];

describe("who this is", () => {
  it.each(KNOWN)("is told of %s", (_, agent, system, family) => {
    expect([systemOf(agent), familyOf(agent)]).toEqual([system, family]);
  });

  it("does not change with a version", () => {
    for (const [, agent] of KNOWN) {
      const newer = { ...agent, userAgent: agent.userAgent.replace(/142|144|140/g, "199") };
      expect([systemOf(newer), familyOf(newer)]).toEqual([systemOf(agent), familyOf(agent)]);
    }
  });
});
