import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { nonce } from './ask.ts';
import { budget, MODELS, requestLimit, startGoverned, verdict, type Answer, type Governed } from './governed.ts';
import { openSocket } from './http.ts';

const CLAUDE = 'claude-3-5-sonnet-20240620';

let bed: Governed;
beforeAll(async () => {
  bed = await startGoverned({
    models: (endpoint) => ({ 'with-own-key': { endpoints: [{ ...endpoint, api_key: 'forward' }] } }),
  });
});
afterAll(() => bed.close());

const ask = async (key: string, model: string): Promise<string> => verdict(await bed.chat(key, { model }));
const messageOf = ({ json }: Answer): string => (json as { error: { message: string } }).error.message;

test('the checks come in their order; the first that fails answers, with its form, and nothing is sent', async () => {
  const customer = await bed.make('customers', { trial_ends_at: '2020-01-01T00:00:00Z', ...budget(0) });
  const { id, value } = await bed.make('virtual-keys', {
    customer_id: customer.id,
    is_active: false,
    expires_at: '2020-01-01T00:00:00Z',
    allowed_models: ['gpt-4o-mini'],
    allowed_providers: ['anthropic'],
    ...requestLimit(1),
  });
  const before = await bed.upstreamCalls();
  const key = String(value);
  const refusals: string[] = [];
  const note = async (): Promise<void> => {
    const plain = await bed.chat(key);
    const streamed = await bed.chat(key, { stream: true });
    for (const answer of [plain, streamed]) {
      expect(answer.headers['content-type']).toMatch(/^application\/json/);
      expect(answer.json).toEqual({
        error: {
          message: expect.stringMatching(/\S/) as unknown,
          type: expect.any(String) as unknown,
          code: expect.any(String) as unknown,
          param: expect.toBeOneOf([null, 'model']) as unknown,
        },
      });
      expect(answer.text).not.toContain(key);
    }
    expect(verdict(streamed)).toBe(verdict(plain));
    refusals.push(verdict(plain));
  };
  expect(await ask(`${key}x`, 'gpt-4')).toBe('403 virtual_key_not_found');
  await note();
  await bed.put('virtual-keys', id, { is_active: true });
  await note();
  await bed.put('virtual-keys', id, { expires_at: null });
  await note();
  await bed.put('customers', customer.id, { trial_ends_at: null });
  await note();
  await bed.put('virtual-keys', id, { allowed_models: null });
  await note();
  expect(await bed.upstreamCalls()).toBe(before);
  // The one request of the window is taken while the budget has room.
  await bed.put('virtual-keys', id, { allowed_providers: null });
  await bed.put('customers', customer.id, budget(1));
  expect(await ask(key, 'gpt-4')).toBe('200 ok');
  await note();
  await bed.put('virtual-keys', id, { rate_limit: { request_max_limit: 100 } });
  await note();
  await bed.put('customers', customer.id, budget(100));
  expect(await ask(key, 'gpt-4')).toBe('200 ok');
  expect(refusals).toEqual([
    '403 virtual_key_blocked',
    '403 virtual_key_expired',
    '403 trial_expired',
    '403 model_blocked',
    '403 provider_blocked',
    '429 request_limited',
    '402 budget_exceeded',
  ]);
  expect(await bed.upstreamCalls()).toBe(before + 2);
});

test('sentences say what they are about', async () => {
  const key = await bed.key({ allowed_models: ['gpt-4'], ...requestLimit(1) });
  expect(messageOf(await bed.chat(key, { model: 'gpt-4o-mini' }))).toContain('gpt-4o-mini');
  const other = await bed.key({ allowed_providers: ['anthropic'] });
  expect(messageOf(await bed.chat(other))).toContain('openai');
  await bed.chat(key);
  expect(messageOf(await bed.chat(key))).toMatch(/1 of 1 request.* 1h/);
  const team = await bed.make('teams', budget(0));
  expect(messageOf(await bed.chat(await bed.key({ team_id: team.id })))).toMatch(/team.*0 of 0 cents/);
});

test.each<[string, object, string, string]>([
  ['no list', {}, 'gpt-4', '200 ok'],
  ['empty lists', { allowed_models: [], allowed_providers: [] }, 'gpt-4', '200 ok'],
  ['null lists', { allowed_models: null, allowed_providers: null }, 'gpt-4', '200 ok'],
  ['openai alone', { allowed_providers: ['openai'] }, 'openai/gpt-3.5-turbo', '200 ok'],
  ['openai alone', { allowed_providers: ['openai'] }, 'gpt-4', '200 ok'],
  ['anthropic alone', { allowed_providers: ['anthropic'] }, CLAUDE, '200 ok'],
  ['openai alone', { allowed_providers: ['openai'] }, CLAUDE, '403 provider_blocked'],
  ['openai alone', { allowed_providers: ['openai'] }, `anthropic/${CLAUDE}`, '403 provider_blocked'],
  ['anthropic alone', { allowed_providers: ['anthropic'] }, 'gpt-4', '403 provider_blocked'],
  ['anthropic alone', { allowed_providers: ['anthropic'] }, 'openai/gpt-4', '403 provider_blocked'],
  ['claude, as another name of it', { allowed_providers: ['claude'] }, CLAUDE, '200 ok'],
  ['Anthropic, in another case', { allowed_providers: ['Anthropic'] }, CLAUDE, '200 ok'],
  ['google', { allowed_providers: ['google'] }, 'gemini-2.5-flash', '200 ok'],
  ['vertex', { allowed_providers: ['vertex'] }, 'gemini-2.5-flash', '200 ok'],
  ['a bare model', { allowed_models: ['gpt-4'] }, 'gpt-4', '200 ok'],
  ['a bare model', { allowed_models: ['gpt-4'] }, 'openai/gpt-4', '200 ok'],
  ['a model with its provider', { allowed_models: ['openai/gpt-4'] }, 'gpt-4', '200 ok'],
  ['another model', { allowed_models: ['gpt-4'] }, 'gpt-4o-mini', '403 model_blocked'],
  ['the beginning of a model', { allowed_models: ['gpt'] }, 'gpt-4', '403 model_blocked'],
  ['a model in another case', { allowed_models: ['GPT-4'] }, 'gpt-4', '403 model_blocked'],
  ['a pattern', { allowed_models: ['gpt-4*'] }, 'gpt-4o-mini', '200 ok'],
  ['a pattern', { allowed_models: ['gpt-4*'] }, 'gpt-3.5-turbo', '403 model_blocked'],
  [
    'a list beside an empty one',
    { allowed_models: [], allowed_providers: ['anthropic'] },
    'gpt-4',
    '403 provider_blocked',
  ],
  ['an alias of the model', { model_aliases: { fast: 'gpt-4o-mini' } }, 'fast', '200 ok'],
  [
    'an alias of another model',
    { model_aliases: { fast: 'gpt-4o-mini' }, allowed_models: ['gpt-4'] },
    'fast',
    '403 model_blocked',
  ],
])('a key with %s %j asks for %s: %s', async (_what, fields, model, expected) => {
  expect(await ask(await bed.key(fields), model)).toBe(expected);
});

test('a model that is not configured is 404 for a key that may use it', async () => {
  expect(await ask(await bed.key(), 'gpt-9')).toBe('404 model_not_found');
});

test('the list of models is that of the key, in every form, and a model that it may not use does not exist', async () => {
  const key = await bed.key({ allowed_models: ['gpt-4', 'claude*'], allowed_providers: ['openai', 'anthropic'] });
  const headers = { authorization: `Bearer ${key}` };
  const idsOf = async (extra: object): Promise<string[]> => {
    const { status, json } = await bed.call('/v1/models', { method: 'GET', headers: { ...headers, ...extra } });
    expect(status).toBe(200);
    return (json['data'] as { id: string }[]).map(({ id }) => id).toSorted();
  };
  // `auto` needs no entry in a list: what it picks does.
  expect(await idsOf({})).toEqual(['auto', CLAUDE, 'gpt-4']);
  expect(await idsOf({ 'anthropic-version': '2023-06-01' })).toEqual(['auto', CLAUDE, 'gpt-4']);
  const gemini = await bed.call(`/v1beta/models?key=${key}`, { method: 'GET' });
  expect((gemini.json['models'] as { name: string }[]).map(({ name }) => name).toSorted()).toEqual([
    'models/auto',
    `models/${CLAUDE}`,
    'models/gpt-4',
  ]);
  for (const [model, status] of [
    ['gpt-4', 200],
    ['gpt-4o-mini', 404],
    ['gemini-2.5-flash', 404],
  ] as const) {
    expect((await bed.call(`/v1/models/${model}`, { method: 'GET', headers })).status, model).toBe(status);
  }
  const aliases = { model_aliases: { fast: 'gpt-4o-mini', slow: 'gpt-4' }, allowed_models: ['gpt-4o-mini'] };
  const named = { authorization: `Bearer ${await bed.key(aliases)}` };
  expect(await idsOf(named)).toEqual(['auto', 'fast', 'gpt-4o-mini']);
  expect((await bed.call('/v1/models/fast', { method: 'GET', headers: named })).json).toMatchObject({ id: 'fast' });
  expect((await bed.call('/v1/models/slow', { method: 'GET', headers: named })).status).toBe(404);
  const all = await bed.call('/v1/models', { method: 'GET', headers: { authorization: `Bearer ${await bed.key()}` } });
  expect((all.json['data'] as { id: string }[]).map(({ id }) => id).toSorted()).toEqual(
    ['auto', ...MODELS, 'with-own-key'].toSorted(),
  );
});

/** Which of two keys a request is taken for: each lists one model beside `auto`. */
describe('where a key stands', () => {
  const keys: Record<'first' | 'second', string> = { first: '', second: '' };
  beforeAll(async () => {
    keys.first = await bed.key({ allowed_models: ['gpt-4'] });
    keys.second = await bed.key({ allowed_models: ['gpt-4o-mini'] });
  });
  const filled = (headers: Record<string, string>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        value.replace('FIRST', keys.first).replace('SECOND', keys.second),
      ]),
    );
  const modelsFor = async (headers: Record<string, string>, query = ''): Promise<string> => {
    const answer = await bed.call(`/v1/models${query}`, { method: 'GET', headers: filled(headers) });
    if (answer.status !== 200) return verdict(answer);
    const ids = (answer.json['data'] as { id: string }[]).map(({ id }) => id).filter((id) => id !== 'auto');
    return ids.length === 1 ? ids[0]! : `${ids.length} models`;
  };

  test.each<[Record<string, string>, string]>([
    [{}, `${MODELS.length + 1} models`],
    [{ 'x-bf-vk': 'FIRST' }, 'gpt-4'],
    [{ 'x-llmproxy-key': 'FIRST' }, 'gpt-4'],
    [{ authorization: 'Bearer FIRST' }, 'gpt-4'],
    [{ authorization: 'bearer FIRST' }, 'gpt-4'],
    [{ 'x-api-key': 'FIRST' }, 'gpt-4'],
    [{ 'api-key': 'FIRST' }, 'gpt-4'],
    [{ 'x-bf-vk': 'FIRST', authorization: 'Bearer SECOND' }, 'gpt-4'],
    [{ authorization: 'Bearer SECOND', 'x-bf-vk': 'FIRST' }, 'gpt-4'],
    [{ 'x-bf-vk': 'FIRST', 'x-llmproxy-key': 'SECOND' }, 'gpt-4'],
    [{ 'x-llmproxy-key': 'FIRST', authorization: 'Bearer SECOND' }, 'gpt-4'],
    [{ authorization: 'Bearer FIRST', 'x-api-key': 'SECOND' }, 'gpt-4'],
    [{ 'x-api-key': 'FIRST', 'api-key': 'SECOND' }, 'gpt-4'],
    [{ authorization: 'Bearer sk-other', 'x-api-key': 'FIRST' }, 'gpt-4'],
    [{ authorization: 'Bearer sk-other' }, `${MODELS.length + 1} models`],
    [{ 'x-api-key': 'sk-other' }, `${MODELS.length + 1} models`],
    [{ 'x-bf-vk': '' }, '403 virtual_key_not_found'],
    [{ 'x-bf-vk': 'anything' }, '403 virtual_key_not_found'],
    [{ 'x-bf-vk': 'anything', authorization: 'Bearer FIRST' }, '403 virtual_key_not_found'],
    [{ 'x-llmproxy-key': 'sk-other' }, '403 virtual_key_not_found'],
    [{ authorization: 'Bearer sk-lp-' }, '403 virtual_key_not_found'],
    [{ authorization: 'Bearer sk-lp-unknown' }, '403 virtual_key_not_found'],
    [{ authorization: 'Bearer SK-LP-unknown' }, `${MODELS.length + 1} models`],
  ])('%j is taken for %s', async (headers, expected) => {
    expect(await modelsFor(headers)).toBe(expected);
  });

  test('Gemini’s places: a header and a parameter, the header before the parameter', async () => {
    const idsOf = async (path: string, headers: Record<string, string>): Promise<unknown> => {
      const { status, json } = await bed.call(path, { method: 'GET', headers });
      return status === 200 ? (json['models'] as { name: string }[]).map(({ name }) => name) : status;
    };
    expect(await idsOf('/v1beta/models', { 'x-goog-api-key': keys.first })).toEqual(['models/gpt-4', 'models/auto']);
    expect(await idsOf(`/v1beta/models?key=${keys.first}`, {})).toEqual(['models/gpt-4', 'models/auto']);
    expect(await idsOf(`/v1beta/models?key=${keys.second}`, { 'x-goog-api-key': keys.first })).toEqual([
      'models/gpt-4',
      'models/auto',
    ]);
    expect(await idsOf('/v1beta/models?key=sk-lp-unknown', {})).toBe(403);
    expect(await idsOf(`/v1beta/models?key=${keys.first}&key=${keys.first}`, {})).toBe(403);
  });

  test.each(['authorization', 'x-bf-vk', 'x-llmproxy-key', 'x-api-key', 'api-key'])(
    'a %s with a key that comes twice is malformed',
    async (name) => {
      const value = name === 'authorization' ? `Bearer ${keys.first}` : keys.first;
      for (const second of [value, value.replace(keys.first, 'other')]) {
        const socket = openSocket(bed.url);
        socket.write(
          `GET /v1/models HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${name}: ${value}\r\n${name}: ${second}\r\n\r\n`,
        );
        const text = (await socket.ended()).toString();
        expect([text.slice(9, 12), text.includes('virtual_key_malformed')], text).toEqual(['403', true]);
      }
    },
  );

  test('a subprotocol of a WebSocket; an unknown key is refused before the upgrade', async () => {
    const url = `${bed.url.replace('http', 'ws')}/v1/responses`;
    const opened = new WebSocket(url, ['realtime', `openai-insecure-api-key.${keys.first}`]);
    await new Promise((resolve, reject) => opened.once('open', resolve).once('error', reject));
    opened.terminate();
    const refused = new WebSocket(url, ['realtime', 'openai-insecure-api-key.sk-lp-unknown']);
    const status = await new Promise((resolve) => {
      refused.once('unexpected-response', (_request, response) => resolve(response.statusCode));
      refused.once('open', () => resolve(101)).on('error', () => undefined);
    });
    expect(status).toBe(403);
    refused.terminate();
  });
});

test('no key and no label of a caller reaches an endpoint, its log or an answer; request ids are kept', async () => {
  const key = await bed.key();
  const word = nonce();
  const labels = { 'x-bf-team': `team-${word}`, 'x-bf-user': `user-${word}`, 'x-bf-customer': `customer-${word}` };
  const places: readonly Record<string, string>[] = [
    { authorization: `Bearer ${key}` },
    { 'x-bf-vk': key },
    { 'x-llmproxy-key': key },
    { 'x-api-key': key },
    { 'api-key': key },
    { 'x-goog-api-key': key },
  ];
  for (const [at, headers] of places.entries()) {
    const answer = await bed.chat(undefined, {}, { ...headers, ...labels, 'x-request-id': `${word}-${at}` });
    expect([answer.status, answer.headers['x-request-id']]).toEqual([200, `${word}-${at}`]);
    expect(answer.text).not.toContain(key);
  }
  const seen = JSON.stringify(await bed.mock.requests());
  expect(seen).not.toContain('sk-lp-');
  expect(seen).not.toContain(`-${word}"`);
  expect(bed.proxy.stderr()).not.toContain(key);
});

test('a caller’s own credential goes on beside a virtual key, and no virtual key goes on as a credential', async () => {
  const key = await bed.key();
  const credentialOf = async (headers: Record<string, string>): Promise<unknown> => {
    const word = nonce();
    await bed.chat(undefined, { model: 'with-own-key', messages: [{ role: 'user', content: word }] }, headers);
    const seen = (await bed.mock.requests()).find(({ body }) => JSON.stringify(body).includes(word));
    return seen === undefined ? 'not sent' : (seen.headers['authorization'] ?? 'none');
  };
  expect(await credentialOf({ 'x-bf-vk': key, authorization: 'Bearer sk-own' })).toBe('Bearer sk-own');
  expect(await credentialOf({ 'x-api-key': key, authorization: 'Bearer sk-own' })).toBe('Bearer sk-own');
  expect(['none', 'not sent']).toContain(await credentialOf({ authorization: `Bearer ${key}` }));
});

test('labels and fields of a body name no other payer', async () => {
  const team = await bed.make('teams', budget(100));
  const key = await bed.make('virtual-keys', { team_id: team.id, ...budget(100) });
  const other = await bed.make('teams', budget(100));
  const labels = { 'x-bf-team': other.id, 'x-bf-customer': other.id, 'x-bf-user': other.id };
  const body = {
    user: other.id,
    metadata: { team_id: other.id },
    team_id: other.id,
    api_key: 'sk-x',
    api_base: 'http://127.0.0.1:9',
  };
  const answer = await bed.chat(String(key['value']), body, labels);
  expect(verdict(answer)).toBe('200 ok');
  const usedOf = async (id: string): Promise<unknown> =>
    ((await bed.get('teams', id))['budget'] as { current_usage: number }).current_usage;
  await expect.poll(() => usedOf(team.id)).toBe(1);
  expect(await usedOf(other.id)).toBe(0);
});

test('with auth.require_key a request without a virtual key is 401, with a wrong one 403', async () => {
  const strict = await startGoverned({ config: { auth: { admin: 'open', require_key: true } } });
  try {
    expect(verdict(await strict.chat(undefined))).toBe('401 virtual_key_required');
    expect(verdict(await strict.chat('sk-of-openai'))).toBe('401 virtual_key_required');
    expect(verdict(await strict.chat(undefined, { stream: true }))).toBe('401 virtual_key_required');
    expect(verdict(await strict.chat('sk-lp-unknown'))).toBe('403 virtual_key_not_found');
    expect(verdict(await strict.chat(undefined, {}, { 'x-bf-vk': '' }))).toBe('403 virtual_key_not_found');
    for (const [method, path] of [
      ['GET', '/v1/models'],
      ['GET', '/v1/files'],
      ['POST', '/v1/embeddings'],
      ['POST', '/v1/messages'],
      ['POST', '/v1beta/models/gpt-4:generateContent'],
      ['POST', '/openai/deployments/gpt-4/chat/completions'],
      ['POST', '/v1/images/generations'],
      ['GET', '/v1/responses/resp_1'],
    ] as const) {
      const answer = await strict.call(path, { method, ...(method === 'POST' ? { body: { model: 'gpt-4' } } : {}) });
      expect(answer.status, path).toBe(401);
    }
    expect(await strict.upstreamCalls()).toBe(0);
    expect(verdict(await strict.chat(await strict.key()))).toBe('200 ok');
  } finally {
    await strict.close();
  }
});
