/** The queue by keyboard: J and K go along its clips, Enter opens the one in focus. */
import { isOurs } from "./inspector/keys";

const STEPS: Record<string, number> = { j: 1, k: -1 };

/** The row to go to: from none the first, at the ends the one it is. */
export function reached(at: number, step: number, rows: number): number {
  return at < 0 ? 0 : Math.min(rows - 1, Math.max(0, at + step));
}

addEventListener("keydown", (event) => {
  const step = isOurs(event) ? STEPS[event.key.toLowerCase()] : undefined;
  if (step === undefined) return;
  const rows = [...document.querySelectorAll<HTMLButtonElement>(".x-queue tbody .linklike")];
  const to = rows[reached(rows.indexOf(document.activeElement as HTMLButtonElement), step, rows.length)];
  event.preventDefault();
  to?.focus();
  to?.closest("tr")?.scrollIntoView({ block: "nearest" });
});
