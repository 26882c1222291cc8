import OpenAI from 'openai';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ManualClock, post, withRealSockets } from '../../../tests/setup/mock-bed.ts';
import { startFleet, startMock } from '../../index.ts';
import { MockServer } from '../server.ts';
import type { ServerOptions } from '../settings.ts';

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
    expect(server.world.journal.entries().map(({ status }) => status)).toEqual([429]);
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
    const { quotas } = server.world.limiter.report(0);
    expect(quotas[0]?.spent.tokens).toBeGreaterThan(HELLO_TOKENS);
    expect(quotas[0]?.spent.usd).toBeGreaterThan(0);
  });
});

describe('servers', () => {
  test('of a fleet share the limits of their organization', async () => {
    await using fleet = await startFleet(3, { limits: { rpm: 4 } });
    const statuses: number[] = [];
    for (const index of [0, 1, 2, 0, 1]) {
      const { status } = await post(`${fleet.mocks[index]!.baseURL}/chat/completions`, hello);
      statuses.push(status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 429]);
  });

  test('in a process of their own take limits and strictness along', async () => {
    const keys = { 'sk-b': { rpm: 1, models: { 'gpt-5': { tpm: 5 } } } };
    await using mock = await startMock({
      process: 'child',
      limits: { rpm: 7, quota: { usd: 2 }, keys },
      strictness: { default: 'spec', keys: { 'sk-b': 'openai' } },
      organization: 'org-child',
    });
    expect((await mock.limits()).settings).toEqual({ rpm: 7, quota: { usd: 2 }, keys });
    const refused = await post(`${mock.baseURL}/chat/completions`, { ...hello, stop: [] });
    expect([refused.status, refused.headers.get('openai-organization')]).toEqual([400, 'org-child']);
  });
});

describe('the control API', () => {
  test('sets limits, tells what is left, takes them off, and a reset brings the first ones back', async () => {
    await using mock = await startMock({ limits: { rpm: 9, quota: { tokens: 1000 } } });
    expect(await mock.limits()).toMatchObject({ settings: { rpm: 9 }, buckets: [], quotas: [{ key: null }] });
    await mock.limit({ tpm: 500 });
    await post(`${mock.baseURL}/chat/completions`, hello);
    const { buckets } = await mock.limits();
    expect(buckets).toMatchObject([{ key: null, model: 'gpt-4o-mini-2024-07-18', limits: { tpm: { limit: 500 } } }]);
    await mock.limit(null);
    expect((await mock.limits()).settings).toBeNull();
    await mock.reset();
    expect((await mock.limits()).settings).toMatchObject({ rpm: 9 });
  });

  test('sets strictness, until a reset', async () => {
    await using mock = await startMock();
    const bad = { ...hello, stop: [] };
    const status = async (): Promise<number> => (await post(`${mock.baseURL}/chat/completions`, bad)).status;
    expect(await status()).toBe(200);
    await mock.strictness('spec');
    expect(await status()).toBe(400);
    await mock.reset();
    expect(await status()).toBe(200);
  });

  test.each([
    [{ rpm: -1 }, 'limits.rpm: expected a number of at least 0, found -1'],
    [{ rpms: 1 }, /^PUT \/__mock\/limits was refused: limits\.rpms: expected one of the fields rpm, /],
    [{ quota: { eur: 1 } }, /limits\.quota\.eur: expected one of the fields tokens, usd/],
    [{ keys: { 'sk-a': { keys: {} } } }, /limits\.keys\.sk-a\.keys: expected one of the fields/],
  ])('refuses the limits %j with the field, what was expected and what came', async (limits, message) => {
    await using mock = await startMock();
    await expect(mock.limit(limits as never)).rejects.toThrow(message);
  });

  test('refuses a strictness it does not know', async () => {
    await using mock = await startMock();
    await expect(mock.strictness('hard' as never)).rejects.toThrow(
      'strictness: expected one of off, spec, openai, found "hard"',
    );
  });
});
