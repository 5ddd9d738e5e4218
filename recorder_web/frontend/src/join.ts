/** Sign-in by invite link: the token lies in the fragment, which no server and no log ever sees. */

import { SIGN_IN } from "./sign-in";

const text = (id: string): string => document.getElementById(id)?.textContent ?? "";
const messages = JSON.parse(text("messages") || "{}") as Record<string, string>;
const button = document.getElementById("join") as HTMLButtonElement | null;
const line = document.getElementById("join-say");

function say(...sentences: (string | undefined)[]): void {
  if (!line) return;
  line.textContent = sentences.filter(Boolean).join(" ");
  line.hidden = !line.textContent;
}

/** Errors say what happened and what to do; an unknown code at least says that it did not work. */
function explain(code: string): void {
  const what = messages[`error.what.${code}`] ?? messages["join.failed"];
  if (button) button.hidden = code.startsWith("invite."); // pressing again cannot help
  say(what, messages[`error.do.${code}`] ?? messages["error.do.other"], `(${code})`);
}

async function exchange(address: string, token: string): Promise<void> {
  const response = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token }),
  });
  const answer = (await response.json()) as { next?: string; code?: string };
  if (!response.ok || !answer.next) return explain(answer.code ?? "server.error");
  new BroadcastChannel(SIGN_IN).postMessage(null); // a recorder in another tab waits for it
  location.replace(answer.next);
}

const token = location.hash.slice(1);
if (button && !token && !document.getElementById("again")) say(messages["join.no-token"]); // staff have other ways in
if (button && token) {
  button.hidden = false;
  button.focus();
  button.addEventListener("click", () => {
    button.disabled = true;
    say(messages["join.working"]);
    exchange(button.dataset["exchange"] ?? "/join/exchange", token)
      .catch(() => say(messages["join.offline"]))
      .finally(() => {
        button.disabled = false;
      });
  });
}
