import { expect, test } from 'vitest';
import { generateBed } from './gateway-generate-bed.ts';
import { startUpstream } from './upstream.ts';

const OPENAI = { default_provider: 'openai', default_model: 'gpt-4o-mini' };
const MEMBERS = 'content provider model input_tokens output_tokens cost_usd cached latency_ms'.split(' ');

/** The one request that the provider has seen. */
async function seen(bed: Awaited<ReturnType<typeof generateBed>>['bed']) {
  const [only, ...more] = await bed.requests();
  if (!only || more.length > 0) throw new Error(`the provider has seen ${more.length + (only ? 1 : 0)} requests`);
  return only;
}

test('claude is the default: Messages on the wire, and exactly the members of the contract in the answer', async () => {
  const { bed, generate } = await generateBed();
  const { status, json, headers } = await generate({ system: 'Be brief', json_mode: true, max_tokens: 50 });
  expect({ status, json }).toMatchObject({ status: 200 });
  expect(Object.keys(json)).toEqual(MEMBERS);
  expect(json).toMatchObject({
    content: expect.stringContaining('Say hello'),
    provider: 'claude',
    model: 'claude-sonnet-4-5-20250929',
    cached: false,
    latency_ms: expect.any(Number),
  });
  const [input, output] = [json['input_tokens'], json['output_tokens']] as [number, number];
  expect(input * output).toBeGreaterThan(0);
  expect(json['cost_usd']).toBe(Number(((input * 3 + output * 15) / 1e6).toFixed(6)));
  expect(headers['x-request-id']).toEqual(expect.any(String));
  expect(await seen(bed)).toMatchObject({
    path: '/v1/messages',
    headers: { 'x-api-key': 'sk-operator-claude', 'anthropic-version': '2023-06-01' },
    body: {
      model: 'claude-sonnet-4-5-20250929',
      max_tokens: 50,
      temperature: 0.7,
      system: expect.stringMatching(/^Be brief\n\n.*JSON/s),
    },
  });
});

test('a provider of the OpenAI form gets a chat completion with a Bearer key and response_format', async () => {
  const { bed, generate } = await generateBed({ gateway: OPENAI });
  expect(await generate({ system: 'Be brief, in JSON', json_mode: true })).toMatchObject({ status: 200 });
  const { path, headers, body } = await seen(bed);
  expect({ path, authorization: headers['authorization'] }).toEqual({
    path: '/v1/chat/completions',
    authorization: 'Bearer sk-operator-openai',
  });
  expect(headers['x-service-key']).toBeUndefined();
  expect(body).toEqual({
    model: 'gpt-4o-mini',
    messages: [
      { role: 'system', content: 'Be brief, in JSON' },
      { role: 'user', content: 'Say hello' },
    ],
    temperature: 0.7,
    max_tokens: 1_000,
    response_format: { type: 'json_object' },
  });
});

test('gemini gets generateContent with systemInstruction and responseMimeType', async () => {
  const gateway = { default_provider: 'gemini', default_model: 'gemini-2.0-flash' };
  const { bed, generate } = await generateBed({ gateway });
  expect(await generate({ system: 'Be brief', json_mode: true })).toMatchObject({ status: 200 });
  expect(await seen(bed)).toMatchObject({
    path: '/v1beta/models/gemini-2.0-flash:generateContent',
    headers: { 'x-goog-api-key': 'sk-operator-gemini' },
    body: {
      systemInstruction: { parts: [{ text: 'Be brief' }] },
      generationConfig: { responseMimeType: 'application/json', maxOutputTokens: 1_000, temperature: 0.7 },
    },
  });
});

test.each([
  ['without a key', {}, {}, 422, [{ type: 'missing', loc: ['header', 'x-service-key'] }]],
  ['with a wrong key and a wrong body', { prompt: 1 }, { 'x-service-key': 'no' }, 401, 'Invalid service key'],
])('%s nothing is read', async (_name, fields, headers, status, detail) => {
  const { bed, generate } = await generateBed();
  const answer = await generate(fields, headers);
  expect(answer).toMatchObject({ status, json: { detail } });
  expect(answer.headers['x-request-id']).toEqual(expect.any(String));
  expect(await bed.requests()).toEqual([]);
});

test('every member that cannot be is named, and nothing is written to the ledger', async () => {
  const { generate, totals } = await generateBed();
  const answer = await generate({
    prompt: 5,
    max_tokens: 8_001,
    temperature: 2.1,
    json_mode: 'yes',
    user_id: undefined,
  });
  const { status, json } = answer;
  expect(status).toBe(422);
  const issues = json['detail'] as { loc: string[]; type: string }[];
  expect(issues.map(({ loc }) => loc.join('.'))).toEqual([
    'body.user_id',
    'body.prompt',
    'body.max_tokens',
    'body.temperature',
    'body.json_mode',
  ]);
  expect(await totals()).toMatchObject({ totals: { requests: 0 } });
});

test.each([
  ['switched to one that is not there', { gateway: { default_provider: 'mistral' } }],
  [
    'custom without an address',
    { gateway: { default_provider: 'custom' }, providers: () => ({ custom: { api_key: 'k' } }) },
  ],
])('a provider %s is 503', async (_name, options) => {
  const { generate } = await generateBed(options);
  expect(await generate()).toMatchObject({ status: 503, json: { detail: expect.stringContaining('provider') } });
});

test('without a service key in the configuration there is no such route', async () => {
  const { generate } = await generateBed({ gateway: { service_key: '' } });
  expect(await generate()).toMatchObject({ status: 404, json: { detail: expect.any(String) } });
});

test('ten equal calls are one upstream call, a later one is a hit, and both show what the answer had cost', async () => {
  const { bed, generate, totals } = await generateBed({ mock: { pace: { firstEventMs: 50 } }, gateway: OPENAI });
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) => generate({ user_id: `u${n}`, service: `s${n}` })),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
  expect(answers.filter(({ json }) => json['cached'] === false)).toHaveLength(1);
  const hit = await generate({ user_id: 'someone else' });
  expect(hit.json['cached']).toBe(true);
  expect(hit.headers['x-llmproxy-cache']).toBe('hit');
  expect(new Set([...answers, hit].map(({ json }) => json['cost_usd'])).size).toBe(1);
  expect(hit.json['cost_usd']).toBeGreaterThan(0);
  await seen(bed);
  await expect.poll(totals).toMatchObject({ totals: { requests: 11, cached_requests: 10 } });
});

test.each([
  ['prompt', { prompt: 'Say bye' }],
  ['system', { system: 'Be brief' }],
  ['temperature', { temperature: 0.8 }],
  ['max_tokens', { max_tokens: 999 }],
  ['json_mode', { json_mode: true }],
])('another %s is another answer', async (_name, fields) => {
  const { bed, generate } = await generateBed({ gateway: OPENAI });
  await generate();
  expect((await generate(fields)).json['cached']).toBe(false);
  expect(await bed.requests()).toHaveLength(2);
});

test('with a cache_ttl of 0 every call is made', async () => {
  const { bed, generate } = await generateBed({ gateway: { ...OPENAI, cache_ttl: 0 } });
  await generate();
  expect((await generate()).json['cached']).toBe(false);
  expect(await bed.requests()).toHaveLength(2);
});

test('a prompt of 8,000 tokens is answered', async () => {
  const { generate } = await generateBed({ gateway: OPENAI });
  const { status, json } = await generate({ prompt: 'word '.repeat(8_000) });
  expect(status).toBe(200);
  expect(json['input_tokens']).toBeGreaterThan(7_000);
});

test('a provider that fails is 502 with a sentence of ours, a row with its error, and no entry in the cache', async () => {
  const upstream = await startUpstream((response) => {
    response.writeHead(500, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message: 'canary sk-operator-openai' } }));
  });
  await using _closed = upstream;
  const { bed, generate, totals } = await generateBed({
    gateway: OPENAI,
    providers: () => ({ openai: { base_url: upstream.baseURL, api_key: 'sk-operator-openai' } }),
    config: { log: { level: 'trace' } },
  });
  const first = await generate({ prompt: 'canaryprompt' });
  expect(first).toMatchObject({ status: 502, json: { detail: expect.stringContaining("'openai'") } });
  expect(first.text).not.toContain('canary');
  expect(await generate({ prompt: 'canaryprompt' })).toMatchObject({ status: 502 });
  await expect.poll(totals).toMatchObject({ totals: { requests: 2, errors: 2, input_tokens: 0, cost_usd: 0 } });
  for (const secret of ['canary', 'sk-operator-openai', 'service-key-of-a-test'])
    expect(bed.log()).not.toContain(secret);
});

test('a model without a price has an estimated one', async () => {
  const gateway = { default_provider: 'openai', default_model: 'gpt-4o-of-nowhere-1' };
  const { generate } = await generateBed({ gateway });
  const { json } = await generate();
  const [input, output] = [json['input_tokens'], json['output_tokens']] as [number, number];
  expect(json['cost_usd']).toBe(Number(((input * 2.5 + output * 10) / 1e6).toFixed(6)));
});
