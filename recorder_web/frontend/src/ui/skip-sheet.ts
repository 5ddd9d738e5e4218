/** Asks why a prompt is not said, with the sheet that the page carries. */

const OTHER = "other";

export interface Reason {
  reason: string;
  words: string | null;
}

/** Open the sheet; answers what was chosen, null if nothing was. */
export function askSkip(): Promise<Reason | null> {
  const sheet = document.querySelector<HTMLDialogElement>("#skip-sheet")!;
  const form = sheet.querySelector("form")!;
  const words = form.querySelector<HTMLInputElement>("[name=words]")!;
  const follow = (): void => {
    words.required = new FormData(form).get("reason") === OTHER; // where no reason of the list fits
    words.closest("label")!.hidden = !words.required;
  };
  form.reset();
  form.onchange = follow;
  follow();
  sheet.returnValue = "";
  sheet.showModal();
  return new Promise((resolve) => {
    sheet.onclose = () => resolve(sheet.returnValue === "" ? null : { reason: String(new FormData(form).get("reason")), words: words.required ? words.value.trim() : null });
  });
}
