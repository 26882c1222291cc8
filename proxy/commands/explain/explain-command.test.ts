import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { tempFolder } from '../../../tests/setup/temp-folder.ts';
import { runExplain } from './explain-command.ts';
import type { ExplainOptions } from './options.ts';

const ROW = {
  rank: 1,
  model: 'o3-mini',
  provider: 'openai',
  quality: 94,
  price: { input: 1.1, output: 4.4 },
  effective_price: 2.75,
  value: 3213.09,
  context_window: 200_000,
  credential: 'system',
};
const EXPLANATION = {
  model: 'auto',
  text_tokens: 9,
  complexity: 'complex',
  score: 3,
  points: [
    { reason: 'code', points: 3 },
    { reason: 'technical', points: 3 },
    { reason: 'simple', points: -2 },
  ],
  tier: 'versatile',
  effective_tier: 'heavy',
  requirements: { tools: true, structured: false, vision: true, context_tokens: 12 },
  floors: { quality: 90, window: 16_000 },
  relaxed: false,
  source: 'value',
  ranking: [
    ROW,
    { ...ROW, rank: 2, model: 'my-own', price: null, effective_price: null, value: null, credential: 'own' },
  ],
  excluded: [{ model: 'gpt-4o-mini', reason: 'quality' }],
  selected: { model: 'o3-mini', provider: 'openai' },
  error: null,
};
const REQUEST = { messages: [{ role: 'user', content: 'hello' }] };

let server: Server;
let asked: { request: IncomingMessage; body: string }[];
let answer: { status: number; body: string; headers?: Record<string, string> };
let folder: string;

beforeEach(async () => {
  asked = [];
  answer = { status: 200, body: JSON.stringify(EXPLANATION) };
  folder = tempFolder('explain-command');
  writeFileSync(join(folder, 'request.json'), JSON.stringify(REQUEST));
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push({ request, body: Buffer.concat(chunks).toString() });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => void server.close());

const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function run(
  options: ExplainOptions = {},
  {
    file = 'request.json',
    environment = {},
    input = '',
  }: { file?: string; environment?: Record<string, string>; input?: string } = {},
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await runExplain(file, options.url === undefined ? { ...options, url: url() } : options, {
    environment,
    folder,
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
    input: () => Promise.resolve(input),
  });
  return { code, out, err };
}

test('the page names the model, why, the ranking and the models that were left out', async () => {
  const { code, out } = await run();
  expect([code, out]).toEqual([
    0,
    [
      'The model is o3-mini (openai).',
      '',
      'text        9 tokens',
      'complexity  complex, score 3: code +3, technical +3, simple −2',
      'tier        versatile, in force: heavy',
      'needs       tools, vision, a context of 12 tokens',
      'floors      quality 90, context window 16000',
      'order       by value: quality squared for each US dollar',
      '',
      'rank  model    provider  quality  input  output  effective    value  window  key',
      '   1  o3-mini  openai         94    1.1     4.4       2.75  3213.09  200000  system',
      '   2  my-own   openai         94      -       -          -        -  200000  own',
      'Prices are US dollars per million tokens.',
      '',
      'left out     reason',
      'gpt-4o-mini  quality',
      '',
    ].join('\n'),
  ]);
  expect([asked[0]?.request.method, asked[0]?.request.url, asked[0]?.body]).toEqual([
    'POST',
    '/api/v1/routing/explain',
    JSON.stringify(REQUEST),
  ]);
});

test('a request that no model is left for has its error, floors that were dropped are said', async () => {
  const error = { status: 403, code: 'plan_restriction', message: 'PLAN RESTRICTION: \u001b[2J' };
  answer.body = JSON.stringify({
    ...EXPLANATION,
    tier: 'heavy',
    points: [],
    relaxed: true,
    source: 'fallback_order',
    ranking: [],
    excluded: [],
    selected: null,
    error,
  });
  expect((await run()).out).toBe(
    [
      'No model: 403 plan_restriction. PLAN RESTRICTION: \uFFFD[2J',
      '',
      'text        9 tokens',
      'complexity  complex, score 3',
      'tier        heavy',
      'needs       tools, vision, a context of 12 tokens',
      'floors      quality 90, context window 16000; no model meets them, so quality decides',
      'order       by the configured order of providers',
      '',
    ].join('\n'),
  );
});

test('--json prints what the route says', async () => {
  expect(await run({ json: true })).toEqual({ code: 0, out: `${answer.body}\n`, err: '' });
});

test('options are headers, and `-` is standard input', async () => {
  await run({ task: 'code', tier: 'heavy', hint: 'o3' }, { file: '-', input: '{"prompt":"hello"}' });
  expect(asked[0]?.body).toBe('{"prompt":"hello"}');
  expect(asked[0]?.request.headers).toMatchObject({
    'x-llmproxy-task': 'code',
    'x-llmproxy-tier': 'heavy',
    'x-llmproxy-model-hint': 'o3',
  });
});

test('a virtual key counts before the admin token', async () => {
  const environment = { LLMPROXY_ADMIN_TOKEN: 'admin' };
  await run();
  await run({}, { environment });
  await run({}, { environment: { ...environment, LLMPROXY_KEY: 'sk-lp-a' } });
  await run({ key: 'env:MINE' }, { environment: { ...environment, LLMPROXY_KEY: 'sk-lp-a', MINE: 'sk-lp-b' } });
  expect(asked.map(({ request }) => request.headers.authorization)).toEqual([
    undefined,
    'Bearer admin',
    'Bearer sk-lp-a',
    'Bearer sk-lp-b',
  ]);
});

test.each([
  [{ file: 'missing.json' }, {}, 'there is no file missing.json.'],
  [{ file: '.' }, {}, '. cannot be read (EISDIR).'],
  [{ file: '-', input: '{' }, {}, 'standard input is not JSON.'],
  [{ file: '-', input: '[]' }, {}, 'standard input is no request: it is not a JSON object.'],
  [{}, { task: 'poetry' }, '--task is one of code, analysis, reasoning, agentic, chat, general.'],
  [{}, { tier: 'best' }, '--tier is one of micro, standard, versatile, heavy, complex.'],
  [{}, { hint: 'a\nb' }, '--hint is the name of a model.'],
  [{}, { key: 'env:MISSING' }, '--key names the variable MISSING, which is not set.'],
  [{ environment: { LLMPROXY_KEY: 'sk-lp-secret\n' } }, {}, 'the virtual key has characters that no key has.'],
  [{}, { url: 'nonsense' }, '--url must be an address such as http://127.0.0.1:4000.'],
])('%j with %j is not sent', async (given, options, sentence) => {
  const code = /^--(?:task|tier|hint|url)/.test(sentence) ? 2 : 1;
  expect(await run(options, given)).toEqual({ code, out: '', err: `llmproxy explain: ${sentence}\n` });
  expect(asked).toEqual([]);
});

test.each([
  [
    { status: 401, body: '{"detail":"Not authenticated"}' },
    'Not authenticated. Set LLMPROXY_KEY to a virtual key, or LLMPROXY_ADMIN_TOKEN.',
  ],
  [{ status: 404, body: '{"detail":"The model `auto` does not exist."}' }, 'The model `auto` does not exist.'],
  [{ status: 404, body: '{"detail":"Not Found"}' }, 'cannot explain requests.'],
  [
    { status: 422, body: '{"detail":[{"type":"missing","loc":["body","prompt"],"msg":"Field required"}]}' },
    'body.prompt: Field required.',
  ],
  [{ status: 500, body: 'oops' }, 'refused with status 500 and no reason.'],
  [{ status: 200, body: '<html>' }, 'is no explanation.'],
  [{ status: 200, body: '{"complexity":"simple"}' }, 'is no explanation.'],
  [{ status: 302, body: '', headers: { location: 'http://127.0.0.1:1/' } }, 'cannot reach the proxy'],
])('%j is said in a sentence', async (given, sentence) => {
  answer = given;
  const { code, out, err } = await run({}, { environment: { LLMPROXY_KEY: 'sk-lp-secret' } });
  expect([code, out]).toEqual([1, '']);
  expect(err).toContain(sentence);
  expect(err).not.toContain('sk-lp-secret');
});

test('a proxy that is not there', async () => {
  const address = url();
  await new Promise((resolve) => server.close(resolve));
  expect((await run({ url: address })).err).toMatch(/^llmproxy explain: cannot reach the proxy at http:\/\/127/);
});
