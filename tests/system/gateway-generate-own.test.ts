import { expect, test } from 'vitest';
import { generateBed, SERVICE_KEY, type GenerateOptions } from './gateway-generate-bed.ts';
import { send } from './http.ts';
import { BOBS, OWN, startKeyed, type Said } from './own-credentials-bed.ts';

const OPENAI = { gateway: { default_provider: 'openai', default_model: 'gpt-4o-mini' } };
const OPERATORS = 'sk-operator-openai';

/** Services speak of Ada and Bob, who have virtual keys and may store keys of providers. */
async function ownBed(options: GenerateOptions = {}) {
  let mock = '';
  const providers = (origin: string): object => {
    mock = origin;
    return options.providers?.(origin) ?? {};
  };
  const made = await generateBed({ ...OPENAI, ...options, providers });
  const { govern, bed } = made;
  const user = async (name: string, customer: object = {}, fields: object = {}) => {
    const owner = (await govern('/customers', { name: `Customer of ${name}`, ...customer })) as {
      customer: { id: string };
    };
    const { user: stored } = (await govern('/users', {
      name,
      external_id: name,
      customer_id: owner.customer.id,
      ...fields,
    })) as { user: { id: string } };
    const { virtual_key: key } = (await govern('/virtual-keys', { name: `key of ${name}`, user_id: stored.id })) as {
      virtual_key: { value: string };
    };
    return { id: stored.id, customer: owner.customer.id, key: key.value };
  };
  return {
    ...made,
    user,
    /** Of the mock. */
    origin: () => mock,
    /** A call of an administrator or of a service. */
    change: async (path: string, method: string, body: object): Promise<Record<string, unknown>> => {
      const answer = await send(bed.url + path, { method, body, headers: { 'x-service-key': SERVICE_KEY } });
      expect(answer.status).toBeLessThan(300);
      return JSON.parse(answer.body.toString()) as Record<string, unknown>;
    },
    store: async ({ key }: { readonly key: string }, api_key: string, provider = 'openai'): Promise<string> => {
      const answer = await send(`${bed.url}/api/v1/users/me/llm-credentials`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: { provider, api_key },
      });
      expect(answer.status).toBe(200);
      return (JSON.parse(answer.body.toString()) as { id: string }).id;
    },
    /** The keys that the mock was asked with, in order. */
    keys: async (): Promise<string[]> =>
      (await bed.requests()).map(({ headers }) => String(headers['authorization']).replace(/^Bearer /, '')),
    rows: async (group: string): Promise<unknown> =>
      (await fetch(`${bed.url}/api/governance/usage?group_by=${group}`)).json(),
  };
}

/** Ada has a key, and the provider says this of it. */
async function refusing(said: Said, options: GenerateOptions = {}) {
  const upstream = await startKeyed();
  upstream.says.set(OWN, said);
  const providers = () => ({ openai: { base_url: upstream.baseURL, api_key: OPERATORS } });
  const made = await ownBed({ ...options, providers });
  const id = await made.store(await made.user('ada'), OWN);
  return { ...made, upstream, id };
}

test('each user’s key is used for that user alone: equal requests are one call a user, and one for all others', async () => {
  const { generate, user, store, keys } = await ownBed();
  await store(await user('ada'), OWN);
  await store(await user('bob'), BOBS);
  await user('eve');
  const cached: unknown[] = [];
  for (const user_id of ['ada', 'bob', 'eve', 'someone', 'ada', 'bob']) {
    const { status, json } = await generate({ user_id });
    expect(status).toBe(200);
    cached.push(json['cached']);
  }
  expect(cached).toEqual([false, false, false, true, true, true]);
  expect(await keys()).toEqual([OWN, BOBS, OPERATORS]);
});

test('equal requests at the same time share a call within one user', async () => {
  const { generate, user, store, keys } = await ownBed({ mock: { pace: { firstEventMs: 50 } } });
  await store(await user('ada'), OWN);
  await store(await user('bob'), BOBS);
  const answers = await Promise.all(['ada', 'bob', 'ada', 'bob'].map((user_id) => generate({ user_id })));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect((await keys()).toSorted()).toEqual([OWN, BOBS]);
});

test('a stored key of another provider is not used', async () => {
  const { generate, user, store, bed } = await ownBed();
  await store(await user('ada'), 'sk-ant-own-0003', 'anthropic');
  await generate({ user_id: 'ada' });
  const [first] = await bed.requests();
  expect(first?.headers['authorization']).toBe(`Bearer ${OPERATORS}`);
});

test.each([
  ['claude', 'claude-sonnet-4-5', 'anthropic', 'x-api-key'],
  ['gemini', 'gemini-2.0-flash', 'google', 'x-goog-api-key'],
])('%s gets the key in its own header', async (provider, model, word, header) => {
  const { generate, user, store, bed } = await ownBed({
    gateway: { default_provider: provider, default_model: model },
  });
  const id = await store(await user('ada'), OWN, word);
  const answer = await generate({ user_id: 'ada' });
  expect(answer.headers['x-llmproxy-credential']).toBe(id);
  const [first] = await bed.requests();
  expect(first?.headers[header]).toBe(OWN);
  expect(JSON.stringify(first?.headers)).not.toContain('sk-operator');
});

test('the row has the cost; no budget is charged, and a user without money is served', async () => {
  const { generate, user, store, rows, bed, keys } = await ownBed();
  const ada = await user('ada', { budget: { max_limit: 0, reset_duration: '1d' } });
  expect(await generate({ user_id: 'ada' })).toMatchObject({ status: 402 });
  await store(ada, OWN);
  const { status, json } = await generate({ user_id: 'ada', prompt: 'word '.repeat(2_000) });
  expect(status).toBe(200);
  expect(json['cost_usd']).toBeGreaterThan(0);
  expect(await keys()).toEqual([OWN]);
  await expect
    .poll(() => rows('user'))
    .toMatchObject({ rows: [{ user_id: ada.id, requests: 2, errors: 1, cost_usd: expect.any(Number) }] });
  const { rows: shown } = (await rows('user')) as { rows: { cost_usd: number }[] };
  expect(shown[0]?.cost_usd).toBeGreaterThan(0);
  const stored = await (await fetch(`${bed.url}/api/governance/customers/${ada.customer}`)).json();
  expect(stored).toMatchObject({ customer: { budget: { current_usage: 0 } } });
});

test('requests count against the limits of the chain', async () => {
  const { generate, user, store, keys } = await ownBed();
  const ada = await user('ada', {}, { rate_limit: { request_max_limit: 1, request_reset_duration: '1h' } });
  await store(ada, OWN);
  expect((await generate({ user_id: 'ada' })).status).toBe(200);
  const answer = await generate({ user_id: 'ada', prompt: 'another' });
  expect(answer).toMatchObject({ status: 429, json: { detail: expect.any(String) } });
  expect(await keys()).toEqual([OWN]);
});

test.each([
  ['401', [401, { message: 'canary', code: 'invalid_api_key' }], 401, undefined],
  ['403', [403, { message: 'canary' }], 401, undefined],
  ['402', [402, { message: 'canary' }], 402, undefined],
  ['429', [429, { message: 'canary', code: 'rate_limit_exceeded' }, { 'retry-after': '30' }], 429, '30'],
] satisfies [string, Said, number, string | undefined][])(
  '%s for the user’s key is said as such, and no other key is tried',
  async (_name, said, status, wait) => {
    const { generate, upstream, id } = await refusing(said);
    const answer = await generate({ user_id: 'ada' });
    expect(answer).toMatchObject({ status, json: { detail: expect.stringContaining('****0001') } });
    expect(answer.headers).toMatchObject({ 'x-llmproxy-credential': id });
    expect(answer.headers['retry-after']).toBe(wait);
    expect(answer.text).not.toMatch(/canary|sk-own/);
    expect(upstream.keys()).toEqual([OWN]);
    // The provider is as well as before for everyone else.
    expect((await generate({ user_id: 'someone' })).status).toBe(200);
    expect(upstream.keys()).toEqual([OWN, OPERATORS]);
  },
);

test('a provider that fails with the user’s key is 502, as with another', async () => {
  const { generate, upstream } = await refusing([500, { message: 'canary' }]);
  expect(await generate({ user_id: 'ada' })).toMatchObject({ status: 502 });
  expect(new Set(upstream.keys())).toEqual(new Set([OWN]));
});

test('fallback_on_reject: the operator’s key takes the place of a refused one', async () => {
  const config = { credentials: { fallback_on_reject: true } };
  const { generate, upstream } = await refusing([401, { message: 'no', code: 'invalid_api_key' }], { config });
  const answer = await generate({ user_id: 'ada' });
  expect(answer).toMatchObject({ status: 200, headers: { 'x-llmproxy-credential': 'system' } });
  expect(upstream.keys()).toEqual([OWN, OPERATORS]);
});

test('with a plan without own_credentials the operator’s key is used, and the answer is shared', async () => {
  const { generate, user, store, keys, change } = await ownBed({
    config: { plans: { default: { own_credentials: true }, small: { own_credentials: false } } },
  });
  const [ada, bob] = [await user('ada', { plan: 'default' }), await user('bob', { plan: 'default' })];
  await store(ada, OWN);
  await store(bob, BOBS);
  await change(`/api/governance/customers/${bob.customer}`, 'PUT', { plan: 'small' });
  expect((await generate({ user_id: 'bob' })).status).toBe(200);
  expect((await generate({ user_id: 'someone' })).json['cached']).toBe(true);
  await generate({ user_id: 'ada' });
  expect(await keys()).toEqual([OPERATORS, OWN]);
});

test('the header that chooses a key is not read', async () => {
  const { generate, user, store, keys } = await ownBed();
  await store(await user('ada'), OWN);
  const headers = { 'x-service-key': SERVICE_KEY, 'x-llmproxy-credential': 'system' };
  expect((await generate({ user_id: 'ada' }, headers)).status).toBe(200);
  expect(await keys()).toEqual([OWN]);
});

test('a stored provider gets a user’s key at an address of the configuration alone', async () => {
  const elsewhere = await startKeyed();
  const { generate, user, store, keys, change, origin } = await ownBed();
  await store(await user('ada'), OWN);
  const row = { name: 'openai', display_name: 'O', api_key: 'sk-row-0009' };
  const { id } = await change('/api/v1/providers', 'POST', { ...row, base_url: elsewhere.baseURL });
  expect(await generate({ user_id: 'ada' })).toMatchObject({ status: 200 });
  expect([elsewhere.keys(), await keys()]).toEqual([['sk-row-0009'], []]);
  await change(`/api/v1/providers/${String(id)}`, 'PATCH', { api_key: 'sk-row-0010', base_url: origin() });
  expect(await generate({ user_id: 'ada', prompt: 'again' })).toMatchObject({ status: 200 });
  expect(await generate({ user_id: 'someone', prompt: 'again' })).toMatchObject({ status: 200 });
  expect([elsewhere.keys(), await keys()]).toEqual([['sk-row-0009'], [OWN, 'sk-row-0010']]);
});
