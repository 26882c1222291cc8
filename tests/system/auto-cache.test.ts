import { describe, expect, onTestFinished, test } from 'vitest';
import { needsMock } from '../setup/needs.ts';
import { nonce, sharedRedis } from './ask.ts';
import { askAs, expectOk, FAMILIES, pickOf, requestOf, type AskOptions, type Family } from './auto-ask.ts';
import { autoBed, SEVEN_CATALOG, SEVEN_MODELS, type AutoBed, type SevenModel } from './auto-bed.ts';
import { startApp } from './bed.ts';
import { openSocket, postText, type RawAnswer } from './http.ts';

const [FIRST, SECOND, THIRD] = SEVEN_MODELS as [SevenModel, SevenModel, SevenModel];
const cacheOf = ({ headers }: Pick<RawAnswer, 'headers'>): unknown => headers['x-llmproxy-cache'];

/** Asks, and says what the cache did. */
async function seen(family: Family, url: string, text: string, options?: AskOptions): Promise<[unknown, string]> {
  const answer = expectOk(await askAs(family, url, text, options));
  return [cacheOf(answer), answer.body.toString()];
}

describe.each(FAMILIES)('%s: auto and the picked model share', (family) => {
  test.each([
    ['auto', FIRST],
    [FIRST, 'auto'],
  ])('an entry: %s first, then %s', async (before, after) => {
    const bed = await autoBed();
    for (const stream of [false, true]) {
      const text = `hello ${String(stream)}`;
      const [missed, made] = await seen(family, bed.url, text, { model: before, stream });
      const [hit, replayed] = await seen(family, bed.url, text, { model: after, stream });
      expect([missed, hit]).toEqual(['miss', 'hit']);
      expect(replayed).toBe(made);
    }
    expect(await bed.called()).toEqual([FIRST, FIRST]);
  });

  test('a generation that is under way', async () => {
    const bed = await autoBed();
    await bed.mocks[FIRST].fault({ fault: 'stall-mid;after=4;ms=1500', times: 1 });
    const sockets = ['auto', FIRST, 'auto'].map((model) => {
      const { path, headers, body } = requestOf(family, 'Count from 1 to 5', { model, stream: true });
      return { socket: openSocket(bed.url), text: postText(path, body, headers) };
    });
    for (const { socket, text } of sockets) {
      socket.write(text);
      await socket.until('x-llmproxy-cache');
    }
    const ends = { chat: '[DONE]', responses: 'response.completed', messages: 'message_stop', gemini: 'finishReason' };
    await Promise.all(sockets.map(({ socket }) => socket.until(ends[family])));
    const heads = sockets.map(({ socket }) => /x-llmproxy-cache: (\w+)/.exec(socket.received().toString())?.[1]);
    for (const { socket } of sockets) socket.leave();
    expect(heads).toEqual(['miss', 'joined', 'joined']);
    expect(await bed.called()).toEqual([FIRST]);
  });
});

test('numbers that JSON.parse cannot keep apart change nothing in that', async () => {
  const bed = await autoBed();
  const more = { logit_bias: { 1: 1 } };
  const body = (model: string): string =>
    JSON.stringify({ ...requestOf('chat', 'hello', { model }).body, ...more, seed: 0 }).replace(
      '"seed":0',
      '"seed":123456789012345678901',
    );
  const post = (model: string): Promise<Response> =>
    fetch(`${bed.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: body(model),
    });
  const caches = [];
  for (const model of ['auto', FIRST, 'auto']) caches.push((await post(model)).headers.get('x-llmproxy-cache'));
  expect(caches).toEqual(['miss', 'hit', 'hit']);
});

test('headers of a hit name the model and no attempt', async () => {
  const bed = await autoBed();
  await askAs('chat', bed.url, 'hello');
  const hit = await askAs('chat', bed.url, 'hello');
  expect(cacheOf(hit)).toBe('hit');
  expect(pickOf(hit)).toEqual({ model: FIRST, complexity: 'simple', tier: 'micro', attempts: '0' });
});

test('a ranking that changed is a miss, never the answer of another model', async () => {
  const bed = await autoBed({ model: { routing: { allowed_fails: 1, cooldown: '1h' } } });
  expect((await seen('chat', bed.url, 'hello'))[0]).toBe('miss');
  const other = { headers: { 'x-llmproxy-tier': 'complex' } };
  expect((await seen('chat', bed.url, 'hello', other))[0]).toBe('miss');
  expect((await seen('chat', bed.url, 'hello', other))[0]).toBe('hit');
  // The first model is ejected.
  await bed.mocks[FIRST].fault({ fault: 'server-error' });
  await askAs('chat', bed.url, 'something else', { model: FIRST });
  const [cache] = await seen('chat', bed.url, 'hello');
  expect(cache).toBe('miss');
  expect(await bed.called()).toEqual([FIRST, 'deepseek-v3.2-speciale', FIRST, SECOND]);
});

test('models in failover share nothing: each answer is stored under the one that gave it', async () => {
  const bed = await autoBed({ model: { routing: { allowed_fails: 1000 } } });
  await bed.mocks[FIRST].fault({ fault: 'server-error' });
  const [, made] = await seen('chat', bed.url, 'hello');
  expect(await bed.called()).toEqual([FIRST, SECOND]);
  expect(await seen('chat', bed.url, 'hello', { model: SECOND })).toEqual(['hit', made]);
  expect((await askAs('chat', bed.url, 'hello', { model: FIRST })).status).toBe(500);
  expect((await seen('chat', bed.url, 'hello', { model: THIRD }))[0]).toBe('miss');
  // The first is asked before the second one's answer is looked for.
  await bed.mocks[FIRST].reset();
  expect((await seen('chat', bed.url, 'hello'))[0]).toBe('miss');
  expect((await bed.requests(FIRST)).map(({ status }) => status)).toEqual([200]);
});

test('when the first model fails, the stored answer of the second is a hit', async () => {
  const bed = await autoBed({ model: { routing: { allowed_fails: 1000 } } });
  const [, made] = await seen('chat', bed.url, 'hello', { model: SECOND });
  await bed.mocks[FIRST].fault({ fault: 'server-error' });
  const answer = expectOk(await askAs('chat', bed.url, 'hello'));
  expect([cacheOf(answer), answer.body.toString()]).toEqual(['hit', made]);
  expect(pickOf(answer)).toMatchObject({ model: SECOND });
  expect(await bed.called()).toEqual([SECOND, FIRST]);
});

test('`cache-control: only-if-cached` asks nothing upstream', async () => {
  const bed = await autoBed();
  const answer = await askAs('chat', bed.url, 'hello', { headers: { 'cache-control': 'only-if-cached' } });
  expect(answer.status).toBe(504);
  expect(await bed.called()).toEqual([]);
});

test('another replica answers out of Redis, by either name', async (context) => {
  needsMock(context);
  const redis = sharedRedis();
  const first = await autoBed({ config: { redis } });
  const second = await replicaOf(first, { redis });
  const text = `hello ${nonce()}`;
  const [, made] = await seen('chat', first.url, text);
  expect(await seen('chat', second, text, { model: FIRST })).toEqual(['hit', made]);
  const other = `hello ${nonce()}`;
  const [, named] = await seen('chat', second, other, { model: FIRST });
  await expect.poll(() => seen('chat', first.url, other)).toEqual(['hit', named]);
  expect(await first.called()).toEqual([FIRST, FIRST]);
});

/** Another proxy before the mocks of a bed. */
async function replicaOf(bed: AutoBed, config: object): Promise<string> {
  const models = Object.fromEntries(
    SEVEN_MODELS.map((model) => [
      model,
      { endpoints: [{ provider: 'openai', name: 'a', base_url: bed.mocks[model].baseURL, api_key: `sk-of-${model}` }] },
    ]),
  );
  const app = await startApp({ catalog: SEVEN_CATALOG, ...config, models });
  onTestFinished(() => app.close());
  return app.url;
}
