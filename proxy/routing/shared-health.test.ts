import { expect, test } from 'vitest';

import { type HealthChange, readHealthChange, sharedName } from './shared-health.ts';

const EJECTED = { state: 'ejected', at: 1, until: 2, hard: true, level: 1, kind: 'unauthorized' };

test.each<HealthChange>([
  { state: 'admitting', at: 5 },
  { state: 'ejected', at: 1, until: 2, hard: false, level: 1, kind: 'server_error' },
  { state: 'ejected', at: 1, until: 9, notBefore: 9, hard: false, level: 0, kind: 'rate_limited' },
  { state: 'admitting', at: 5, operation: 'images' },
  { state: 'ejected', at: 1, until: 2, hard: false, level: 1, kind: 'cut', operation: 'chat.completions' },
])('a change survives being written as JSON: %j', (change) => {
  expect(readHealthChange(JSON.parse(JSON.stringify(change)))).toEqual(change);
});

test.each([
  undefined,
  null,
  'ejected',
  [],
  {},
  { state: 'admitting' },
  { state: 'gone', at: 1 },
  { ...EJECTED, at: '1' },
  { ...EJECTED, until: NaN },
  { ...EJECTED, level: -1 },
  { ...EJECTED, hard: 'yes' },
  { ...EJECTED, kind: 'toString' },
  { ...EJECTED, operation: 1 },
  { ...EJECTED, operation: '' },
  { ...EJECTED, operation: 'a b' },
  { ...EJECTED, operation: 'a'.repeat(65) },
  { state: 'admitting', at: 5, operation: null },
])('what is no change is not taken for one: %j', (value) => {
  expect(readHealthChange(value)).toBeUndefined();
});

test('a change of one operation has a name of its own', () => {
  expect([sharedName('m/a@1', {}), sharedName('m/a@1', { operation: 'images' })]).toEqual(['m/a@1', 'm/a@1 images']);
});
