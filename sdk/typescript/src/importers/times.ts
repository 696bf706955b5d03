/** Times as exports write them, read into the one way we write them; fractions are cut off. */

import { writeTime } from "../records/shape.js";
import { RowError } from "./rows.js";

const EARLIEST = "1995-01-01T00:00:00Z";
/** A provider's clock may run before ours; a day covers every mix-up of zones. */
const MOST_AHEAD = 86_400_000;
const WRITTEN =
  /^(\d{4})-(\d\d)-(\d\d)[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:[.,]\d+)?)?(?:(Z)|([+-])(\d\d):?(\d\d))?$/;

export class Times {
  /** The time of import, as records write it. */
  readonly importedAt: string;
  readonly #latest: string;

  constructor(importedAt: Date) {
    this.importedAt = writeTime(importedAt);
    this.#latest = writeTime(new Date(importedAt.getTime() + MOST_AHEAD));
  }

  /** ISO 8601 date and time; `zone` is in minutes east of UTC, of a text that names none. */
  iso(cell: unknown, zone = 0): string {
    const found = typeof cell === "string" ? WRITTEN.exec(cell) : null;
    if (found === null) throw new RowError("BAD_TIME");
    const [, year, month, day, hour, minute, second = "0", utc, sign, hours, minutes] = found;
    const local = new Date(0);
    local.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
    if (local.getUTCMonth() !== Number(month) - 1 || local.getUTCDate() !== Number(day))
      throw new RowError("BAD_TIME");
    local.setUTCHours(Number(hour), Number(minute), Number(second));
    const named = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === "-" ? -1 : 1);
    const east = utc === undefined && sign === undefined ? zone : named;
    return this.#within(local.getTime() - east * 60_000);
  }

  /** Whole seconds since 1970. */
  unix(cell: unknown): string {
    if (typeof cell !== "number") throw new RowError("BAD_TIME");
    return this.#within(cell * 1000);
  }

  #within(milliseconds: number): string {
    const moment = new Date(milliseconds);
    const year = moment.getUTCFullYear();
    if (!(year >= 1 && year <= 9999)) throw new RowError("BAD_TIME");
    const time = writeTime(moment);
    if (time < EARLIEST) throw new RowError("EARLY_TIME");
    if (time > this.#latest) throw new RowError("FUTURE_TIME");
    return time;
  }
}
