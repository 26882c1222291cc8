import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Ages up to which entries are counted together, in milliseconds; what is older is the last count. */
export const AGE_LIMITS_MS: readonly number[] = [
  MINUTE_MS,
  10 * MINUTE_MS,
  HOUR_MS,
  6 * HOUR_MS,
  DAY_MS,
  7 * DAY_MS,
  30 * DAY_MS,
];

/** How many entries are how old. */
export interface EntryAges {
  /** One more than there are limits. */
  readonly counts: readonly number[];
  /** Entries that were looked at: a sample of them where there are many. */
  readonly looked: number;
}

/** What there is to look at: entries by number. */
export interface Aged {
  readonly end: number;
  /** Epoch milliseconds; undefined where there is no entry of this number. */
  storedAt(entry: number): number | undefined;
}

/** Entries that are looked at in one turn of the event loop, and at most. */
const A_TURN = 2_048;
const MOST = 131_072;

/** Looks at the entries in turns of the event loop; of more than 131,072 at one of so many, evenly. */
export async function entryAges(entries: Aged, clock: Pick<Clock, 'now'>): Promise<EntryAges> {
  const counts = [...AGE_LIMITS_MS, Infinity].map(() => 0);
  const step = Math.max(1, Math.ceil(entries.end / MOST));
  let looked = 0;
  for (let entry = 0, turn = 0; entry < entries.end && turn < MOST; entry += step, turn += 1) {
    // oxlint-disable-next-line no-await-in-loop -- other requests have their turns in between
    if (turn > 0 && turn % A_TURN === 0) await setImmediate();
    const storedAt = entries.storedAt(entry);
    if (storedAt === undefined) continue;
    const place = AGE_LIMITS_MS.findIndex((limit) => clock.now() - storedAt < limit);
    const index = place === -1 ? AGE_LIMITS_MS.length : place;
    counts[index] = (counts[index] ?? 0) + 1;
    looked += 1;
  }
  return { counts, looked };
}
