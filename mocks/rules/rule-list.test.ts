import { expect, test } from 'vitest';
import type { RequestFacts } from './match.ts';
import { RuleList } from './rule-list.ts';

const facts: RequestFacts = { operation: undefined, model: 'a', stream: false, headers: {}, text: () => '' };
const always = (): boolean => true;

test('of rules without a number of uses the newest that fits is used, again and again', () => {
  const rules = new RuleList<string>();
  rules.add({ matches: always, times: undefined, value: 'first' });
  rules.add({ matches: always, times: undefined, value: 'second' });
  rules.add({ matches: ({ model }) => model === 'b', times: undefined, value: 'for b' });
  expect([rules.take(facts), rules.take({ ...facts, model: 'b' }), rules.take(facts)]).toEqual([
    'second',
    'for b',
    'second',
  ]);
});

test('rules with a number of uses come before those without, whichever came first', () => {
  const rules = new RuleList<string>();
  rules.add({ matches: always, times: 1, value: 'queued' });
  rules.add({ matches: always, times: undefined, value: 'lasting' });
  rules.add({ matches: always, times: 1, value: 'queued later' });
  expect(Array.from({ length: 4 }, () => rules.take(facts))).toEqual(['queued', 'queued later', 'lasting', 'lasting']);
});

test('rules with a number of uses form a sequence and are gone afterwards', () => {
  const rules = new RuleList<string>();
  rules.add({ matches: always, times: 1, value: 'once' });
  rules.add({ matches: always, times: 2, value: 'twice' });
  const taken = Array.from({ length: 4 }, () => rules.take(facts));
  expect(taken).toEqual(['once', 'twice', 'twice', undefined]);
  expect(rules.size).toBe(0);
});

test('a request that fits nothing uses nothing up', () => {
  const rules = new RuleList<string>();
  rules.add({ matches: () => false, times: 1, value: 'never' });
  expect(rules.take(facts)).toBeUndefined();
  expect(rules.size).toBe(1);
});
