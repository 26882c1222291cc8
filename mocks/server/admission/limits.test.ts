import OpenAI from 'openai';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ManualClock, post, withRealSockets } from '../../../tests/setup/mock-bed.ts';
import { MockServer } from '../server.ts';
import type { ServerOptions } from '../options/options.ts';

withRealSockets();

const hello = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }] };
/** By the formula of chat: 3, and 3 with the role and the text. */
const HELLO_TOKENS = 8;

async function limited(options: ServerOptions) {
  const clock = new ManualClock();
  const server = await MockServer.start(options, { clock });
  onTestFinished(() => server.close());
  const chat = (over: object = {}): Promise<Response> =>
    post(`${server.url}/v1/chat/completions`, { ...hello, ...over });
  return { server, clock, chat };
}

function standing(response: Response): Record<string, string> {
  const known = [...response.headers].filter(([name]) => name.startsWith('x-ratelimit-') || name.startsWith('retry-'));
  return Object.fromEntries(known.map(([name, value]) => [name.replace('x-ratelimit-', ''), value]));
}

describe('headers', () => {
  test('fall with what prompt and answer may take, and rise with the clock', async () => {
    const { clock, chat } = await limited({ limits: { rpm: 60, tpm: 6000 } });
    const first = await chat({ max_tokens: 92 });
    expect(standing(first)).toEqual({
      'limit-requests': '60',
      'remaining-requests': '59',
      'reset-requests': '1s',
      'limit-tokens': '6000',
      'remaining-tokens': String(6000 - HELLO_TOKENS - 92),
      'reset-tokens': '1s',
    });
    expect(standing(await chat({ max_tokens: 92, stream: true }))).toMatchObject({
      'remaining-requests': '58',
      'remaining-tokens': '5800',
      'reset-tokens': '2s',
    });
    clock.advance(2000);
    expect(standing(await chat({ n: 3, max_completion_tokens: 100 }))).toMatchObject({
      'remaining-requests': '59',
      'remaining-tokens': String(6000 - HELLO_TOKENS - 300),
    });
  });

  test('are on embeddings, completions and responses too, from buckets of their own models', async () => {
    const { server } = await limited({ limits: { rpm: 10 } });
    const answers = await Promise.all([
      post(`${server.url}/v1/embeddings`, { model: 'text-embedding-3-small', input: 'Hi' }),
      post(`${server.url}/v1/completions`, { model: 'gpt-3.5-turbo-instruct', prompt: 'Hi' }),
      post(`${server.url}/v1/responses`, { model: 'gpt-5', input: 'Hi' }),
    ]);
    expect(answers.map((one) => [one.status, standing(one)['remaining-requests']])).toEqual([
      [200, '9'],
      [200, '9'],
      [200, '9'],
    ]);
  });

  test('are on a chat request that was refused after it was admitted, and on no refused response', async () => {
    const { server, chat } = await limited({ limits: { rpm: 10 } });
    const refused = await chat({ n: 500 });
    expect([refused.status, standing(refused)['remaining-requests']]).toEqual([400, '9']);
    const response = await post(`${server.url}/v1/responses`, { model: 'gpt-5', input: 7 });
    expect([response.status, standing(response)]).toEqual([400, {}]);
  });

  test('stay what they are while nothing is limited', async () => {
    const { chat } = await limited({});
    const remaining = [standing(await chat()), standing(await chat())].map((one) => one['remaining-requests']);
    expect(remaining).toEqual(['9999', '9999']);
  });
});

describe('a request too many', () => {
  test('is 429 with the time to come again, and is let in at that time', async () => {
    const { clock, chat } = await limited({ limits: { rpm: 2 }, organization: 'org-acme' });
    await chat();
    await chat();
    const refused = await chat();
    expect(refused.status).toBe(429);
    expect(refused.headers.get('openai-organization')).toBe('org-acme');
    expect(await refused.json()).toEqual({
      error: {
        message:
          'Rate limit reached for gpt-4o-mini in organization org-acme on requests per min (RPM): Limit 2, Used 2, Requested 1. Please try again in 30s. Visit https://platform.openai.com/account/rate-limits to learn more.',
        type: 'requests',
        param: null,
        code: 'rate_limit_exceeded',
      },
    });
    expect(standing(refused)).toMatchObject({
      'retry-after': '30',
      'retry-after-ms': '30000',
      'remaining-requests': '0',
    });
    clock.advance(29_999);
    expect((await chat()).status).toBe(429);
    clock.advance(1);
    expect((await chat()).status).toBe(200);
  });

  test('is what the official client takes for one, and tries again', async () => {
    const server = await MockServer.start({ limits: { rpm: 600, tpm: 100 } });
    onTestFinished(() => server.close());
    const client = new OpenAI({ apiKey: 'sk-x', baseURL: `${server.url}/v1`, maxRetries: 0 });
    const large = client.chat.completions.create({ ...hello, max_tokens: 1000 } as never);
    await expect(large).rejects.toMatchObject({ status: 429, type: 'tokens', code: 'rate_limit_exceeded' });
    await expect(large).rejects.toThrow(/^429 Request too large for gpt-4o-mini in organization org-mock/);
    expect(server.tenantState.journal.entries().map(({ status }) => status)).toEqual([429]);
  });

  test('beside a wrong key is not counted', async () => {
    const { chat } = await limited({ limits: { rpm: 1 }, keys: ['sk-right'] });
    expect((await chat()).status).toBe(401);
    expect((await chat()).status).toBe(401);
  });

  test('of a spent quota has its own body', async () => {
    const { chat } = await limited({ limits: { quota: { tokens: 20 } } });
    expect((await chat()).status).toBe(200);
    const spent = (await (await chat()).json()) as { usage?: { total_tokens: number } };
    expect(spent.usage?.total_tokens).toBeGreaterThan(HELLO_TOKENS);
    const refused = await chat();
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({
      error: { type: 'insufficient_quota', code: 'insufficient_quota', param: null },
    });
    expect(standing(refused)['retry-after']).toBeUndefined();
  });

  test('counts a stream against the quota as well', async () => {
    const { server, chat } = await limited({ limits: { quota: { usd: 100 } } });
    await (await chat({ stream: true })).text();
    const { quotas } = server.tenantState.limiter.report(0);
    expect(quotas[0]?.spent.tokens).toBeGreaterThan(HELLO_TOKENS);
    expect(quotas[0]?.spent.usd).toBeGreaterThan(0);
  });
});
