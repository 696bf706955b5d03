/** Numbers, money and times as people read them. Money is whole micros, times are those of the records, in UTC. */

import type { Language } from "./index.svelte.ts";

const MICROS = 1_000_000;

/** `0.045 USD` with the sign of the currency; every micro is shown, none is rounded away. */
export function amount(micros: number, currency: string, language: Language): string {
  const style = { style: "currency", currency, minimumFractionDigits: 2, maximumFractionDigits: 6 } as const;
  return new Intl.NumberFormat(language, style).format(micros / MICROS);
}

export function count(value: number, language: Language): string {
  return new Intl.NumberFormat(language).format(value);
}

export function day(time: string, language: Language): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(new Date(time));
}

export function moment(time: string, language: Language): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(
    new Date(time),
  );
}

/** `2026-03` as a month. */
export function month(period: string, language: Language): string {
  const style = { year: "numeric", month: "long", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(language, style).format(new Date(`${period.slice(0, 7)}-01T00:00:00Z`));
}

/** Bytes as KB or MB. */
export function size(bytes: number, language: Language): string {
  const mega = bytes >= 1_000_000;
  const value = bytes / (mega ? 1_000_000 : 1000);
  const style = { maximumFractionDigits: mega ? 1 : 0 };
  return `${new Intl.NumberFormat(language, style).format(value)} ${mega ? "MB" : "KB"}`;
}
