import { expect, test } from 'vitest';
import { generateBed } from './gateway-generate-bed.ts';

const GATEWAY = { default_provider: 'openai', default_model: 'gpt-4o-mini' };

test.each([
  ['403 when the model is not in the plan', { models: ['gpt-4o'] }, 403, /PLAN RESTRICTION/],
  ['403 when the operator’s keys are not in the plan', { managed: false }, 403, /PLAN RESTRICTION/],
  ['402 when the request could cost more than one may', { max_cost_per_request_cents: 0 }, 402, /at most/],
  ['402 when the month is used up', { monthly_budget_cents: 0 }, 402, /BUDGET EXCEEDED.*monthly/],
])('%s, and the provider is not asked', async (_name, plan, status, detail) => {
  const { generate, govern, bed } = await generateBed({ gateway: GATEWAY, config: { plans: { free: plan } } });
  const made = (await govern('/customers', { name: 'Acme', plan: 'free' })) as { customer: { id: string } };
  await govern('/users', { name: 'Ada', external_id: 'ada', customer_id: made.customer.id });
  const answer = await generate({ user_id: 'ada' });
  expect(answer).toMatchObject({ status, json: { detail: expect.stringMatching(detail) } });
  expect(answer.headers['x-should-retry']).toBe('false');
  expect(await bed.requests()).toEqual([]);
  expect((await generate({ user_id: 'a user without a record' })).status).toBe(200);
});

test('a cap that the request fits in lets it through', async () => {
  const plans = { default: { max_cost_per_request_cents: 1, models: ['gpt-4o-mini'], monthly_budget_cents: 100 } };
  const { generate } = await generateBed({ gateway: GATEWAY, config: { plans } });
  expect((await generate({ prompt: 'hello', max_tokens: 100 })).status).toBe(200);
  // 25,000 tokens at 0.15 USD a million and 8,000 at 0.6 are 0.855 cents, twice the prompt 1.23.
  expect((await generate({ prompt: 'word '.repeat(20_000), max_tokens: 8_000 })).status).toBe(200);
  expect((await generate({ prompt: 'word '.repeat(40_000), max_tokens: 8_000 })).status).toBe(402);
});
