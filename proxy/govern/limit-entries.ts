import type { EntryListener } from '../governance/directory.ts';
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
    const left = entry === undefined ? book.remove(id) : book.put(id, LEVELS[kind], entry);
    if (left.length > 0) gone(left);
  };
}
