/**
 * Copies the lines of a block, or what stands in a field: `<button data-copy="id of the block" data-done="word for done" hidden>`.
 *
 * Without this script the button stays hidden; the block can be selected by hand.
 */

const DONE_MS = 2000;

async function copied(block: HTMLElement): Promise<boolean> {
  const field = block instanceof HTMLInputElement ? block : null;
  try {
    await navigator.clipboard.writeText(field?.value ?? block.textContent ?? "");
    return true;
  } catch {
    if (field) field.select(); // no permission, or no TLS: selected at least, one key away
    else getSelection()?.selectAllChildren(block);
    return document.execCommand("copy");
  }
}

async function press(button: HTMLButtonElement): Promise<void> {
  const block = document.getElementById(button.dataset["copy"] ?? "");
  if (!block || !(await copied(block))) return;
  if (button.dataset["said"] !== undefined) return; // pressed again within the two seconds
  button.dataset["said"] = button.textContent ?? "";
  button.textContent = button.dataset["done"] ?? "";
  setTimeout(() => {
    button.textContent = button.dataset["said"] ?? "";
    delete button.dataset["said"];
  }, DONE_MS);
}

for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => void press(button));
}
