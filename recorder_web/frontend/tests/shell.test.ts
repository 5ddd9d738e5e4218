import { describe, expect, it } from "vitest";
import { keepingOf, lastOf, unneeded, wayOf, type Way } from "../src/shell/rules";

const opened = (path: string): Way => wayOf({ method: "GET", mode: "navigate", path });

describe("the offline shell", () => {
  it.each([
    ["/record/c-1", "page"],
    ["/check/c-1", "page"],
    ["/record", "start"],
    ["/check", "start"],
    ["/home", "other"],
    ["/", "other"],
    ["/staff/queue", "network"],
    ["/releases/x/1.0.0/audio.tar", "network"],
    ["/api/v1/takes/t/audio", "network"],
    ["/connect/speechcorpus-ca.crt", "network"],
    ["/record/c-1/more", "other"],
  ])("meets %s as %s", (path, way) => expect(opened(path)).toBe(way));

  it("never answers the protocol itself, whatever it is asked", () => {
    for (const method of ["GET", "PUT", "POST", "HEAD"])
      for (const mode of ["navigate", "same-origin", "cors"])
        expect(wayOf({ method, mode, path: "/api/v1/takes/t/chunks/0" })).toBe("network");
  });

  it("takes hashed assets from here, and no other file of the server's", () => {
    expect(wayOf({ method: "GET", mode: "no-cors", path: "/static/assets/recorder-abc.js" })).toBe("asset");
    expect(wayOf({ method: "GET", mode: "no-cors", path: "/sw.js" })).toBe("network");
    expect(wayOf({ method: "GET", mode: "cors", path: "/record/c-1" })).toBe("network"); // no copy but for a page's own opening
  });

  it("forgets pages when a contributor signs out or in, not when staff do", () => {
    expect(wayOf({ method: "POST", mode: "navigate", path: "/sign-out" })).toBe("leave");
    expect(wayOf({ method: "POST", mode: "cors", path: "/join/exchange" })).toBe("leave");
    expect(wayOf({ method: "POST", mode: "navigate", path: "/staff/sign-out" })).toBe("network");
  });

  it("keeps a page with a name on it, forgets one that is gone, and all when nobody is signed in", () => {
    expect(keepingOf(200, false, "p-1")).toBe("store");
    expect(keepingOf(200, false, null)).toBe("nothing");
    expect(keepingOf(200, true, "p-1")).toBe("nothing");
    expect(keepingOf(404, false, null)).toBe("forget");
    expect(keepingOf(401, false, null)).toBe("forget-all");
    expect(keepingOf(503, false, null)).toBe("nothing");
  });

  it("drops the assets of a build only when no kept page was made by it", () => {
    const names = ["a-1", "a-2", "a-3", "pages"];
    expect(unneeded(names, "a-", new Set(["3", "1"]))).toEqual(["a-2"]);
  });

  it("leads a start to the page opened last", () => {
    expect(lastOf(["/record/c-1", "/check/c-1", "/record/c-2", "/offline"], "/record")).toBe("/record/c-2");
    expect(lastOf(["/check/c-1"], "/record")).toBeNull();
  });
});
