/** Numbers as people read them: a true minus sign, one digit after the point, minutes and seconds. Pure. */

export function oneDigit(value: number): string {
  return value.toFixed(1).replace("-", "−");
}

/** A limit as it was set: no digits that say nothing. */
export function plain(value: number): string {
  return String(value).replace("-", "−");
}

export function clock(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(Math.floor(seconds * 10) / 10 - minutes * 60).toFixed(1).padStart(4, "0")}`;
}

/** A length in whole minutes and seconds. */
export function minutes(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
