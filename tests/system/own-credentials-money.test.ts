import { expect, test } from 'vitest';
import { ask } from './governed-bed.ts';
import { errorOf } from './http.ts';
import { OWN, ownBed, type OwnBedOptions, type Said } from './own-credentials-bed.ts';

const LIMITED: Said = [429, { message: 'slow down' }, { 'retry-after': '30' }];
const SYSTEM = { headers: { 'x-llmproxy-credential': 'system' } };

/** A user with these limits, a virtual key, and a stored key of OpenAI. */
async function userBed(limits: object, options: OwnBedOptions = {}) {
  const made = await ownBed(options);
  const { bed, store } = made;
  const user = await ask(bed, undefined, 'POST', '/api/governance/users', { name: 'Eve', ...limits });
  const id = user.body.user!.id;
  const body = { name: 'eve', user_id: id };
  const { body: key } = await ask(bed, undefined, 'POST', '/api/governance/virtual-keys', body);
  const eve = key.virtual_key!.value;
  const { id: credential } = await store(eve, { provider: 'openai', api_key: OWN });
  const budget = async (): Promise<unknown> => {
    const answer = await (await fetch(`${bed.url}/api/governance/users/${id}`)).json();
    return (answer as { user: { budget: { current_usage: number } } }).user.budget.current_usage;
  };
  return { ...made, eve, credential, budget };
}

const BROKE = { budget: { max_limit: 0, reset_duration: '1d' } };

test('without money left: the own key goes on, the operator’s is refused', async () => {
  const { chat, eve, upstream } = await userBed(BROKE);
  expect((await chat(eve, 'one')).status).toBe(200);
  const refused = await chat(eve, 'two', SYSTEM);
  expect([refused.status, errorOf(refused)['code']]).toEqual([402, 'budget_exceeded']);
  expect(upstream.keys()).toEqual([OWN]);
});

test('to have a key is not enough: without an endpoint that takes it, it is 402', async () => {
  const { chat, eve, upstream } = await userBed(BROKE, { endpoints: [{ provider_name: 'azure' }] });
  expect((await chat(eve, 'one')).status).toBe(402);
  expect(upstream.requests).toEqual([]);
});

test('without money left, endpoints of the operator’s keys are left out, also after a limit of the own one', async () => {
  const { chat, eve, upstreams } = await userBed(BROKE, {
    endpoints: [{ provider_name: 'azure' }, {}],
    config: { credentials: { fallback_on_reject: true } },
  });
  expect((await chat(eve, 'one')).status).toBe(200);
  upstreams[1]!.says.set(OWN, LIMITED);
  const limited = await chat(eve, 'two');
  expect([limited.status, errorOf(limited)['code']]).toEqual([429, 'credential_limited']);
  expect(upstreams.map((upstream) => upstream.keys())).toEqual([[], [OWN, OWN]]);
});

test('the own key is charged to no budget, the operator’s is', async () => {
  const { chat, eve, budget, bed } = await userBed({ budget: { max_limit: 1_000, reset_duration: '1d' } });
  await chat(eve, 'one');
  const usage = async (): Promise<{ cost_usd: number; requests: number }[]> => {
    const answer = await fetch(`${bed.url}/api/governance/usage?group_by=user`);
    return ((await answer.json()) as { rows: { cost_usd: number; requests: number }[] }).rows;
  };
  await expect.poll(usage).toMatchObject([{ requests: 1, cost_usd: expect.any(Number) }]);
  expect((await usage())[0]!.cost_usd).toBeGreaterThan(0);
  expect(await budget()).toBe(0);
  await chat(eve, 'two', SYSTEM);
  await expect.poll(budget).toBeGreaterThan(0);
});

test('a request that went on with the operator’s key is charged', async () => {
  const { chat, eve, budget, upstream } = await userBed(
    { budget: { max_limit: 1_000, reset_duration: '1d' } },
    { config: { credentials: { fallback_on_reject: true } } },
  );
  upstream.says.set(OWN, [401, { message: 'no' }]);
  expect((await chat(eve, 'one')).status).toBe(200);
  expect(upstream.keys()).toEqual([OWN, 'sk-endpoint-a']);
  await expect.poll(budget).toBeGreaterThan(0);
});

test.each([
  ['requests', { request_max_limit: 2, request_reset_duration: '1h' }],
  ['tokens', { token_max_limit: 4_000, token_reset_duration: '1h' }],
])('limits of %s count requests with the own key', async (_unit, rate_limit) => {
  const { chat, eve } = await userBed({ rate_limit });
  const statuses = [await chat(eve, 'one'), await chat(eve, 'two'), await chat(eve, 'three')].map(
    ({ status }) => status,
  );
  expect(statuses).toEqual([200, 200, 429]);
});
