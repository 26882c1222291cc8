import { expect, test } from 'vitest';

import { usdText } from '../core/money.ts';
import { estimateOf } from './estimate.ts';
import { planAllows } from './plan.ts';
import { SEVEN } from './seven-models.fixture.ts';

test.each([
  ['gpt-4o-mini', 1_000, 500, '0.00045'],
  ['gpt-4o', 1_000, 500, '0.0075'],
  ['deepseek-chat', 1_000, 500, '0.00028'],
  ['gpt-4o', 0, 0, '0'],
])('%s with %i and %i tokens is estimated at %s USD', (name, promptTokens, outputLimit, usd) => {
  const price = SEVEN.find(({ model }) => model === name)?.price;
  expect(usdText(estimateOf(price, { promptTokens, outputLimit }, 9)!)).toBe(usd);
  // Without a limit the tokens that are usual count.
  expect(usdText(estimateOf(price, { promptTokens, outputLimit: undefined }, outputLimit)!)).toBe(usd);
});

test('an unknown price has no estimate, not even 0', () => {
  expect(estimateOf(undefined, { promptTokens: 0, outputLimit: 0 }, 0)).toBeNull();
});

const LISTED = { models: ['gpt-4o-mini', 'o3*'], managed: true, ownCredentials: true };

test.each([
  [undefined, 'any', 'system', true],
  [LISTED, 'gpt-4o-mini', 'system', true],
  [LISTED, 'o3-mini', 'system', true],
  [LISTED, 'gpt-4o', 'system', false],
  [LISTED, 'GPT-4o-mini', 'system', false],
  [LISTED, 'gpt-4o', 'own', true],
  [{ ...LISTED, ownCredentials: false }, 'gpt-4o', 'own', false],
  [{ ...LISTED, ownCredentials: false }, 'gpt-4o-mini', 'own', true],
  [{ ...LISTED, managed: false }, 'gpt-4o-mini', 'system', false],
  [{ ...LISTED, managed: false }, 'gpt-4o', 'own', true],
  [{ ...LISTED, models: '*' as const }, 'any', 'system', true],
  [{ ...LISTED, models: '*' as const, managed: false }, 'any', 'none', false],
] as const)('the plan %j and the model %s on a credential that is %s: %s', (plan, model, credential, allowed) => {
  expect(planAllows(plan, model, credential)).toBe(allowed);
});
