import { expect, test } from 'vitest';
import { parsePace } from './pace.ts';

test('a pace has only the fields that were given', () => {
  expect(parsePace({ firstEventMs: 10 })).toStrictEqual({ firstEventMs: 10 });
  expect(parsePace({ tokensPerSecond: 0.5 })).toStrictEqual({ tokensPerSecond: 0.5 });
});

test.each([
  [{ firstEventMs: -1 }, 'pace.firstEventMs: expected a number of at least 0, found -1'],
  [{ tokensPerSecond: 'fast' }, 'pace.tokensPerSecond: expected a number of at least 0, found "fast"'],
  [{ delay: 1 }, 'pace.delay: expected one of the fields firstEventMs, tokensPerSecond, seed, found "delay"'],
  [null, 'pace: expected an object, found null'],
])('a pace that cannot be used is refused in one sentence: %j', (pace, sentence) => {
  expect(() => parsePace(pace)).toThrow(sentence);
});
