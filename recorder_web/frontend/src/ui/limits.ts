/** Limits of a band in words and numbers. */

import type { Band } from "../data";
import { t } from "../messages";

export function limits({ low, high }: Band): string {
  if (low === null) return t("recorder.gauge.below", { high: high ?? "" });
  if (high === null) return t("recorder.gauge.above", { low });
  return t("recorder.gauge.between", { low, high });
}
