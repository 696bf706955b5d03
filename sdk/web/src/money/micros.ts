/** What a person types as an amount, in micros. Pure. */

const AMOUNT = /^(\d{1,9})(?:[.,](\d{1,6}))?$/;

/** `0.05` or `0,05` is 50,000; null for anything that is no amount above zero. */
export function microsOf(typed: string): number | null {
  const [, whole, part = ""] = AMOUNT.exec(typed.trim()) ?? [];
  if (whole === undefined) return null;
  const micros = Number(whole) * 1_000_000 + Number(part.padEnd(6, "0"));
  return micros > 0 ? micros : null;
}

/** 50,000 as `0.05`, to be changed. */
export function typedOf(micros: number): string {
  const part = String(micros % 1_000_000).padStart(6, "0");
  const short = part.replace(/0+$/, "");
  return `${Math.floor(micros / 1_000_000)}${short === "" ? "" : `.${short}`}`;
}
