import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { chat, nonce } from './ask.ts';
import { MODEL, startApp, statsOf } from './bed.ts';
import { errorOf, jsonOf, send, type RawAnswer } from './http.ts';
import { startUpstream, type Upstream } from './upstream.ts';

const COMPLETION = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: MODEL,
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function answer(response: ServerResponse, status: number, body: object, headers: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Refuses the key of Ann, and serves every other. */
function refusingAnn({ status, code, headers }: Refusal, path = ''): Promise<Upstream> {
  return startUpstream((response, request) => {
    const refused = request.headers.authorization === 'Bearer sk-ann' && request.url.includes(path);
    if (refused) answer(response, status, { error: { message: 'no', type: 'x', param: null, code } }, headers);
    else answer(response, 200, COMPLETION);
  });
}

function forwarding(upstreams: readonly Upstream[]): object {
  const endpoints = upstreams.map(({ baseURL }, index) => ({
    provider: 'openai',
    name: String.fromCodePoint(97 + index),
    base_url: baseURL,
    api_key: 'forward',
  }));
  return { models: { [MODEL]: { endpoints } } };
}

function ask(url: string, key: string, path = '/v1/chat/completions'): Promise<RawAnswer> {
  const body = path.includes('images') ? { model: MODEL, prompt: nonce() } : chat(nonce());
  return send(`${url}${path}`, { body, headers: { authorization: `Bearer ${key}` } });
}

async function statesOf(url: string): Promise<unknown[]> {
  const stats = await statsOf<{ endpoints: { state: string; failures: number }[] }>(url);
  return stats.endpoints.map(({ state, failures }) => [state, failures]);
}

const REFUSALS: readonly Refusal[] = [
  { status: 401, code: 'invalid_api_key' },
  { status: 402, code: 'insufficient_balance' },
  { status: 403, code: 'forbidden' },
  { status: 429, code: 'insufficient_quota' },
  { status: 429, code: 'rate_limit_exceeded', headers: { 'retry-after': '60' } },
  { status: 429, code: 'rate_limit_exceeded' },
];

const PATHS = ['/v1/chat/completions', '/v1/images/generations'];

test.each(REFUSALS.flatMap((refusal) => PATHS.map((path) => ({ ...refusal, path }))))(
  '$status $code for the key of one caller at $path leaves every other caller served',
  async ({ path, ...refusal }) => {
    await using upstream = await refusingAnn(refusal);
    const app = await startApp(forwarding([upstream]));
    try {
      expect((await ask(app.url, 'sk-ann', path)).status).toBe(refusal.status);
      for (const other of PATHS) expect((await ask(app.url, 'sk-ben', other)).status).toBe(200);
      expect(await statesOf(app.url)).toEqual([['admitting', 0]]);
    } finally {
      await app.close();
    }
  },
);

test('a caller who was asked to wait gets 429 at once, with the time that is left', async () => {
  await using upstream = await refusingAnn({
    status: 429,
    code: 'rate_limit_exceeded',
    headers: { 'retry-after': '60' },
  });
  const app = await startApp(forwarding([upstream]));
  try {
    await ask(app.url, 'sk-ann');
    const second = await ask(app.url, 'sk-ann');
    expect([second.status, errorOf(second)['code'], upstream.requests.length]).toEqual([
      429,
      'credential_rate_limited',
      1,
    ]);
    expect(Number(second.headers['retry-after'])).toBeGreaterThan(50);
    expect(Number(second.headers['retry-after'])).toBeLessThanOrEqual(60);
  } finally {
    await app.close();
  }
});

test('the limit of a caller holds at the endpoint and for the operation that reported it, and nowhere else', async () => {
  const limit = { status: 429, code: 'rate_limit_exceeded', headers: { 'retry-after': '60' } };
  await using limited = await refusingAnn(limit, 'chat/completions');
  await using free = await startUpstream((response) => answer(response, 200, COMPLETION));
  const app = await startApp(forwarding([limited, free]));
  try {
    const seen = new Set<unknown>();
    for (let turn = 0; turn < 6; turn += 1) {
      const { status, headers } = await ask(app.url, 'sk-ann');
      expect(status).toBe(200);
      seen.add(headers['x-llmproxy-endpoint']);
    }
    expect([...seen]).toEqual([`${MODEL}/b`]);
    expect(limited.requests.length).toBe(1);
    for (let turn = 0; turn < 2; turn += 1)
      expect((await ask(app.url, 'sk-ann', '/v1/images/generations')).status).toBe(200);
    expect(limited.requests.length).toBe(2);
  } finally {
    await app.close();
  }
});

test('a key that the caller has mended is used at once', async () => {
  await using upstream = await refusingAnn({ status: 401, code: 'invalid_api_key' });
  const app = await startApp(forwarding([upstream]));
  try {
    expect((await ask(app.url, 'sk-ann')).status).toBe(401);
    expect((await ask(app.url, 'sk-ann-mended')).status).toBe(200);
    expect(jsonOf(await ask(app.url, 'sk-ann'))).toMatchObject({ error: { code: 'invalid_api_key' } });
  } finally {
    await app.close();
  }
});
