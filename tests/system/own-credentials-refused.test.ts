import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { ask } from './governed-bed.ts';
import { errorOf, jsonOf } from './http.ts';
import { BOBS, OWN, ownBed, type OwnBedOptions, type Said } from './own-credentials-bed.ts';

const REFUSED: Said = [401, { message: `Incorrect API key: ${OWN}`, code: 'invalid_api_key' }];
const LIMITED: Said = [429, { message: 'slow down', code: 'rate_limit_exceeded' }, { 'retry-after': '30' }];
const EXHAUSTED: Said = [429, { message: 'no money', type: 'insufficient_quota', code: 'insufficient_quota' }];

async function bedOf(said: Said, options: OwnBedOptions = {}) {
  const made = await ownBed(options);
  const { id } = await made.store(made.callers.ada, { provider: 'openai', api_key: OWN });
  for (const upstream of made.upstreams) upstream.says.set(OWN, said);
  return { ...made, id };
}

test.each([
  ['401', REFUSED, 401, 'credential_rejected', undefined, 'false'],
  ['403', [403, { message: 'no' }] as Said, 401, 'credential_rejected', undefined, 'false'],
  ['402', [402, { message: 'pay' }] as Said, 402, 'credential_quota', undefined, 'false'],
  ['429 without quota', EXHAUSTED, 402, 'credential_quota', undefined, 'false'],
  ['429', LIMITED, 429, 'credential_limited', '30', undefined],
])('%s for a user’s own key', async (_name, said, ...expected) => {
  const { chat, callers, upstream, bed, id } = await bedOf(said);
  const answer = await chat(callers.ada, 'one');
  const { 'retry-after': wait, 'x-should-retry': repeat } = answer.headers;
  expect([answer.status, errorOf(answer)['code'], wait, repeat]).toEqual(expected);
  expect(answer.headers['x-llmproxy-credential']).toBe(id);
  const { message } = errorOf(answer);
  expect(message).toContain('****0001');
  expect(message).toContain('openai');
  expect(answer.body.toString()).not.toContain(OWN);
  expect(message).not.toContain('Incorrect');
  // The endpoint is as well as before: the operator's key is used at once, and it was not tried for Ada.
  expect(upstream.keys()).toEqual([OWN]);
  expect((await chat(callers.bob, 'two')).status).toBe(200);
  expect((await bed.stats()).endpoints[0]).toMatchObject({ state: 'admitting', failures: 0 });
});

test('a key that its provider limits waits, on every endpoint, and no other key does', async () => {
  const { chat, callers, store, call, upstreams, id } = await bedOf(LIMITED, { endpoints: [{}, {}] });
  await store(callers.bob, { provider: 'openai', api_key: BOBS });
  const answers = [await chat(callers.ada, 'one'), await chat(callers.adaToo, 'two')];
  expect(answers.map((answer) => [answer.status, errorOf(answer)['code']])).toEqual([
    [429, 'credential_limited'],
    [429, 'credential_limited'],
  ]);
  expect(Number(answers[1]!.headers['retry-after'])).toBeGreaterThan(25);
  expect(upstreams.flatMap((upstream) => upstream.keys())).toEqual([OWN]);
  expect((await chat(callers.bob, 'one')).status).toBe(200);
  expect((await chat(callers.ada, 'one', { headers: { 'x-llmproxy-credential': 'system' } })).status).toBe(200);
  // Another key in its place need not wait.
  await call(callers.ada, 'PATCH', `/llm-credentials/${id}`, { api_key: 'sk-another-key-0004' });
  expect((await chat(callers.ada, 'three')).status).toBe(200);
});

test('a limited key: endpoints of other providers go on with theirs', async () => {
  const { chat, callers, upstreams } = await bedOf(LIMITED, {
    endpoints: [{ weight: 1 }, { provider_name: 'azure', weight: 0 }],
  });
  expect((await chat(callers.ada, 'one')).headers).toMatchObject({ 'x-llmproxy-credential': 'system' });
  expect(upstreams.map((upstream) => upstream.keys())).toEqual([[OWN], ['sk-endpoint-b']]);
});

test.each([
  ['refused', REFUSED],
  ['limited', LIMITED],
  ['without quota', EXHAUSTED],
])('fallback_on_reject: a key that is %s gives way to the operator’s, who pays', async (_name, said) => {
  const { chat, callers, upstream, bed } = await bedOf(said, { config: { credentials: { fallback_on_reject: true } } });
  const answer = await chat(callers.ada, 'one');
  expect(answer.status).toBe(200);
  expect(answer.headers).toMatchObject({ 'x-llmproxy-credential': 'system', 'x-llmproxy-attempts': '2' });
  expect(upstream.keys()).toEqual([OWN, 'sk-endpoint-a']);
  await expect
    .poll(async () => (await (await fetch(`${bed.url}/api/governance/usage?group_by=provider`)).json()) as object)
    .toMatchObject({ rows: [{ provider: 'openai', requests: 1, input_tokens: 1_000 }] });
});

test('a key that was taken is stamped, one that was refused is not', async () => {
  const { chat, callers, upstream, call, id } = await bedOf(REFUSED);
  const shown = async (): Promise<unknown> => (await call(callers.ada, 'GET', `/llm-credentials/${id}`)).json;
  await chat(callers.ada, 'one');
  expect(await shown()).toMatchObject({ last_validated_at: null });
  upstream.says.clear();
  await chat(callers.ada, 'two');
  await expect.poll(shown).toMatchObject({ last_validated_at: expect.any(String) });
});

test('a stream with a refused key gets the status of the refusal, in the form of its API', async () => {
  const { chat, callers, bed } = await bedOf(REFUSED);
  expect((await chat(callers.ada, 'one', { body: { stream: true } })).status).toBe(401);
  const response = await fetch(`${bed.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': callers.ada, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o-mini', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] }),
  });
  expect(jsonOf({ body: Buffer.from(await response.arrayBuffer()) })).toMatchObject({
    type: 'error',
    error: { type: 'authentication_error', code: 'credential_rejected' },
  });
});

test('no key is in a log at trace level, a metric or an answer', async () => {
  const { chat, callers, bed, store } = await bedOf(REFUSED, { config: { log: { level: 'trace' } } });
  await store(callers.bob, { provider: 'openai', api_key: BOBS });
  const seen: string[] = [];
  for (const key of [callers.ada, callers.bob]) {
    for (const more of [{}, { body: { stream: true } }]) {
      const { body, headers } = await chat(key, 'one', more);
      seen.push(body.toString().replace(`hello ${BOBS}`, 'hello'), JSON.stringify(headers));
    }
  }
  for (const path of ['/stats', '/metrics']) seen.push(await (await fetch(bed.url + path)).text());
  const all = `${seen.join('\n')}\n${bed.log()}`;
  expect(all).toContain('request');
  for (const key of [OWN, BOBS]) expect(all).not.toContain(key);
});

describe('a refused key on other ways', () => {
  const opened = (url: string, key: string): WebSocket => {
    const socket = new WebSocket(url.replace('http', 'ws'), { headers: { authorization: `Bearer ${key}` } });
    onTestFinished(() => socket.terminate());
    return socket.on('error', () => undefined);
  };

  test('passed through, held or not', async () => {
    const { bed, callers, upstream } = await bedOf(REFUSED, { config: { passthrough: { replay_limit: '64KiB' } } });
    for (const size of [10, 100_000]) {
      const form = new FormData();
      form.set('purpose', 'batch');
      form.set('file', new Blob(['x'.repeat(size)]), 'lines.jsonl');
      const { status, body } = await ask(bed, callers.ada, 'POST', '/v1/files', form);
      expect([status, body.error?.code]).toEqual([401, 'credential_rejected']);
    }
    expect(upstream.keys()).toEqual([OWN, OWN]);
  });

  test('an upgrade of the realtime API', async () => {
    const { bed, callers, upstream } = await bedOf(REFUSED);
    const socket = opened(`${bed.url}/v1/realtime?model=gpt-4o-mini`, callers.ada);
    const text = await new Promise<string>((resolve) => {
      socket.once('unexpected-response', (_request, response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(`${response.statusCode} ${Buffer.concat(chunks).toString()}`));
      });
    });
    expect(text).toMatch(/^401 .*credential_rejected/s);
    expect(upstream.keys()).toEqual([OWN]);
  });

  test('a request over a socket of the Responses API: an error event, and the socket stays', async () => {
    const { bed, callers, upstream, id } = await bedOf(REFUSED);
    const socket = opened(`${bed.url}/v1/responses`, callers.ada);
    const said = once(socket, 'message') as Promise<[Buffer]>;
    socket.once('open', () =>
      socket.send(JSON.stringify({ type: 'response.create', model: 'gpt-4o-mini', input: 'hi' })),
    );
    const [text] = await said;
    expect(JSON.parse(text.toString())).toMatchObject({
      type: 'error',
      status: 401,
      error: { code: 'credential_rejected', message: expect.stringContaining(id) },
    });
    expect(socket.readyState).toBe(WebSocket.OPEN);
    expect(upstream.keys()).toEqual([OWN]);
  });
});
