import { expect, test } from 'vitest';

import { COMPLEXITIES, COMPLEXITY_FLOORS, TIER_QUALITY, TIERS } from './levels.ts';
import { effectiveTier, tierAbove, type TierSources } from './tier.ts';

test.each<[Omit<TierSources, 'classified'>, string, string]>([
  [{}, 'standard', 'text'],
  [{ defaultTier: null, minTier: null, maxTier: null }, 'standard', 'text'],
  [{ minTier: 'micro', maxTier: 'complex' }, 'standard', 'text'],
  [{ minTier: 'standard', maxTier: 'standard' }, 'standard', 'text'],
  [{ header: 'heavy', defaultTier: 'micro' }, 'heavy', 'header'],
  [{ header: 'standard' }, 'standard', 'header'],
  [{ defaultTier: 'micro' }, 'micro', 'preference'],
  [{ minTier: 'versatile' }, 'versatile', 'limit'],
  [{ maxTier: 'micro' }, 'micro', 'limit'],
  [{ header: 'complex', maxTier: 'heavy' }, 'heavy', 'limit'],
  // Contradicting limits of two levels of the chain.
  [{ minTier: 'heavy', maxTier: 'micro' }, 'micro', 'limit'],
])('a standard text with %j is %s by %s', (sources, tier, decidedBy) => {
  expect(effectiveTier({ classified: 'standard', ...sources })).toEqual({ tier, decidedBy });
});

test('the next tier is one above, never past the limit or the last', () => {
  expect(TIERS.map((tier) => tierAbove(tier))).toEqual(['standard', 'versatile', 'heavy', 'complex', undefined]);
  expect(tierAbove('standard', 'versatile')).toBe('versatile');
  expect(tierAbove('versatile', 'versatile')).toBeUndefined();
  expect(tierAbove('heavy', 'micro')).toBeUndefined();
});

test('floors never sink as complexity or tier rises', () => {
  const rising = (numbers: readonly number[]): boolean =>
    numbers.every((one, at) => at === 0 || one >= numbers[at - 1]!);
  expect(rising(COMPLEXITIES.map((one) => COMPLEXITY_FLOORS[one].quality))).toBe(true);
  expect(rising(COMPLEXITIES.map((one) => COMPLEXITY_FLOORS[one].window))).toBe(true);
  expect(rising(TIERS.map((one) => TIER_QUALITY[one]))).toBe(true);
});
