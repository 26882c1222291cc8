import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { KeyPauses } from './key-pauses.ts';
import type { CredentialEntry } from './types.ts';

const entry = (id: string, sealedKey = 'a'): CredentialEntry => ({
  id,
  ownerKind: 'user',
  ownerId: 'u',
  provider: 'openai',
  modelName: null,
  sealedKey,
  maskedKey: '****',
  isDefault: false,
  isActive: true,
  createdAt: '2030-01-01T00:00:00.000Z',
});

test('a key waits as long as it was told to, and no other does', () => {
  const clock = new ManualClock();
  const pauses = new KeyPauses(clock);
  pauses.pause(entry('one'), 'limited', 1_000);
  expect(pauses.of(entry('one'))).toEqual({ reason: 'limited', ms: 1_000 });
  expect(pauses.of(entry('two'))).toBeUndefined();
  clock.advance(999);
  expect(pauses.of(entry('one'))).toEqual({ reason: 'limited', ms: 1 });
  clock.advance(1);
  expect(pauses.of(entry('one'))).toBeUndefined();
});

test('another key in its place does not wait, and without a time nothing does', () => {
  const pauses = new KeyPauses(new ManualClock());
  pauses.pause(entry('one'), 'quota', 60_000);
  expect(pauses.of(entry('one', 'b'))).toBeUndefined();
  pauses.pause(entry('two'), 'quota', 0);
  expect(pauses.of(entry('two'))).toBeUndefined();
});

test('a day at the most is believed, and the number of pauses is bounded', () => {
  const pauses = new KeyPauses(new ManualClock());
  for (let at = 0; at <= 10_000; at += 1) pauses.pause(entry(`k${at}`), 'limited', Number.MAX_SAFE_INTEGER);
  expect(pauses.of(entry('k0'))).toBeUndefined();
  expect(pauses.of(entry('k10000'))).toEqual({ reason: 'limited', ms: 86_400_000 });
});
