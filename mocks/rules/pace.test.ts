import { expect, test } from 'vitest';
import { seededRandom } from '../generation/random.ts';
import { parsePace, settle } from './pace.ts';
import type { Spread } from './pace.ts';

test('a pace has only the fields that were given', () => {
  expect(parsePace({ firstEventMs: 10 })).toStrictEqual({ firstEventMs: 10 });
  expect(parsePace({ tokensPerSecond: 0.5 })).toStrictEqual({ tokensPerSecond: 0.5 });
});

test.each([
  [{ firstEventMs: -1 }, 'pace.firstEventMs: expected a number of at least 0, found -1'],
  [{ tokensPerSecond: 'fast' }, 'pace.tokensPerSecond: expected a number of at least 0, found "fast"'],
  [{ delay: 1 }, 'pace.delay: expected one of the fields firstEventMs, tokensPerSecond, seed, found "delay"'],
  [{ firstEventMs: {} }, 'pace.firstEventMs: expected a number, {uniform} or {lognormal}, found {}'],
  [{ firstEventMs: { uniform: { from: 5, to: 1 } } }, 'pace.firstEventMs.uniform.to: expected a number of at least 5'],
  [{ tokensPerSecond: { lognormal: { median: 5 } } }, 'pace.tokensPerSecond.lognormal.sigma: expected a number'],
  [{ seed: 0.5 }, 'pace.seed: expected a whole number'],
  [null, 'pace: expected an object, found null'],
])('a pace that cannot be used is refused in one sentence: %j', (pace, sentence) => {
  expect(() => parsePace(pace)).toThrow(sentence);
});

function draws(firstEventMs: Spread): number[] {
  const random = seededRandom(1);
  const pace = parsePace({ firstEventMs });
  return Array.from({ length: 2000 }, () => settle(pace, () => random).firstEventMs ?? 0).toSorted((a, b) => a - b);
}

test('a uniform spread fills its range evenly', () => {
  const drawn = draws({ uniform: { from: 100, to: 300 } });
  expect(drawn[0]).toBeGreaterThanOrEqual(100);
  expect(drawn.at(-1)).toBeLessThan(300);
  expect(drawn[500]).toBeCloseTo(150, -1);
  expect(drawn[1500]).toBeCloseTo(250, -1);
});

test('a lognormal spread has its median, its sigma and its cut tail', () => {
  const drawn = draws({ lognormal: { median: 400, sigma: 0.5, most: 1500 } });
  expect(Math.abs(drawn[1000]! - 400)).toBeLessThan(30);
  // One sigma up and down: quantiles of 15.9 % and 84.1 %.
  expect(Math.log(drawn[1682]! / drawn[318]!) / 2).toBeCloseTo(0.5, 1);
  expect(drawn.at(-1)).toBe(1500);
});

test('a pace without a spread is taken as it is, and nothing is drawn', () => {
  const pace = { firstEventMs: 5 };
  const untouchable = (): never => {
    throw new Error('drawn');
  };
  expect(settle(pace, untouchable)).toBe(pace);
});
