import type { DaySpan } from './ledger.ts';

const QUARTER_MS = 900_000;
/** No day of any zone is longer. */
const LONGEST_DAY_QUARTERS = 4 * 50;

/** Undefined for a name that is no time zone. */
export function calendarOf(timeZone: string): Calendar | undefined {
  try {
    return new Calendar(timeZone);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Days of a time zone. Their borders are those of its calendar: days of 23 and 25 hours, and days that were left out, are right. */
export class Calendar {
  readonly #format: Intl.DateTimeFormat;

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-u-ca-iso8601-nu-latn', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      era: 'short',
    });
  }

  /** YYYY-MM-DD */
  dayOf(at: number): string {
    const parts = new Map(this.#format.formatToParts(at).map(({ type, value }) => [type, value]));
    return `${(parts.get('year') ?? '').padStart(4, '0')}-${parts.get('month')}-${parts.get('day')}`;
  }

  /** The days that cover `from` (inclusive) to `to` (exclusive), without gap or overlap; undefined for more than `most`. */
  daysBetween(from: number, to: number, most: number): readonly DaySpan[] | undefined {
    const days: DaySpan[] = [];
    for (let start = from; start < to;) {
      if (days.length === most) return undefined;
      const day = this.dayOf(start);
      const end = Math.min(this.#endOf(day, start), to);
      days.push({ day, start, end });
      start = end;
    }
    return days;
  }

  /** The first quarter of an hour after `start` that is not of `day`; the borders of all zones lie on quarters. */
  #endOf(day: string, start: number): number {
    const base = Math.floor(start / QUARTER_MS);
    let [inside, outside] = [0, LONGEST_DAY_QUARTERS];
    while (outside - inside > 1) {
      const middle = Math.floor((inside + outside) / 2);
      if (this.dayOf((base + middle) * QUARTER_MS) === day) inside = middle;
      else outside = middle;
    }
    return (base + outside) * QUARTER_MS;
  }
}
