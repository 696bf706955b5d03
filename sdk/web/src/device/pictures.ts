/** What the tables on the shelf say at a glance. Pure; hours and days are those of the person's own clock. */

import type { Cell } from "planetvault/columns";
import type { Table } from "./shelf.ts";

const WEEKS = 26;
const DAY = 86_400_000;

export interface Hour {
  readonly hour: number;
  readonly minutes: number;
}

export interface Month {
  readonly month: string;
  /** In micros. */
  readonly spent: number;
}

export interface ActiveDay {
  readonly day: string;
  readonly steps: number;
}

export interface Pictures {
  /** Minutes listened, by the hour in which a play ended. */
  readonly clock: readonly Hour[];
  /** By currency, each month from the first to the last. */
  readonly spending: Readonly<Record<string, readonly Month[]>>;
  /** Every day of the last half year. */
  readonly learning: readonly ActiveDay[];
  readonly streak: { readonly longest: number; readonly now: number };
  /** Hours played, the most played first. */
  readonly games: readonly { readonly name: string; readonly hours: number }[];
}

type Row = Readonly<Record<string, Cell>>;

export function* rowsOf(table: Table): Generator<Row> {
  const names = Object.keys(table.columns);
  for (let row = 0; row < table.rows; row++) {
    yield Object.fromEntries(names.map((name) => [name, table.columns[name]?.[row] ?? null]));
  }
}

/** When a row happened, as its kind says it. */
export function timeOf(row: Row): string {
  return String(row["at"] ?? row["end"] ?? row["start"] ?? "");
}

export function picturesOf(tables: readonly Table[], now: Date): Pictures {
  const of = (kind: string): Row[] =>
    tables.filter((table) => table.kind === kind).flatMap((table) => [...rowsOf(table)]);
  const learning = daysOf(of("education.activity"), now);
  return {
    clock: clockOf(of("music.play")),
    spending: spendingOf(of("commerce.order")),
    learning,
    streak: streakOf(learning),
    games: gamesOf(of("game.session")),
  };
}

function clockOf(plays: readonly Row[]): readonly Hour[] {
  const minutes = new Array<number>(24).fill(0);
  for (const play of plays) {
    const hour = new Date(timeOf(play)).getHours();
    minutes[hour] = (minutes[hour] ?? 0) + Number(play["played_ms"] ?? 0) / 60_000;
  }
  return minutes.map((value, hour) => ({ hour, minutes: Math.round(value) }));
}

function spendingOf(orders: readonly Row[]): Pictures["spending"] {
  const found: Record<string, Map<string, number>> = {};
  for (const order of orders) {
    const currency = String(order["currency"]);
    const months = found[currency] ?? new Map<string, number>();
    found[currency] = months;
    const month = timeOf(order).slice(0, 7);
    const spent = Number(order["total_micros"] ?? 0) - Number(order["refunded_micros"] ?? 0);
    months.set(month, (months.get(month) ?? 0) + spent);
  }
  return Object.fromEntries(
    Object.entries(found).map(([currency, months]) => [currency, everyMonth(months)]),
  );
}

function everyMonth(months: ReadonlyMap<string, number>): readonly Month[] {
  const names = [...months.keys()].sort();
  const all: Month[] = [];
  for (let month = names[0] ?? ""; month !== "" && month <= (names.at(-1) ?? ""); month = following(month)) {
    all.push({ month, spent: months.get(month) ?? 0 });
  }
  return all;
}

function following(month: string): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 7);
}

function daysOf(steps: readonly Row[], now: Date): readonly ActiveDay[] {
  const counts = new Map<string, number>();
  for (const step of steps) {
    const day = localDay(new Date(timeOf(step)));
    counts.set(day, (counts.get(day) ?? 0) + 1);
  }
  const days = Array.from({ length: WEEKS * 7 }, (_, back) => localDay(new Date(now.getTime() - back * DAY)));
  return days.reverse().map((day) => ({ day, steps: counts.get(day) ?? 0 }));
}

function localDay(time: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

function streakOf(days: readonly ActiveDay[]): Pictures["streak"] {
  let [longest, now] = [0, 0];
  for (const { steps } of days) {
    now = steps > 0 ? now + 1 : 0;
    longest = Math.max(longest, now);
  }
  return { longest, now };
}

function gamesOf(sessions: readonly Row[]): Pictures["games"] {
  const hours = new Map<string, number>();
  // Each is a running total, so the newest says it all.
  for (const session of sessions)
    hours.set(String(session["name"]), Number(session["played_total_s"]) / 3600);
  const played = [...hours].map(([name, value]) => ({ name, hours: Math.round(value * 10) / 10 }));
  return played.sort((one, other) => other.hours - one.hours).slice(0, 12);
}
