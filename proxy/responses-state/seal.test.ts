import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { StateSeal } from './seal.ts';
import type { Place } from './store.ts';

const PLACE: Place = { scope: 'a', kind: 'response', id: 'x' };
const VALUE = Buffer.from('{"secret":"a very private thought"}'.repeat(10));
const secret = randomBytes(32);

test.each([
  ['with a secret', new StateSeal(secret)],
  ['without one', new StateSeal()],
])('%s an entry opens in its own place, and neither elsewhere nor damaged', (_what, seal) => {
  const entry = seal.close(PLACE, VALUE);
  expect(seal.open(PLACE, entry)).toEqual(VALUE);
  for (const moved of [
    { ...PLACE, scope: 'b' },
    { ...PLACE, id: 'y' },
    { ...PLACE, kind: 'conversation' as const },
  ]) {
    expect(seal.open(moved, entry)).toBeUndefined();
  }
  for (let at = 0; at < entry.length; at += 1) {
    const damaged = Buffer.from(entry);
    damaged[at]! ^= 1;
    expect(seal.open(PLACE, damaged)).toBeUndefined();
    expect(seal.open(PLACE, entry.subarray(0, at))).toBeUndefined();
  }
});

test('what is sealed shows nothing, differs each time, and opens with its own secret alone', () => {
  const seal = new StateSeal(secret);
  const entry = seal.close(PLACE, Buffer.from('private'));
  expect(entry.includes('private')).toBe(false);
  expect(seal.close(PLACE, Buffer.from('private'))).not.toEqual(entry);
  expect(new StateSeal(randomBytes(32)).open(PLACE, entry)).toBeUndefined();
  expect(new StateSeal().open(PLACE, entry)).toBeUndefined();
  expect(seal.open(PLACE, new StateSeal().close(PLACE, VALUE))).toBeUndefined();
});
