/** On the pages where staff sign in: showing a passkey, and making one. */

import "./join";
import { pageJson } from "./data";
import { type Asked, knowsPasskeys, make, show, type Wanted } from "./passkey";

const messages = pageJson<Record<string, string> | null>("messages") ?? {};
const csrf = pageJson<{ csrf: string } | null>("data")?.csrf ?? "";

/** A refusal of the server, by its code. */
class Refused extends Error {}

async function post<T>(address: string, body: unknown): Promise<T> {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf };
  const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
  const answer = (await response.json()) as T & { code?: string };
  if (!response.ok) throw new Refused(answer.code ?? "server.error");
  return answer;
}

async function enter(back: string): Promise<void> {
  const credential = await show(await post<Asked>("/staff/join/options", {}));
  location.replace((await post<{ next: string }>("/staff/join/passkey", { credential, back })).next);
}

async function add(label: string): Promise<void> {
  const credential = await make(await post<Wanted>("/staff/keys/options", {}));
  await post("/staff/keys", { label, credential });
  location.reload();
}

/** What went wrong, and what to do; that somebody changed their mind is nothing that went wrong. */
function sentence(error: unknown): string {
  if (error instanceof Refused) {
    const said = [messages[`error.what.${error.message}`] ?? messages["keys.say.failed"], messages[`error.do.${error.message}`] ?? "", `(${error.message})`];
    return said.filter(Boolean).join(" ");
  }
  const name = error instanceof DOMException ? error.name : "";
  const key = { NotAllowedError: "cancelled", InvalidStateError: "twice", SecurityError: "address" }[name];
  return messages[`keys.say.${key ?? (error instanceof TypeError ? "offline" : "failed")}`] ?? "";
}

function serve(place: HTMLElement, act: () => Promise<void>): void {
  const button = place.querySelector("button");
  const line = place.querySelector<HTMLElement>('[role="status"]');
  if (!button || !line) return;
  const say = (text: string): void => {
    line.textContent = text;
    line.hidden = !text;
  };
  button.hidden = !knowsPasskeys();
  if (button.hidden) return say(messages["keys.say.unknown"] ?? "");
  const press = (): void => {
    button.disabled = true;
    say("");
    act()
      .catch((error: unknown) => say(sentence(error)))
      .finally(() => (button.disabled = false));
  };
  if (place instanceof HTMLFormElement) {
    place.addEventListener("submit", (event) => {
      event.preventDefault();
      press();
    });
  } else button.addEventListener("click", press);
}

for (const place of document.querySelectorAll<HTMLElement>("[data-passkey]")) {
  if (place.dataset["passkey"] === "enter") serve(place, () => enter(place.dataset["back"] ?? ""));
  else serve(place, () => add(place.querySelector("input")?.value ?? ""));
}
