import { expect, onTestFinished, test } from 'vitest';
import { needsMock } from '../setup/needs.ts';
import { chat, nonce, sharedRedis } from './ask.ts';
import { MODEL, startApp, startBed, type Bed } from './bed.ts';
import { send } from './http.ts';

const NEGATIVE = { config: { cache: { negative: '1m' } } };

interface Seen {
  readonly status: number;
  readonly cache: unknown;
  readonly text: string;
}

async function ask({ url }: Pick<Bed, 'url'>, body: object, control?: string): Promise<Seen> {
  const headers: Record<string, string> = control === undefined ? {} : { 'cache-control': control };
  const answer = await send(`${url}/v1/chat/completions`, { body, headers });
  return { status: answer.status, cache: answer.headers['x-llmproxy-cache'], text: answer.body.toString() };
}

const refuse = (bed: Bed, status: number): Promise<void> => bed.mock.fault({ fault: { kind: 'status', status } });

test('cache.negative refuses an equal request again without a call, and in no other place', async () => {
  await using bed = await startBed(NEGATIVE);
  const request = chat(nonce());
  await refuse(bed, 400);
  const first = await ask(bed, request);
  expect(first).toMatchObject({ status: 400, cache: 'miss' });
  expect(await ask(bed, request)).toEqual({ ...first, cache: 'hit' });
  expect(await bed.requests()).toHaveLength(1);
  // Another shape, or a field that counts for no answer, may be what was wrong.
  for (const other of [
    { ...request, stream: true },
    { ...request, user: 'ada' },
  ]) {
    expect(await ask(bed, other)).toMatchObject({ status: 400, cache: 'miss' });
  }
  expect(await ask(bed, request, 'no-cache')).toMatchObject({ status: 400, cache: 'bypass' });
  expect(await bed.requests()).toHaveLength(4);
});

test('it is off by default, and for a request that keeps out of the cache', async () => {
  await using bed = await startBed();
  await using other = await startBed(NEGATIVE);
  for (const [at, control] of [
    [bed, undefined],
    [other, 'no-store'],
  ] as const) {
    const request = chat(nonce());
    await refuse(at, 400);
    for (const _time of [1, 2]) expect(await ask(at, request, control)).toMatchObject({ status: 400, cache: 'miss' });
    expect(await at.requests()).toHaveLength(2);
  }
});

test.each([401, 403, 404, 408, 409, 429, 500])('a %d is asked for again', async (status) => {
  await using bed = await startBed({ ...NEGATIVE, model: { routing: { cooldown: '1ms', allowed_fails: 100 } } });
  const request = chat(nonce());
  await refuse(bed, status);
  const first = await ask(bed, request);
  expect(first.status).toBeGreaterThanOrEqual(400);
  expect((await ask(bed, request)).cache).toBe('miss');
});

test('a stored answer is never hidden by a refusal', async () => {
  await using bed = await startBed(NEGATIVE);
  const request = chat(nonce());
  const good = await ask(bed, request);
  await refuse(bed, 400);
  expect(await ask(bed, request, 'no-cache')).toMatchObject({ status: 400, cache: 'bypass' });
  expect(await ask(bed, request)).toEqual({ ...good, cache: 'hit' });
});

test('a purge forgets refusals', async () => {
  await using bed = await startBed(NEGATIVE);
  const request = chat(nonce());
  await refuse(bed, 422);
  await ask(bed, request);
  const purged = await send(`${bed.url}/cache?model=${MODEL}`, { method: 'DELETE' });
  expect(JSON.parse(purged.body.toString())).toMatchObject({ deleted_entries: 1 });
  expect(await ask(bed, request)).toMatchObject({ status: 422, cache: 'miss' });
});

test('replicas share refusals over Redis', async (context) => {
  needsMock(context);
  const config = { redis: sharedRedis(), cache: { negative: '1m' } };
  await using first = await startBed({ config });
  const endpoint = { provider: 'openai', base_url: first.mock.baseURL, api_key: 'k' };
  const second = await startApp({ ...config, models: { [MODEL]: { endpoints: [endpoint] } } });
  onTestFinished(() => second.close());
  const request = chat(nonce());
  await refuse(first, 400);
  const made = await ask(first, request);
  await expect.poll(() => ask(second, request, 'only-if-cached')).toEqual({ ...made, cache: 'hit' });
  expect(await first.requests()).toHaveLength(1);
});
