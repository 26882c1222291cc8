import type { Window } from './types.ts';

type Period = 'day' | 'week' | 'month';

/** A date of a calendar: year, month from 1 to 12, day. */
type CivilDate = readonly [year: number, month: number, day: number];

const DAY_S = 86_400;
/** No zone is further from UTC, and no shift of summer time longer. */
const REACH_S = 16 * 3_600;
const MAX_CACHED = 1_000;
/** Windows of the calendar before and after the one that is asked for. */
const AROUND = [-1, 0, 1, 2] as const;

/** Whether `name` is a time zone that this Node knows. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Begin and end of windows. An instance keeps what it has worked out of calendars. */
export class Windows {
  readonly #formats = new Map<string, Intl.DateTimeFormat>();
  readonly #borders = new Map<string, readonly number[]>();

  /** The window that is open at `now`, when the last one known began at `start`. A clock that went back opens nothing. */
  at(window: Window, start: number, now: number): { readonly start: number; readonly end: number } {
    if (window.kind === 'fixed') {
      const opened = now < start + window.ms ? start : now - ((now - start) % window.ms);
      return { start: opened, end: opened + window.ms };
    }
    // A last reset ahead of the clock stands in a window of its own.
    const borders = this.borders(window, Math.max(start, now));
    return { start: Math.max(start, borders[1] ?? start), end: borders[2] ?? start };
  }

  /** Begins of the calendar window before the one around `time`, of that one, and of the two after it. */
  borders({ period, timeZone }: Window & { kind: 'calendar' }, time: number): readonly number[] {
    const name = `${period} ${timeZone}`;
    const known = this.#borders.get(name);
    if (known !== undefined && time >= (known[1] ?? 0) && time < (known[2] ?? 0)) return known;
    const date = this.#dateAt(timeZone, time / 1_000);
    const first = beginOf(period, date);
    let made = AROUND.map((steps) => this.#beginOfDay(timeZone, moved(period, first, steps)));
    // A midnight that comes twice: the date has begun, and is yet to begin again.
    if (time < (made[1] ?? 0)) made = [-2, -1, 0, 1].map((s) => this.#beginOfDay(timeZone, moved(period, first, s)));
    if (this.#borders.size >= MAX_CACHED) this.#borders.clear();
    this.#borders.set(name, made);
    return made;
  }

  /** First second that has this date in the zone, whatever its clock does at midnight; as milliseconds. */
  #beginOfDay(timeZone: string, date: CivilDate): number {
    const target = numberOf(date);
    const noon = Date.UTC(date[0], date[1] - 1, date[2]) / 1_000;
    let [before, reached] = [noon - REACH_S, noon + REACH_S];
    while (reached - before > 1) {
      const middle = Math.floor((before + reached) / 2);
      if (numberOf(this.#dateAt(timeZone, middle)) >= target) reached = middle;
      else before = middle;
    }
    return reached * 1_000;
  }

  #dateAt(timeZone: string, seconds: number): CivilDate {
    const [month, day, year] = this.#formatOf(timeZone)
      .format(seconds * 1_000)
      .split('/')
      .map(Number);
    return [year ?? 1970, month ?? 1, day ?? 1];
  }

  #formatOf(timeZone: string): Intl.DateTimeFormat {
    const known = this.#formats.get(timeZone);
    if (known !== undefined) return known;
    const options = { timeZone, calendar: 'gregory', numberingSystem: 'latn' } as const;
    const made = new Intl.DateTimeFormat('en-US', { ...options, year: 'numeric', month: 'numeric', day: 'numeric' });
    if (this.#formats.size >= MAX_CACHED) this.#formats.clear();
    this.#formats.set(timeZone, made);
    return made;
  }
}

function numberOf([year, month, day]: CivilDate): number {
  return (year * 100 + month) * 100 + day;
}

function beginOf(period: Period, [year, month, day]: CivilDate): CivilDate {
  if (period === 'day') return [year, month, day];
  if (period === 'month') return [year, month, 1];
  const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  return plusDays([year, month, day], -((weekday + 6) % 7));
}

function moved(period: Period, [year, month, day]: CivilDate, steps: number): CivilDate {
  if (period !== 'month') return plusDays([year, month, day], steps * (period === 'week' ? 7 : 1));
  const date = new Date(Date.UTC(year, month - 1 + steps, 1));
  return [date.getUTCFullYear(), date.getUTCMonth() + 1, 1];
}

function plusDays([year, month, day]: CivilDate, days: number): CivilDate {
  const date = new Date(Date.UTC(year, month - 1, day) + days * DAY_S * 1_000);
  return [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
}
