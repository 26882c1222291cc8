import { ResponsesWS } from 'openai/resources/responses/ws';
import { expect, onTestFinished, test } from 'vitest';

import { ask, governedBed } from './governed-bed.ts';
import { errorOf, send } from './http.ts';
import { OWN, ownBed, type OwnBed, type OwnBedOptions } from './own-credentials-bed.ts';

const SYSTEM = { headers: { 'x-llmproxy-credential': 'system' } };

/** A user of a customer with that plan. */
async function customerBed(plan: object, options: OwnBedOptions = {}): Promise<OwnBed & { readonly eve: string }> {
  const made = await ownBed({ ...options, config: { ...options.config, plans: { free: plan } } });
  const create = (path: string, body: object) => ask(made.bed, undefined, 'POST', `/api/governance${path}`, body);
  const { body: customer } = await create('/customers', { name: 'Acme', plan: 'free' });
  const { id: customer_id } = (customer as unknown as { customer: { id: string } }).customer;
  const { body: user } = await create('/users', { name: 'Eve', customer_id });
  const { body: key } = await create('/virtual-keys', { name: 'eve', user_id: user.user!.id });
  return { ...made, eve: key.virtual_key!.value };
}

const OTHERS = { models: ['gpt-4o-nano', 'gpt-5*'] };

test('a model that is not in the plan is refused, and nothing is sent', async () => {
  const { chat, eve, upstream } = await customerBed(OTHERS);
  const refused = await chat(eve, 'one');
  expect([refused.status, errorOf(refused)]).toMatchObject([
    403,
    { code: 'plan_restriction', message: expect.stringContaining('PLAN RESTRICTION') },
  ]);
  expect(refused.headers['x-should-retry']).toBe('false');
  expect(upstream.requests).toEqual([]);
});

test.each([
  ['its name', { models: ['gpt-4o-mini'] }],
  ['its beginning', { models: ['gpt-4*'] }],
  ['every name', { models: '*' }],
])('a plan with %s lets the model through', async (_what, plan) => {
  const { chat, eve } = await customerBed(plan);
  expect((await chat(eve, 'one')).status).toBe(200);
});

test.each([
  ['that is in no list', OTHERS],
  ['without keys of the operator', { managed: false }],
])('a stored key of the user opens a model %s, and no key of the operator is used', async (_what, plan) => {
  const { chat, eve, store, upstream } = await customerBed(plan, {
    config: { credentials: { fallback_on_reject: true } },
  });
  expect((await chat(eve, 'one')).status).toBe(403);
  await store(eve, { provider: 'openai', api_key: OWN });
  expect((await chat(eve, 'two')).status).toBe(200);
  const system = await chat(eve, 'three', SYSTEM);
  expect([system.status, errorOf(system)['code']]).toEqual([403, 'plan_restriction']);
  upstream.says.set(OWN, [401, { message: 'no' }]);
  expect((await chat(eve, 'four')).status).not.toBe(200);
  expect(new Set(upstream.keys())).toEqual(new Set([OWN]));
});

test('a stored key for another provider, or at an endpoint that takes none, opens nothing', async () => {
  const { chat, eve, store } = await customerBed({ managed: false });
  await store(eve, { provider: 'anthropic', api_key: 'sk-ant-own-key-0001' });
  const refused = await chat(eve, 'one');
  expect([refused.status, errorOf(refused)['code']]).toEqual([403, 'plan_restriction']);
  const azure = await customerBed({ managed: false }, { endpoints: [{ provider_name: 'azure' }] });
  await azure.store(azure.eve, { provider: 'openai', api_key: OWN });
  expect((await azure.chat(azure.eve, 'one')).status).toBe(403);
});

test('a plan without credentials of users: a stored key opens nothing', async () => {
  const { chat, eve, call, upstream } = await customerBed({ ...OTHERS, own_credentials: false });
  const stored = await call(eve, 'POST', '/llm-credentials', { provider: 'openai', api_key: OWN });
  expect([200, 403]).toContain(stored.status);
  expect((await chat(eve, 'one')).status).toBe(403);
  expect(upstream.requests).toEqual([]);
});

test('the allow lists of the key are asked before the plan, and the plan before the chosen credential', async () => {
  const { chat, eve, bed } = await customerBed(OTHERS);
  const wrong = { headers: { 'x-llmproxy-credential': 'no-such' } };
  expect(errorOf(await chat(eve, 'one', wrong))['code']).toBe('plan_restriction');
  const { body } = await ask(bed, undefined, 'GET', '/api/governance/virtual-keys');
  const keys = (body as unknown as { virtual_keys: { id: string; name: string }[] }).virtual_keys;
  const { id } = keys.find(({ name }) => name === 'eve')!;
  await ask(bed, undefined, 'PUT', `/api/governance/virtual-keys/${id}`, { allowed_models: ['none'] });
  expect(errorOf(await chat(eve, 'two', wrong))['code']).toBe('model_blocked');
});

test('callers without a key have the plan `default`, and so have customers without one', async () => {
  const { bed, callers } = await governedBed({
    config: { plans: { default: { models: ['dall-e-3'] } }, auth: { admin: 'open', require_key: false } },
    moreModels: ([mock]) => ({
      'dall-e-3': { endpoints: [{ provider: 'openai', base_url: mock!.baseURL, api_key: 'sk-endpoint' }] },
    }),
  });
  onTestFinished(() => bed[Symbol.asyncDispose]());
  for (const caller of [undefined, callers.ada, callers.machine]) {
    const messages = [{ role: 'user', content: 'hello' }];
    const chat = await ask(bed, caller, 'POST', '/v1/chat/completions', { model: 'gpt-4o-mini', messages });
    expect([chat.status, chat.body.error?.code]).toEqual([403, 'plan_restriction']);
    const models = await ask(bed, caller, 'GET', '/v1/models');
    expect(models.body.data?.map(({ id }) => id)).toEqual(['dall-e-3', 'auto']);
    expect((await ask(bed, caller, 'GET', '/v1/models/gpt-4o-mini')).status).toBe(404);
    const drawn = await ask(bed, caller, 'POST', '/v1/images/generations', { model: 'dall-e-3', prompt: 'a cat' });
    expect(drawn.status).toBe(200);
  }
});

const INPUT = { model: 'gpt-4o-mini', input: 'hello' };
const ROUTES: readonly (readonly [path: string, body: object])[] = [
  ['/v1/responses', INPUT],
  ['/v1/embeddings', INPUT],
  ['/v1/completions', { model: 'gpt-4o-mini', prompt: 'hello' }],
  ['/v1/images/generations', { model: 'gpt-4o-mini', prompt: 'hello' }],
  ['/v1/audio/speech', INPUT],
  ['/v1/messages', { model: 'gpt-4o-mini', max_tokens: 9, messages: [{ role: 'user', content: 'hello' }] }],
  ['/v1/messages/count_tokens', { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }] }],
  ['/v1beta/models/gpt-4o-mini:generateContent', { contents: [{ parts: [{ text: 'hello' }] }] }],
  ['/openai/deployments/gpt-4o-mini/chat/completions', { messages: [{ role: 'user', content: 'hello' }] }],
  ['/v1/realtime/client_secrets', { session: { type: 'realtime', model: 'gpt-4o-mini' } }],
  ['/v1/files', { purpose: 'batch' }],
];

test.each(ROUTES)('%s is refused', async (path, body) => {
  const { bed, eve, upstream } = await customerBed(OTHERS);
  const refused = await send(`${bed.url}${path}`, { headers: { authorization: `Bearer ${eve}` }, body });
  expect([refused.status, refused.body.toString()]).toEqual([403, expect.stringContaining('PLAN RESTRICTION')]);
  expect(upstream.requests).toEqual([]);
});

test('a socket of realtime is not opened, and a request over one of Responses is refused there', async () => {
  const { bed, eve, upstream } = await customerBed(OTHERS);
  const realtime = await send(`${bed.url}/v1/realtime?model=gpt-4o-mini`, {
    method: 'GET',
    headers: {
      authorization: `Bearer ${eve}`,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    },
  });
  expect([realtime.status, errorOf(realtime)['code']]).toEqual([403, 'plan_restriction']);
  const socket = new ResponsesWS(bed.client({ apiKey: eve }));
  const said = new Promise((resolve) => socket.on('error', resolve));
  socket.send({ type: 'response.create', ...INPUT });
  expect(String(await said)).toContain('PLAN RESTRICTION');
  socket.close();
  expect(upstream.requests).toEqual([]);
});
