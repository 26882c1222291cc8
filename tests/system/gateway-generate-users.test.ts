import { expect, test } from 'vitest';
import { generateBed } from './gateway-generate-bed.ts';

const OPENAI = { gateway: { default_provider: 'openai', default_model: 'gpt-4o-mini' } };

test('the chain of a user pays, by external id or id; a hit is free and counts as a request', async () => {
  const { generate, govern, bed } = await generateBed(OPENAI);
  const { customer } = (await govern('/customers', {
    name: 'Acme',
    budget: { max_limit: 1_000, reset_duration: '1d' },
  })) as {
    customer: { id: string };
  };
  const fields = { name: 'Ada', external_id: 'ext-ada', customer_id: customer.id };
  const { user } = (await govern('/users', fields)) as { user: { id: string } };
  const { json } = await generate({ user_id: 'ext-ada', prompt: 'word '.repeat(2_000) });
  expect(json['cost_usd']).toBeGreaterThan(0);
  await generate({ user_id: user.id, prompt: 'word '.repeat(2_000) });
  const usage = async (): Promise<unknown> =>
    (await fetch(`${bed.url}/api/governance/usage?group_by=user,customer`)).json();
  await expect.poll(usage).toMatchObject({
    rows: [{ user_id: user.id, customer_id: customer.id, requests: 2, cached_requests: 1 }],
  });
  const stored = await (await fetch(`${bed.url}/api/governance/customers/${customer.id}`)).json();
  expect((stored as { customer: { budget: { current_usage: number } } }).customer.budget.current_usage).toBeGreaterThan(
    0,
  );
});

test.each([
  ['402 when the budget is used up', { budget: { max_limit: 0, reset_duration: '1d' } }, {}, 402],
  ['403 when the user is switched off', { is_active: false }, {}, 403],
  ['403 when the trial has ended', {}, { trial_ends_at: '2020-01-01T00:00:00Z' }, 403],
  [
    '429 when the requests are used up',
    { rate_limit: { request_max_limit: 1, request_reset_duration: '1h' } },
    {},
    429,
  ],
])('%s, and the provider is not asked', async (_name, fields, customer, status) => {
  const { generate, govern, bed } = await generateBed(OPENAI);
  const made = (await govern('/customers', { name: 'Acme', ...customer })) as { customer: { id: string } };
  await govern('/users', { name: 'Ada', external_id: 'ada', customer_id: made.customer.id, ...fields });
  if (status === 429) await generate({ user_id: 'ada' });
  const before = (await bed.requests()).length;
  const answer = await generate({ user_id: 'ada', prompt: 'another' });
  expect(answer).toMatchObject({ status, json: { detail: expect.any(String) } });
  if (status === 429) expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  expect(await bed.requests()).toHaveLength(before);
  expect((await generate({ user_id: 'a user without a record', prompt: 'another' })).status).toBe(200);
});

test('a virtual key is no service key, and a service key opens nothing else', async () => {
  const { generate, bed } = await generateBed(OPENAI);
  expect(await generate({}, { authorization: 'Bearer sk-lp-x' })).toMatchObject({ status: 422 });
  const answer = await fetch(`${bed.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'x-llmproxy-key': 'service-key-of-a-test' },
    body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'x' }] }),
  });
  expect(answer.status).toBe(403);
});

test('a request of a client does not see what services were answered', async () => {
  const { generate, bed } = await generateBed(OPENAI);
  await generate({ prompt: 'shared?' });
  const body = {
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: 'shared?' }],
    temperature: 0.7,
    max_tokens: 1_000,
  };
  const answer = await fetch(`${bed.url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.headers.get('x-llmproxy-cache')).toBe('miss');
});

test('with a Redis that is away generate still answers, from the cache of this process', async () => {
  const { generate } = await generateBed({ ...OPENAI, config: { redis: { url: 'redis://127.0.0.1:1' } } });
  expect(await generate()).toMatchObject({ status: 200, json: { cached: false } });
  expect(await generate()).toMatchObject({ status: 200, json: { cached: true } });
});
