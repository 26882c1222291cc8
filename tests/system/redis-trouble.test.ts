import getPort from 'get-port';
import { expect, test } from 'vitest';
import { startRedis, type OwnRedis } from '../setup/redis.ts';
import { chat, collect, nonce, textOf } from './ask.ts';
import { startBed, type Bed } from './bed.ts';
import { jsonOf, send } from './http.ts';
import { startRelay } from './relay.ts';

interface Health {
  readonly status: string;
  readonly redis_connected: boolean | null;
}

async function health(bed: Bed): Promise<Health> {
  return (await (await fetch(`${bed.url}/health`)).json()) as Health;
}

async function connected(bed: Bed, wanted: boolean): Promise<void> {
  await expect.poll(async () => (await health(bed)).redis_connected, { timeout: 15_000 }).toBe(wanted);
}

async function ask(bed: Bed, content: string): Promise<string | null> {
  const { response } = await bed.client().chat.completions.create(chat(content)).withResponse();
  return response.headers.get('x-llmproxy-cache');
}

/** A Redis of the test's own, ended whatever state it is left in. */
async function ownRedis(): Promise<OwnRedis & AsyncDisposable> {
  const redis = await startRedis();
  return { ...redis, [Symbol.asyncDispose]: () => redis.stop() };
}

/** Longer than the default: what a busy machine does must not count as trouble of Redis. */
const at = (port: number) => ({ config: { redis: { url: `redis://127.0.0.1:${port}`, timeout: '1s' } } });

test('refused from the start: the proxy starts, says degraded and works on memory alone', async () => {
  await using bed = await startBed(at(await getPort({ host: '127.0.0.1' })));
  expect(await health(bed)).toMatchObject({ status: 'degraded', redis_connected: false });
  expect([await ask(bed, 'hi'), await ask(bed, 'hi')]).toEqual(['miss', 'hit']);
  expect(await bed.requests()).toHaveLength(1);
});

test('a Redis that comes up later is taken into use', async () => {
  await using redis = await ownRedis();
  await redis.kill();
  await using bed = await startBed(at(redis.port));
  await using other = await startBed(at(redis.port));
  expect(await ask(bed, 'before')).toBe('miss');
  await redis.restart();
  await Promise.all([connected(bed, true), connected(other, true)]);
  expect(await ask(bed, 'after')).toBe('miss');
  await expect.poll(() => ask(other, 'after')).toBe('hit');
});

test('frozen: every request is answered, and no more than the first one waits for it', async () => {
  await using redis = await ownRedis();
  await using relay = await startRelay(redis.port);
  await using bed = await startBed(at(relay.port));
  await connected(bed, true);
  expect(await ask(bed, 'known')).toBe('miss');
  expect(relay.count(':cache:')).toBeGreaterThan(0);
  redis.freeze();
  relay.forget();
  const said = [];
  for (let turn = 0; turn < 20; turn += 1) said.push(await ask(bed, nonce()));
  expect(new Set(said)).toEqual(new Set(['miss']));
  // Each command that is sent may cost one commandTimeout. The breaker opens with the first. The probe of the connection is not counted:
  // no request waits for it.
  expect(relay.count(':cache:')).toBeLessThanOrEqual(2);
  expect(await ask(bed, 'known')).toBe('hit');
  expect(await health(bed)).toMatchObject({ status: 'degraded', redis_connected: false });
  redis.thaw();
  await connected(bed, true);
  await expect.poll(async () => (await health(bed)).status).toBe('healthy');
  // Told when it changes, not with every request.
  expect(bed.log().match(/Redis is unreachable/g)!.length).toBeLessThan(20);
});

test('frozen while many wait for it at once: none waits for it twice', async () => {
  await using redis = await ownRedis();
  await using relay = await startRelay(redis.port);
  await using bed = await startBed(at(relay.port));
  await connected(bed, true);
  redis.freeze();
  relay.forget();
  const said = await Promise.all(Array.from({ length: 50 }, () => ask(bed, nonce())));
  expect(said).toEqual(said.map(() => 'miss'));
  expect(await bed.requests()).toHaveLength(50);
  // Each looked it up once at most, and storing the answers did not even try.
  expect(relay.count(':cache:')).toBeLessThanOrEqual(50);
  redis.thaw();
  await connected(bed, true);
});

test('killed in the middle of a stream: the stream completes, and is in memory', async () => {
  await using redis = await ownRedis();
  await using bed = await startBed(at(redis.port));
  await bed.mock.pace({ tokensPerSecond: 40 });
  const request = { ...chat('Count from 1 to 5'), stream: true } as const;
  const stream = await bed.client().chat.completions.create(request);
  const chunks = [];
  for await (const chunk of stream) {
    if (chunks.length === 2) await redis.kill();
    chunks.push(chunk);
  }
  expect(textOf(chunks)).toBe('1\n2\n3\n4\n5');
  const { data, response } = await bed.client().chat.completions.create(request).withResponse();
  expect(textOf(await collect(data))).toBe('1\n2\n3\n4\n5');
  expect(response.headers.get('x-llmproxy-cache')).toBe('hit');
});

test('killed and back: what is stored afterwards is shared again', async () => {
  await using redis = await ownRedis();
  await using bed = await startBed(at(redis.port));
  await using other = await startBed(at(redis.port));
  await connected(bed, true);
  expect(await ask(bed, 'one')).toBe('miss');
  await redis.kill();
  await connected(bed, false);
  expect([await ask(bed, 'one'), await ask(bed, 'two'), await ask(other, 'two')]).toEqual(['hit', 'miss', 'miss']);
  await redis.restart();
  await Promise.all([connected(bed, true), connected(other, true)]);
  expect(await ask(bed, 'three')).toBe('miss');
  await expect.poll(() => ask(other, 'three')).toBe('hit');
  expect((await bed.requests()).filter(({ body }) => JSON.stringify(body).includes('three'))).toHaveLength(1);
});

test('a purge while Redis is away says so, and holds when Redis is back', async () => {
  await using redis = await ownRedis();
  await using bed = await startBed(at(redis.port));
  await connected(bed, true);
  await ask(bed, 'old');
  redis.freeze();
  const purged = jsonOf(await send(`${bed.url}/cache`, { method: 'DELETE' }));
  expect(purged).toMatchObject({ status: 'partial' });
  expect(await ask(bed, 'old')).toBe('miss');
  await send(`${bed.url}/cache`, { method: 'DELETE' });
  redis.thaw();
  await connected(bed, true);
  expect(await ask(bed, 'old')).toBe('miss');
});

test('follow-ups reach the owner of a response also while Redis is away', async () => {
  await using redis = await ownRedis();
  await using bed = await startBed({ mocks: 3, ...at(redis.port) });
  await redis.kill();
  const first = await bed.client().responses.create({ model: 'gpt-4o-mini', input: 'hi' });
  const owner = await bed.sequence();
  for (let turn = 0; turn < 3; turn += 1) {
    const request = { model: 'gpt-4o-mini', input: `go on ${turn}`, previous_response_id: first.id };
    expect((await bed.client().responses.create(request)).previous_response_id).toBe(first.id);
  }
  expect(await bed.sequence()).toBe(owner.repeat(4));
});
