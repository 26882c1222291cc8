import type { EntryListener } from '../governance/directory.ts';
import type { Entry } from '../governance/entries.ts';
import { limitsOfLevel, type LevelSettings } from '../governance/limits/chain.ts';
import type { LimitBook } from '../governance/limits/limit-book.ts';
import type { Level, Limit } from '../governance/limits/types.ts';
import type { EntityKind } from '../governance/patches.ts';

const LEVELS: Readonly<Record<EntityKind, Level>> = {
  virtual_key: 'key',
  user: 'user',
  team: 'team',
  customer: 'customer',
};

/** Keeps the book of limits at what the entities say; `gone` hears of limits that are no more. */
export function limitEntries(book: LimitBook, gone: (limits: readonly Limit[]) => void): EntryListener {
  return (kind, id, entry) => {
    const left =
      entry === undefined ? book.remove(id) : book.put(id, limitsOfLevel(LEVELS[kind], settingsOf(kind, entry)));
    if (left.length > 0) gone(left);
  };
}

/** Keys are counted from their beginning also where nothing limits them: for the reports of usage. */
function settingsOf(kind: EntityKind, entry: Entry): LevelSettings {
  if (kind !== 'virtual_key' || !('createdAt' in entry)) return entry;
  const { id, budget, rateLimit, modelLimits, providerLimits, maxConcurrency, calendar, timeZone } = entry;
  return {
    id,
    ...(budget === undefined ? {} : { budget }),
    ...(rateLimit === undefined ? {} : { rateLimit }),
    modelLimits,
    providerLimits,
    maxConcurrency,
    calendar,
    timeZone,
    countedSince: entry.createdAt,
  };
}
