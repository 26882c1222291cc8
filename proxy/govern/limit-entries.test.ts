import { expect, test } from 'vitest';
import type { KeyEntry } from '../governance/entries.ts';
import { LimitBook } from '../governance/limits/limit-book.ts';
import type { Limit } from '../governance/limits/types.ts';
import { limitEntries } from './limit-entries.ts';

const window = { ms: 1_000, anchor: 5 };
const budget = { id: 'b', max: 10_000_000n, window };
const KEY = {
  id: 'k',
  name: 'a key',
  maxConcurrency: 3,
  modelLimits: new Map([['gpt-4', { budget: { ...budget, id: 'bm' } }]]),
  providerLimits: new Map(),
  calendar: null,
  timeZone: null,
  createdAt: 77,
} as unknown as KeyEntry;

function ids(limits: readonly Limit[] | undefined): string[] {
  return (limits ?? []).map(({ id }) => id);
}

test('the book follows the entities, and what they have no more is told', () => {
  const book = new LimitBook();
  const gone: string[] = [];
  const hear = limitEntries(book, (limits) => gone.push(...ids(limits)));
  hear('virtual_key', 'k', { ...KEY, budget });
  hear('team', 't', { id: 't', name: 'a team', customerId: null, budget: { ...budget, id: 'bt' } });
  const key = book.limitsOf('k');
  expect(ids(key?.general)).toEqual(['b/cost', 'key/k/tokens', 'key/k/requests']);
  expect(key?.general.at(-1)).toMatchObject({ max: null, anchor: 77 });
  expect(key).toMatchObject({ level: 'key', slots: [{ max: 3 }], models: [['gpt-4', [{ id: 'bm/cost' }]]] });
  expect(book.limitsOf('t')).toMatchObject({ level: 'team', general: [{ id: 'bt/cost', level: 'team' }] });
  hear('virtual_key', 'k', { ...KEY, modelLimits: new Map() });
  expect(gone).toEqual(['b/cost', 'bm/cost']);
  hear('team', 't', undefined);
  hear('team', 'unknown', undefined);
  expect(gone).toEqual(['b/cost', 'bm/cost', 'bt/cost']);
  expect(ids(book.ofScope('bt'))).toEqual([]);
});
