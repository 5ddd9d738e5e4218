/** Canonical JSON (RFC 8785, restricted as on the server): one value has one spelling, hence one hash. Pure. */

export type Canonical = null | boolean | number | string | Canonical[] | { [key: string]: Canonical };

/**
 * The one spelling of a value: keys sorted, strings NFC, whole numbers only.
 * Throws a RangeError for a fraction: measured values travel as decimal strings.
 */
export function canonicalJson(value: Canonical): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return integer(value);
  if (typeof value === "string") return JSON.stringify(value.normalize("NFC"));
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const pairs = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key]!)}`);
  return `{${pairs.join(",")}}`;
}

/** Facts of a browser (device settings and the like) with their fractions as decimal strings. */
export function withoutFractions(value: unknown): Canonical {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : String(value);
  if (Array.isArray(value)) return value.map(withoutFractions);
  if (typeof value !== "object") return null;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withoutFractions(part)]));
}

function integer(value: number): string {
  if (!Number.isSafeInteger(value)) throw new RangeError(`canonical JSON has whole numbers only, got ${value}`);
  return String(value);
}
