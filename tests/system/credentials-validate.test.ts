import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { credentialsBed, type CredentialsBed, type Reply } from './credentials-bed.ts';
import { startUpstream, type Answer, type Upstream } from './upstream.ts';

const KEY = 'canary-key-of-a-user-7777';
const VALIDATE = '/llm-credentials/validate';
const DIALECTS = [
  ['openai', 'gpt-4o-mini', '/v1/chat/completions', 'authorization', `Bearer ${KEY}`],
  ['anthropic', 'claude-haiku-4-5', '/v1/messages', 'x-api-key', KEY],
  ['google', 'gemini-2.5-flash', '/v1beta/models/gemini-2.5-flash:generateContent', 'x-goog-api-key', KEY],
] as const;

async function upstream(answer: Answer): Promise<Upstream> {
  const started = await startUpstream(answer);
  onTestFinished(() => started[Symbol.asyncDispose]());
  return started;
}

/** Users of a proxy whose providers are all at one address. */
function bedAt(port: number, config: object = {}): Promise<CredentialsBed> {
  const base_url = `http://127.0.0.1:${port}`;
  const providers = { openai: { base_url }, anthropic: { base_url }, google: { base_url } };
  return credentialsBed({ config: { providers, ...config } });
}

const answering =
  (status: number, body: unknown, headers: object = {}): Answer =>
  (response: ServerResponse) =>
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body));

function validate({ call, callers }: CredentialsBed, provider = 'openai', more: object = {}): Promise<Reply> {
  return call(callers.ada, 'POST', VALIDATE, { provider, api_key: ` ${KEY} `, ...more });
}

test.each(DIALECTS)(
  '%s: one cheap completion in its own API says that the key is good',
  async (provider, model, path) => {
    const mock = await startMock({ keys: [KEY] });
    onTestFinished(() => mock.close());
    const bed = await bedAt(mock.port);
    const { status, json } = await validate(bed, provider.toUpperCase());
    expect([status, json]).toEqual([
      200,
      {
        is_valid: true,
        provider,
        model_name: model,
        error_message: null,
        error_kind: null,
        details: { status: 200, latency_ms: expect.any(Number) as unknown },
      },
    ]);
    const [seen, ...more] = await mock.requests();
    expect([seen?.path, more]).toEqual([path, []]);
    expect(seen?.usage?.output ?? 0).toBeLessThanOrEqual(1);
    expect(await bed.list(bed.callers.ada)).toEqual([]);
  },
);

test.each(DIALECTS)('%s: the mock refuses a key that it does not know', async (provider) => {
  const mock = await startMock({ keys: ['another'] });
  onTestFinished(() => mock.close());
  const { json } = await validate(await bedAt(mock.port), provider);
  expect(json).toMatchObject({ is_valid: false, error_kind: 'auth', provider });
});

test.each(DIALECTS)('%s: the key goes out as this provider wants it, and nothing of the operator', async (...row) => {
  const [provider, , path, header, value] = row;
  const { port, requests } = await upstream(answering(200, { choices: [], content: [], candidates: [] }));
  const base_url = `http://127.0.0.1:${port}`;
  const written = { base_url, api_key: 'operators-key-1' };
  const bed = await credentialsBed({
    config: { providers: { openai: written, anthropic: written, google: written } },
  });
  expect((await validate(bed, provider, { model_name: 'a-model' })).json).toMatchObject({ model_name: 'a-model' });
  const [seen] = requests;
  expect([requests.length, seen?.url]).toEqual([1, path.replace('gemini-2.5-flash', 'a-model')]);
  expect(seen?.headers[header]).toBe(value);
  expect(JSON.stringify(seen?.headers)).not.toContain('operators');
  const body = seen?.body.toString() ?? '';
  expect(body).toMatch(/"max_tokens":1\b|"maxOutputTokens":1\b/);
});

const openaiError = (code: string, message = `canary ${KEY}`): object => ({ error: { message, type: code, code } });

test.each<[string, Answer, object]>([
  ['401', answering(401, openaiError('invalid_api_key')), { error_kind: 'auth' }],
  ['403', answering(403, openaiError('insufficient_permissions')), { error_kind: 'auth' }],
  ['404', answering(404, openaiError('model_not_found')), { error_kind: 'not_found' }],
  ['429', answering(429, openaiError('rate_limit_exceeded')), { error_kind: 'quota', is_valid: true }],
  ['429 without quota', answering(429, openaiError('insufficient_quota')), { error_kind: 'quota' }],
  ['402', answering(402, openaiError('billing')), { error_kind: 'quota' }],
  ['500', answering(500, openaiError('server_error')), { error_kind: 'other' }],
  ['400', answering(400, openaiError('invalid_request_error')), { error_kind: 'other' }],
  ['a page', answering(200, `<html>canary ${KEY}</html>`), { error_kind: 'other' }],
  ['another object', answering(200, { hello: KEY }), { error_kind: 'other' }],
  ['an error in a 200', answering(200, openaiError('invalid_api_key')), { error_kind: 'auth' }],
  ['no end', answering(200, 'x'.repeat(2 * 1024 * 1024)), { error_kind: 'other' }],
  [
    'an end in the middle',
    (response) => void response.writeHead(200).write('{', () => response.destroy()),
    { error_kind: 'unreachable' },
  ],
  ['no answer', (response) => response.destroy(), { error_kind: 'unreachable' }],
])('%s is told in a sentence of our own', async (_what, answer, expected) => {
  const { port, requests } = await upstream(answer);
  const bed = await bedAt(port);
  const { status, json, text } = await validate(bed);
  expect(status).toBe(200);
  expect(json).toMatchObject({
    is_valid: false,
    error_message: expect.stringMatching(/^OpenAI .+\.$|at OpenAI\.$/) as unknown,
    ...expected,
  });
  expect(text).not.toMatch(/canary|html|hello/);
  expect(requests).toHaveLength(1);
});

test.each([
  [
    'google',
    400,
    {
      error: {
        code: 400,
        message: 'API key not valid.',
        status: 'INVALID_ARGUMENT',
        details: [
          { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID', domain: 'googleapis.com' },
        ],
      },
    },
    'auth',
  ],
  ['google', 404, { error: { code: 404, message: 'models/x is not found', status: 'NOT_FOUND' } }, 'not_found'],
  ['anthropic', 401, { type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } }, 'auth'],
  [
    'anthropic',
    400,
    {
      type: 'error',
      error: {
        type: 'invalid_request_error',
        message:
          'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
      },
    },
    'quota',
  ],
] as const)('%s: status %d in its own words', async (provider, status, body, kind) => {
  const { port } = await upstream(answering(status, body));
  const { json } = await validate(await bedAt(port), provider);
  expect(json).toMatchObject({ is_valid: false, error_kind: kind, details: { status } });
});

test('a redirect is not followed', async () => {
  const other = await upstream(answering(200, { choices: [] }));
  const { port } = await upstream(answering(307, '', { location: `${other.baseURL}/chat/completions` }));
  const { json } = await validate(await bedAt(port));
  expect(json).toMatchObject({ is_valid: false, error_kind: 'other', details: { status: 307 } });
  expect(other.requests).toEqual([]);
});

test('a provider that does not answer is left after the timeout', async () => {
  let gone: Promise<unknown> | undefined;
  const { port } = await upstream((response) => (gone = once(response, 'close')));
  const { json } = await validate(await bedAt(port, { credentials: { validate_timeout: '300ms' } }));
  expect(json).toMatchObject({ is_valid: false, error_kind: 'timeout', details: { status: null } });
  await gone;
});

test('a provider where nothing listens is unreachable', async () => {
  const { json } = await validate(await bedAt(1));
  expect(json).toMatchObject({ is_valid: false, error_kind: 'unreachable', details: { status: null } });
});

test('no address of a request is called', async () => {
  const other = await upstream(answering(200, { choices: [] }));
  const { port, requests } = await upstream(answering(200, { choices: [] }));
  const bed = await bedAt(port);
  const addresses = { base_url: other.baseURL, url: other.baseURL, endpoint: other.baseURL };
  await validate(bed, 'openai', { ...addresses, model_name: `${other.baseURL}/../x` });
  await validate(bed, 'google', { model_name: '../../other?x#y' });
  expect(other.requests).toEqual([]);
  expect(requests.map(({ url }) => url)).toEqual([
    '/v1/chat/completions',
    '/v1beta/models/..%2F..%2Fother%3Fx%23y:generateContent',
  ]);
});

test('a key may go where an endpoint names the provider, and not where its model’s name alone suggests one', async () => {
  const { port, requests } = await upstream(answering(200, { choices: [] }));
  const endpoint = { provider: 'openai', base_url: `http://127.0.0.1:${port}`, api_key: 'operators-key-1' };
  const bed = await credentialsBed({
    config: { providers: { anthropic: { base_url: 'http://127.0.0.1:1' }, house: {} } },
    moreModels: () => ({
      'a-model': {
        endpoints: [
          {
            ...endpoint,
            provider_name: 'house',
            model: 'upstream-model',
            headers: { authorization: 'Bearer operators-key-2', 'x-app': 'a' },
          },
        ],
      },
    }),
  });
  expect((await validate(bed, 'house', { model_name: 'a-model' })).json).toMatchObject({ is_valid: true });
  const [seen] = requests;
  expect(seen?.headers).toMatchObject({ authorization: `Bearer ${KEY}`, 'x-app': 'a' });
  expect(JSON.parse(seen?.body.toString() ?? '')).toMatchObject({ model: 'upstream-model' });
  expect((await validate(bed, 'house')).json).toMatchObject({ is_valid: true, model_name: 'a-model' });
});

test('a stored key is tried by its id; a good one is stamped, a limited one too, a bad one not', async () => {
  let status = 401;
  const { port, requests } = await upstream((response, ...rest) =>
    status === 200
      ? answering(200, { choices: [] })(response, ...rest)
      : answering(status, openaiError('invalid_api_key'))(response, ...rest),
  );
  const bed = await bedAt(port);
  const { call, callers, store, list } = bed;
  const { id, updated_at } = await store(callers.ada, { provider: 'openai', api_key: KEY, model_name: 'a-model' });
  const check = async (): Promise<unknown> => (await call(callers.ada, 'POST', VALIDATE, { credential_id: id })).json;
  expect(await check()).toMatchObject({ is_valid: false, provider: 'openai', model_name: 'a-model' });
  expect(await list(callers.ada)).toMatchObject([{ last_validated_at: null, updated_at }]);
  status = 200;
  expect(await check()).toMatchObject({ is_valid: true });
  expect(requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${KEY}`, `Bearer ${KEY}`]);
  const [stamped] = await list(callers.ada);
  expect(stamped?.last_validated_at).toMatch(/Z$/);
  await call(callers.ada, 'PATCH', `/llm-credentials/${id}`, { api_key: 'another-key-1111' });
  expect(await list(callers.ada)).toMatchObject([{ last_validated_at: null }]);
});

test('a check is a row of the ledger with its cost, and no budget is touched', async () => {
  const mock = await startMock();
  onTestFinished(() => mock.close());
  const base_url = mock.url;
  const { bed, call, callers } = await credentialsBed({
    config: { providers: { openai: { base_url } }, prices: { 'gpt-4o-mini': { request: 0.5 } } },
  });
  const api = async (path: string): Promise<Record<string, unknown>> =>
    (await (await fetch(`${bed.url}/api/governance${path}`)).json()) as Record<string, unknown>;
  await call(callers.ada, 'POST', VALIDATE, { provider: 'openai', api_key: KEY });
  await expect
    .poll(async () => (await api('/usage?group_by=model,provider'))['rows'])
    .toMatchObject([{ model: 'gpt-4o-mini', provider: 'openai', requests: 1, cost_usd: 0.5 }]);
  const { counters } = await api('/debug/counters');
  expect((counters as { id: string; unit: string }[]).filter(({ unit }) => unit !== 'requests')).toEqual([]);
});
