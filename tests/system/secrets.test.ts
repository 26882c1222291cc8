import { afterAll, beforeAll, expect, test } from 'vitest';
import { chat, collect, nonce } from './ask.ts';
import { startApp, startBed, type Bed } from './bed.ts';
import { send, type RawAnswer } from './http.ts';
import { startUpstream } from './upstream.ts';

const ENDPOINT_KEY = `key-of-endpoint-${nonce()}`;
const SPARE_KEY = `sk-spare-${nonce()}${nonce()}`;
const CLIENT_KEY = `sk-client-${nonce()}${nonce()}`;
const ADMIN_TOKEN = `admin-${nonce()}`;
const EXTRA_HEADER = `header-${nonce()}`;
const PROMPT = `a prompt about ${nonce()}`;
const COOKIE = `session=${nonce()}`;

const SECRETS = { ENDPOINT_KEY, SPARE_KEY, CLIENT_KEY, ADMIN_TOKEN, EXTRA_HEADER, COOKIE };

function found(text: string): string[] {
  return Object.entries({ ...SECRETS, PROMPT })
    .filter(([, secret]) => text.includes(secret))
    .map(([name]) => name);
}

function dump({ headers, body }: RawAnswer): string {
  return `${JSON.stringify(headers)}\n${body.toString()}`;
}

let bed: Bed;
beforeAll(async () => {
  bed = await startBed({
    mocks: 2,
    mock: { tag: false },
    endpoints: [
      { api_key: ENDPOINT_KEY, headers: { 'x-tenant': EXTRA_HEADER } },
      { api_key: SPARE_KEY, weight: 0 },
    ],
    model: { routing: { allowed_fails: 1000, timeouts: { first_byte: '200ms', answer: '1s' } } },
    config: { auth: { admin_token: ADMIN_TOKEN }, log: { level: 'trace', format: 'json' } },
  });
});
afterAll(() => bed[Symbol.asyncDispose]());

const headers = { authorization: `Bearer ${CLIENT_KEY}`, cookie: COOKIE, 'x-api-key': CLIENT_KEY };
const operate = { authorization: `Bearer ${ADMIN_TOKEN}` };

test('the keys do reach the endpoint, so that what follows can find them', async () => {
  await send(`${bed.url}/v1/chat/completions`, { body: chat(PROMPT), headers });
  const [seen] = await bed.mocks[0]!.requests();
  expect(seen?.headers).toMatchObject({ authorization: `Bearer ${ENDPOINT_KEY}`, 'x-tenant': EXTRA_HEADER });
  expect(JSON.stringify(seen)).not.toContain(CLIENT_KEY);
  expect(JSON.stringify(seen)).not.toContain(COOKIE);
});

test.each([
  ['a status', { kind: 'status', status: 500 }],
  ['a refused key', { kind: 'status', status: 401 }],
  ['an empty purse', { kind: 'status', status: 429 }],
  ['a cut', { kind: 'cut' }],
  ['a silence', { kind: 'hang' }],
  ['an empty answer', { kind: 'empty' }],
  ['a page of HTML', { kind: 'content-type' }],
  ['an error event', { kind: 'error-first', afterEvents: 5 }],
  ['a cut in the middle', { kind: 'cut', afterEvents: 5 }],
] as const)('after %s no answer and no line of the log holds a secret or a prompt', async (_what, fault) => {
  for (const mock of bed.mocks) {
    await mock.reset();
    await mock.fault({ fault });
  }
  const prompt = `${PROMPT} ${nonce()}`;
  const unary = await send(`${bed.url}/v1/chat/completions`, { body: chat(prompt), headers });
  const streamed = await send(`${bed.url}/v1/responses`, {
    body: { model: 'gpt-4o-mini', input: prompt, stream: true },
    headers,
  });
  const passed = await send(`${bed.url}/v1/files?key=${CLIENT_KEY}`, { method: 'GET', headers });
  expect(found(dump(unary))).toEqual([]);
  if (streamed.status !== 200) expect(found(dump(streamed))).toEqual([]);
  expect(found(dump(passed)).filter((name) => name !== 'PROMPT')).toEqual([]);
  expect(found(bed.log())).toEqual([]);
  for (const mock of bed.mocks) await mock.reset();
});

test.each(['/stats', '/metrics', '/health', '/health/ready', '/v1/models', '/nothing', '/cache?x=y'])(
  '%s tells no secret',
  async (path) => {
    const method = path.startsWith('/cache') ? 'DELETE' : 'GET';
    for (const credential of [operate, headers]) {
      const answer = await send(`${bed.url}${path}`, { method, headers: credential });
      expect(found(dump(answer))).toEqual([]);
    }
  },
);

test('requests that are wrong in every way are logged without what they said', async () => {
  const bodies = [
    `{"model":"${PROMPT}`,
    { model: 'gpt-4o-mini', messages: [PROMPT] },
    { model: 'gpt-4o-mini', messages: PROMPT },
    { model: 'gpt-4o-mini', messages: [], cache: PROMPT },
  ];
  for (const body of bodies) await send(`${bed.url}/v1/chat/completions`, { body, headers });
  await send(`${bed.url}/v1/chat/completions?api_key=${CLIENT_KEY}`, { body: chat(PROMPT), headers });
  await expect.poll(() => bed.log()).toContain('invalid_json');
  const told = bed.log();
  expect(found(told)).toEqual([]);
});

test('an endpoint that repeats our key in its error does not get it to the client', async () => {
  const said = (body: string): string =>
    JSON.stringify({ error: { message: body, type: 'x', param: null, code: 'x' } });
  await using upstream = await startUpstream((response, { headers: seen }) => {
    const status = seen['authorization']?.includes(ENDPOINT_KEY) ? 401 : 400;
    response.writeHead(status, { 'content-type': 'application/json' }).end(said(`Bad key: ${seen['authorization']}`));
  });
  const lines: string[] = [];
  const endpoint = { provider: 'openai', name: 'a', base_url: upstream.baseURL, api_key: ENDPOINT_KEY };
  const app = await startApp({ models: { m: { endpoints: [endpoint] } } }, (line) => lines.push(line));
  const answer = await send(`${app.url}/v1/chat/completions`, { body: { ...chat('hi'), model: 'm' }, headers });
  const owned = await send(`${app.url}/v1/responses/resp_1`, { method: 'GET', headers });
  const passed = await send(`${app.url}/v1/files`, { method: 'GET', headers });
  const stats = await send(`${app.url}/stats`, { method: 'GET' });
  await app.close();
  expect(passed).toMatchObject({ status: 401, broken: false });
  expect(passed.body.toString()).toContain('Bad key: Bearer ***');
  expect(answer.status).toBe(401);
  expect(answer.body.toString()).toContain('Bad key: ');
  for (const each of [answer, owned, passed, stats]) expect(found(dump(each))).toEqual([]);
  expect(found(lines.join('\n'))).toEqual([]);
});

test('an endpoint that repeats our key in an answer that succeeds does not get it to the client either', async () => {
  const frame = (piece: object): string => `data: ${JSON.stringify(piece)}\n\n`;
  await using upstream = await startUpstream((response, { url, headers: seen, body }) => {
    const said = `you sent ${seen['authorization']}, and so on`;
    const head = { 'content-type': 'application/json', 'openai-echo': said, location: `/v1/x?key=${ENDPOINT_KEY}` };
    const choice = { index: 0, finish_reason: null };
    if (!url.startsWith('/v1/chat')) {
      response.writeHead(200, head).end(JSON.stringify({ id: 'resp_1', said }));
    } else if (body.includes('"stream":true')) {
      const text = frame({
        id: 'c',
        object: 'chat.completion.chunk',
        choices: [{ ...choice, delta: { content: said } }],
      });
      response.writeHead(200, { ...head, 'content-type': 'text/event-stream' });
      // The key is cut in two.
      response.write(text.slice(0, text.indexOf(ENDPOINT_KEY) + 5), () => {
        response.write(text.slice(text.indexOf(ENDPOINT_KEY) + 5));
        response.end(frame({ choices: [{ ...choice, delta: {}, finish_reason: 'stop' }] }) + 'data: [DONE]\n\n');
      });
    } else {
      const message = { role: 'assistant', content: said };
      const choices = [{ ...choice, finish_reason: 'stop', message }];
      response.writeHead(200, head).end(JSON.stringify({ id: 'c', object: 'chat.completion', choices }));
    }
  });
  const endpoint = { provider: 'openai', name: 'a', base_url: upstream.baseURL, api_key: ENDPOINT_KEY };
  const app = await startApp({ models: { m: { endpoints: [endpoint] } } });
  const ask = (path: string, method = 'GET', body?: object) => send(`${app.url}${path}`, { method, headers, body });
  const answers = [
    await ask('/v1/chat/completions', 'POST', { ...chat('hi'), model: 'm' }),
    await ask('/v1/chat/completions', 'POST', { ...chat('hey'), model: 'm', stream: true }),
    await ask('/v1/chat/completions', 'POST', { ...chat('hey'), model: 'm' }),
    await ask('/v1/responses/resp_1'),
    await ask('/v1/files'),
  ];
  await app.close();
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 200, broken: false });
    expect(answer.body.toString()).toMatch(/you sent Bearer \*+, and so on/);
    expect(found(dump(answer))).toEqual([]);
  }
  expect(answers[2]?.headers['x-llmproxy-cache']).toBe('hit');
});

test('a stream leaves a line without its text', async () => {
  const stream = await bed.client({ apiKey: CLIENT_KEY }).chat.completions.create({ ...chat(PROMPT), stream: true });
  await collect(stream);
  await expect.poll(() => bed.log()).toContain('"stream":true');
  expect(found(bed.log())).toEqual([]);
});
