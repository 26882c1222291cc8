import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { costOf, startLiveMeter, type LiveMeter } from '../setup/live-meter.ts';
import { loadBundledPrices } from '../../proxy/usage/bundled-prices.ts';
import { planLive } from '../setup/live.ts';
import { readSource } from './sources.ts';

const USAGE = { prompt_tokens: 1_000_000, completion_tokens: 500_000, total_tokens: 1_500_000 };
const PRICE = { input: 0.1, output: 0.4 };

let real: Server;
let realUrl = '';
let meter: LiveMeter | undefined;
const seen: { url: string | undefined; authorization: string | undefined; body: string }[] = [];

beforeEach(async () => {
  seen.length = 0;
  real = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      seen.push({ url: request.url, authorization: request.headers.authorization, body });
      response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': 'r1' });
      response.end(JSON.stringify({ usage: USAGE }));
    });
  });
  await new Promise<void>((resolve) => real.listen(0, '127.0.0.1', () => resolve()));
  const address = real.address();
  realUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
});

afterEach(async () => {
  await meter?.stop();
  real.closeAllConnections();
  await new Promise<void>((resolve) => real.close(() => resolve()));
});

test('a call goes to the real endpoint unchanged and its usage is priced', async () => {
  meter = await startLiveMeter({
    endpoints: [{ baseUrl: `${realUrl}/v1`, price: PRICE }],
    maxUsd: 1,
    maxCalls: 9,
    gapMs: 0,
  });
  const answer = await call(meter, '{"model":"m"}');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('x-request-id')).toBe('r1');
  expect(seen).toEqual([{ url: '/v1/chat/completions', authorization: 'Bearer k', body: '{"model":"m"}' }]);
  expect(meter.spentUsd).toBeCloseTo(0.3, 10);
});

test('nothing is sent any more once the cap is spent', async () => {
  meter = await startLiveMeter({ endpoints: [{ baseUrl: realUrl, price: PRICE }], maxUsd: 0.3, maxCalls: 9, gapMs: 0 });
  await call(meter, '{}');
  const refused = await call(meter, '{}');
  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({ error: { code: 'insufficient_quota' } });
  expect([seen.length, meter.calls]).toEqual([1, 1]);
});

test('nothing is sent any more after as many calls as are allowed', async () => {
  meter = await startLiveMeter({ endpoints: [{ baseUrl: realUrl, price: PRICE }], maxUsd: 9, maxCalls: 1, gapMs: 0 });
  await call(meter, '{}');
  const refused = await call(meter, '{}');
  expect(await refused.json()).toMatchObject({ error: { message: expect.stringContaining('MAX_CALLS') as string } });
  expect([seen.length, meter.calls]).toEqual([1, 1]);
});

test.each([
  ['/v1', '/v1'],
  ['/v1beta/', '/v1beta'],
  ['/team', ''],
])('an address that ends in %s is relayed below the same version', async (path, version) => {
  const endpoints = [{ baseUrl: `${realUrl}${path}`, price: PRICE }];
  meter = await startLiveMeter({ endpoints, maxUsd: 1, maxCalls: 9, gapMs: 0 });
  expect(new URL(meter.baseUrl(0)).pathname).toBe(`/0${version}`);
  await call(meter, '{}');
  expect(seen.map(({ url }) => url)).toEqual([`${path.replace(/\/$/, '')}/chat/completions`]);
});

test("the cost is read from every family's usage, whole or streamed", () => {
  const stream =
    'data: {"usage":null}\n\ndata: {"usage":{"prompt_tokens":10,"completion_tokens":20}}\n\ndata: [DONE]\n\n';
  expect(costOf(stream, { input: 1e6, output: 1e6 })).toBe(30);
  expect(costOf('{"usage": {"input_tokens": 1, "output_tokens": 2}}', { input: 1e6, output: 1e6 })).toBe(3);
  const gemini = '{"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2,"thoughtsTokenCount":4}}';
  expect(costOf(gemini, { input: 1e6, output: 1e6 })).toBe(7);
  const anthropic = '{"usage":{"input_tokens":5,"output_tokens":1}}\n{"usage":{"output_tokens":3}}';
  expect(costOf(anthropic, { input: 1e6, output: 1e6 })).toBe(8);
  expect(costOf('{"error":{}}', PRICE)).toBe(0);
});

test('models without a key are skipped with the reason, the others are estimated', () => {
  const text = readSource('llmproxy.integration.yaml');
  const none = planLive(text, {});
  expect(Object.keys(none.config.models)).toEqual([]);
  expect(none.skipped[0]).toMatch(/^gpt-4o-mini: none of its endpoints has a key/);
  const some = planLive(text, { OPENAI_API_KEY: 'k' });
  expect(some.skipped).toEqual([
    expect.stringMatching(/^claude-haiku-4-5: none/),
    expect.stringMatching(/^gemini-2.5-flash-lite: none/),
  ]);
  const all = planLive(text, { OPENAI_API_KEY: 'k', ANTHROPIC_API_KEY: 'k', GEMINI_API_KEY: 'of-gemini' });
  expect(all.skipped).toEqual([]);
  expect(all.config.models['gemini-2.5-flash-lite']?.endpoints[0]?.api_key).toBe('of-gemini');
  expect(some.estimateUsd).toBeGreaterThan(0);
  expect(some.estimateUsd).toBeLessThan(0.5);
});

test('the prices that cap a live run are those of the table', async () => {
  const bundled = await loadBundledPrices();
  const keys = { OPENAI_API_KEY: 'k', ANTHROPIC_API_KEY: 'k', GOOGLE_API_KEY: 'k' };
  const { config } = planLive(readSource('llmproxy.integration.yaml'), keys);
  const endpoints = Object.values(config.models).flatMap((model) => model.endpoints);
  expect(endpoints.length).toBeGreaterThan(6);
  for (const { provider, model, price } of endpoints) {
    const { input = 0, output = 0 } = bundled.find(model, provider, Date.now()) ?? {};
    expect([model, price?.input, price?.output]).toEqual([model, input, output]);
  }
});

function call(to: LiveMeter, body: string): Promise<Response> {
  return fetch(`${to.baseUrl(0)}/chat/completions`, { method: 'POST', headers: { authorization: 'Bearer k' }, body });
}
