import { expect, test } from 'vitest';
import { errorOf } from './http.ts';
import { BOBS, OWN, ownBed } from './own-credentials-bed.ts';

const UNKNOWN = '7b0e1b1e-0000-4000-8000-000000000000';
const named = (credential: string) => ({ headers: { 'x-llmproxy-credential': credential } });

test('a user’s requests go with the user’s own key, others with the operator’s, and answers say which', async () => {
  const { chat, store, callers, upstream } = await ownBed();
  const { id } = await store(callers.ada, { provider: 'openai', api_key: OWN });
  const own = await chat(callers.ada, 'one');
  expect(own.status).toBe(200);
  expect(own.headers).toMatchObject({ 'x-llmproxy-credential': id, 'x-llmproxy-model': 'gpt-4o-mini' });
  const others = [await chat(callers.bob, 'two'), await chat(callers.machine, 'three')];
  expect(others.map(({ headers }) => headers['x-llmproxy-credential'])).toEqual(['system', 'system']);
  expect(upstream.keys()).toEqual([OWN, 'sk-endpoint-a', 'sk-endpoint-a']);
  expect(JSON.stringify(upstream.requests.map(({ headers }) => headers))).not.toContain('x-llmproxy-credential');
  expect(own.body.toString()).not.toContain(OWN);
});

test('the header names a credential, the default one, or none', async () => {
  const { chat, store, call, callers, upstream } = await ownBed({
    config: { credentials: { unique: 'provider_model' } },
  });
  const first = await store(callers.ada, { provider: 'openai', api_key: OWN });
  const second = await store(callers.ada, { provider: 'openai', api_key: 'sk-second-key-0003', model_name: 'x' });
  const used = async (content: string, credential?: string): Promise<unknown> => {
    const { headers } = await chat(callers.ada, content, credential === undefined ? {} : named(credential));
    return headers['x-llmproxy-credential'];
  };
  expect(await used('automatic: the oldest')).toBe(first.id);
  expect(await used('by its id', second.id)).toBe(second.id);
  expect(await used('in capital letters', second.id.toUpperCase())).toBe(second.id);
  expect(await used('none is the default', 'default')).toBe('system');
  expect(await used('the operator’s', 'system')).toBe('system');
  await call(callers.ada, 'PUT', `/llm-credentials/${second.id}/default`);
  expect(await used('automatic: the default')).toBe(second.id);
  expect(await used('the default', 'default')).toBe(second.id);
  expect(upstream.keys()).toEqual([
    OWN,
    'sk-second-key-0003',
    'sk-second-key-0003',
    'sk-endpoint-a',
    'sk-endpoint-a',
    'sk-second-key-0003',
    'sk-second-key-0003',
  ]);
});

test('of keys for one provider that none is the default of, the one for the model is used', async () => {
  const { chat, store, callers, upstream } = await ownBed({ config: { credentials: { unique: 'provider_model' } } });
  await store(callers.ada, { provider: 'openai', api_key: 'sk-for-another-model', model_name: 'gpt-4o' });
  await store(callers.ada, { provider: 'openai', api_key: OWN, model_name: 'gpt-4o-mini' });
  await chat(callers.ada, 'one');
  expect(upstream.keys()).toEqual([OWN]);
});

test('what cannot be used is refused, and nothing is sent', async () => {
  const { chat, store, call, callers, upstream } = await ownBed({
    config: { credentials: { unique: 'provider_model' } },
  });
  const mine = await store(callers.ada, { provider: 'openai', api_key: OWN });
  const google = await store(callers.ada, { provider: 'google', api_key: OWN });
  const off = await store(callers.ada, { provider: 'anthropic', api_key: OWN });
  await call(callers.ada, 'PATCH', `/llm-credentials/${off.id}`, { is_active: false });
  const refused = async (key: string, credential: string): Promise<unknown> => {
    const answer = await chat(key, 'x', named(credential));
    return [answer.status, errorOf(answer)['code'], answer.headers['x-should-retry']];
  };
  expect(await refused(callers.ada, UNKNOWN)).toEqual([404, 'credential_not_found', 'false']);
  expect(await refused(callers.bob, mine.id)).toEqual([404, 'credential_not_found', 'false']);
  expect(await refused(callers.ada, off.id)).toEqual([403, 'credential_inactive', 'false']);
  expect(await refused(callers.ada, google.id)).toEqual([400, 'credential_provider_mismatch', 'false']);
  expect(await refused(callers.ada, 'mine')).toEqual([400, 'invalid_value', 'false']);
  expect(await refused(callers.machine, mine.id)).toEqual([401, 'user_required', 'false']);
  await call(callers.ada, 'PUT', `/llm-credentials/${google.id}/default`);
  expect(await refused(callers.ada, 'default')).toEqual([400, 'credential_provider_mismatch', 'false']);
  const foreign = await chat(callers.bob, 'x', named(mine.id));
  const unknown = await chat(callers.bob, 'x', named(UNKNOWN));
  expect(foreign.body.toString().replace(mine.id, UNKNOWN)).toBe(unknown.body.toString());
  expect(upstream.requests).toEqual([]);
});

test('a key is used as it was when the request came, and a new one from the next request on', async () => {
  const { chat, store, call, callers, upstream } = await ownBed();
  const { id } = await store(callers.ada, { provider: 'openai', api_key: OWN });
  await chat(callers.ada, 'one');
  await call(callers.ada, 'PATCH', `/llm-credentials/${id}`, { api_key: 'sk-rotated-key-0009' });
  await chat(callers.ada, 'two');
  await call(callers.ada, 'DELETE', `/llm-credentials/${id}`);
  await chat(callers.ada, 'three');
  expect(upstream.keys()).toEqual([OWN, 'sk-rotated-key-0009', 'sk-endpoint-a']);
});

test('plans without own credentials: naming one is refused, the automatic choice has none', async () => {
  const { chat, store, callers, upstream } = await ownBed({
    config: { plans: { default: { own_credentials: false } } },
  });
  const { id } = await store(callers.ada, { provider: 'openai', api_key: OWN });
  expect(errorOf(await chat(callers.ada, 'x', named(id)))).toMatchObject({ code: 'plan_restriction' });
  expect((await chat(callers.ada, 'x')).headers['x-llmproxy-credential']).toBe('system');
  expect(upstream.keys()).toEqual(['sk-endpoint-a']);
});

test('a key goes to its provider’s endpoints alone, and a named one leaves the others out', async () => {
  const { chat, store, callers, upstreams } = await ownBed({
    endpoints: [{ provider_name: 'azure' }, { provider_name: 'openai' }],
    model: { strategy: 'round-robin' },
  });
  const { id } = await store(callers.ada, { provider: 'openai', api_key: OWN });
  for (const content of ['1', '2', '3', '4']) await chat(callers.ada, content);
  expect(upstreams.map((upstream) => upstream.keys())).toEqual([
    ['sk-endpoint-a', 'sk-endpoint-a'],
    [OWN, OWN],
  ]);
  for (const content of ['5', '6']) await chat(callers.ada, content, named(id));
  expect(upstreams.map(({ requests }) => requests.length)).toEqual([2, 4]);
});

test('headers that name the operator’s account do not go along', async () => {
  const headers = { 'openai-organization': 'org-operator', 'x-tenant': 't' };
  const { chat, store, callers, upstream } = await ownBed({ endpoints: [{ headers }] });
  await store(callers.ada, { provider: 'openai', api_key: OWN });
  await chat(callers.ada, 'one');
  await chat(callers.bob, 'two');
  const seen = upstream.requests.map(({ headers: got }) => [got['openai-organization'], got['x-tenant']]);
  expect(seen).toEqual([
    [undefined, 't'],
    ['org-operator', 't'],
  ]);
});

test('equal requests of two users with keys are two calls; of one user, one; the operator’s answers stay shared', async () => {
  const { chat, store, callers, upstream } = await ownBed();
  const shared = [await chat(callers.machine, 'same'), await chat(callers.machine, 'same')];
  expect(shared.map(({ headers }) => headers['x-llmproxy-cache'])).toEqual(['miss', 'hit']);
  const { id } = await store(callers.ada, { provider: 'openai', api_key: OWN });
  await store(callers.bob, { provider: 'openai', api_key: BOBS });
  const release = upstream.hold();
  const first = [callers.ada, callers.bob].map((key) => chat(key, 'same'));
  await expect.poll(() => upstream.requests.length).toBe(3);
  const joining = chat(callers.adaToo, 'same');
  release();
  const all = await Promise.all([...first, joining]);
  expect(all.map(({ headers }) => headers['x-llmproxy-cache'])).toEqual([
    'miss',
    'miss',
    expect.stringMatching(/^(?:joined|hit)$/),
  ]);
  expect(all[0].body.toString()).toContain('hello');
  const hit = await chat(callers.adaToo, 'same');
  expect(hit.headers).toMatchObject({ 'x-llmproxy-cache': 'hit', 'x-llmproxy-credential': id });
  expect((await chat(callers.adaToo, 'same', named('system'))).headers['x-llmproxy-cache']).toBe('miss');
  expect(upstream.keys().toSorted()).toEqual([BOBS, OWN, 'sk-endpoint-a', 'sk-endpoint-a'].toSorted());
});
