import { randomBytes, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import type { Command, RedisClient } from '../redis/client.ts';
import { describeTopologies } from '../redis/topologies.fixture.ts';
import { createCache } from './create-cache.ts';
import { fakeProtocols } from './fake-protocol.fixture.ts';
import { modelTag } from './key.ts';
import { makeRecording, TERMS, termsOf } from './recordings.fixture.ts';
import { targetsOf } from './target.ts';
import type { Cache } from './tiers.ts';
import type { Recording } from './types.ts';

interface Replica {
  readonly cache: Cache;
  readonly client: RedisClient;
}

const KEY = `${modelTag('m')}.${'1'.repeat(64)}`;
const SIBLING = `${modelTag('m')}.${'2'.repeat(64)}`;
const OTHER = `${modelTag('n')}.${'1'.repeat(64)}`;

interface ReplicaOptions {
  readonly secret?: Buffer;
  readonly clock?: ManualClock;
}

function onEveryNode(client: RedisClient, command: Command): Promise<unknown[]> {
  return Promise.all(client.nodes.map(async (node) => client.send([command], node))) as Promise<unknown[]>;
}

/** The counts of PUBSUB NUMSUB on all nodes. */
function summed(answers: unknown[]): number {
  return (answers as [[string, number]][]).reduce((sum, [[, count]]) => sum + count, 0);
}

describeTopologies('replicas', ({ connect, clustered }) => {
  const clock = new ManualClock(Date.now());

  function recording(): Recording {
    return makeRecording({ storedAt: clock.now(), expiresAt: clock.now() + 60_000 });
  }

  async function replica(prefix: string, { secret, clock: own = clock }: ReplicaOptions = {}): Promise<Replica> {
    // The clock of Redis went on meanwhile.
    if (own === clock) clock.advance(Math.max(0, Date.now() - clock.now()));
    const client = await connect({ prefix, clock: own });
    const cache = createCache({
      memoryBytes: 1_000_000,
      staleMs: 5_000,
      clock: own,
      protocols: fakeProtocols(),
      redis: client,
      ...(secret ? { secret } : {}),
    });
    return { cache, client };
  }

  async function replicas(prefix = `test-${randomUUID()}`): Promise<[Replica, Replica]> {
    const pair: [Replica, Replica] = [await replica(prefix), await replica(prefix)];
    const { client } = pair[0];
    const channel = client.keys.purgeChannel;
    await expect
      .poll(() => onEveryNode(client, ['PUBSUB', 'NUMSUB', channel]).then(summed), { timeout: 5_000 })
      .toBe(2);
    return pair;
  }

  /** As the pipeline does it: look, find nothing, generate, store. */
  async function answer({ cache }: Replica, ...keys: string[]): Promise<void> {
    for (const key of keys) {
      await cache.fetch(key, TERMS);
      await cache.put(key, recording(), cache.mark(key));
    }
  }

  test('what one replica stored another finds on Redis once and in its memory from then on', async () => {
    const [one, two] = await replicas();
    await answer(one, KEY);
    expect(two.cache.peek(KEY, TERMS)).toBeUndefined();
    expect(await two.cache.fetch(KEY, TERMS)).toMatchObject({
      recording: recording(),
      fresh: true,
      tier: 'redis',
      endpoint: 'gpt-4o/one',
    });
    expect(two.cache.peek(KEY, TERMS)).toMatchObject({ tier: 'memory' });
  });

  test('an answer that was stored without a lookup before it is shared too', async () => {
    const [one, two] = await replicas();
    await one.cache.prepare(KEY);
    await one.cache.put(KEY, recording(), one.cache.mark(KEY));
    expect(await two.cache.fetch(KEY, TERMS)).toMatchObject({ tier: 'redis' });
  });

  test('a purge by one replica is seen by all, in memory too, and counts each entry once', async () => {
    const [one, two] = await replicas();
    await answer(one, KEY, SIBLING, OTHER);
    for (const key of [KEY, SIBLING, OTHER]) await two.cache.fetch(key, TERMS);
    expect(await one.cache.purge({ model: 'm' })).toEqual({ deleted: 2, complete: true });
    expect(await one.cache.fetch(KEY, TERMS)).toBeUndefined();
    await expect.poll(() => two.cache.peek(KEY, TERMS)).toBeUndefined();
    expect(await two.cache.fetch(SIBLING, TERMS)).toBeUndefined();
    expect(two.cache.peek(OTHER, TERMS)).toBeDefined();
    expect(await two.cache.purge('all')).toEqual({ deleted: 1, complete: true });
    await expect.poll(() => one.cache.peek(OTHER, TERMS)).toBeUndefined();
  });

  test.each([
    ['everything', 'all' as const],
    ['its model', { model: 'm' }],
    ['its key', { key: KEY }],
  ])('a generation on one replica that began before a purge of %s on another leaves nothing', async (_, target) => {
    const [one, two] = await replicas();
    await two.cache.fetch(KEY, TERMS);
    const before = two.cache.mark(KEY);
    await answer(two, OTHER);
    await one.cache.purge(target);
    if (target === 'all') await expect.poll(() => two.cache.peek(OTHER, TERMS)).toBeUndefined();
    else await expect.poll(() => two.cache.mark(KEY).epoch).toBeGreaterThan(before.epoch);
    await two.cache.put(KEY, recording(), before);
    expect(two.cache.peek(KEY, TERMS)).toBeUndefined();
    expect(await one.cache.fetch(KEY, TERMS)).toBeUndefined();
    await answer(two, KEY);
    expect(await one.cache.fetch(KEY, TERMS)).toMatchObject({ fresh: true });
  });

  test('a replica that missed the message learns of a purge with its next read', async () => {
    const [one, two] = await replicas();
    await answer(two, KEY);
    await one.client.send([['SET', one.client.keys.purgeToken('', KEY), 'another token']]);
    expect(two.cache.peek(KEY, TERMS)).toBeDefined();
    await two.cache.fetch(OTHER, TERMS);
    expect(two.cache.peek(KEY, TERMS)).toBeUndefined();
  });

  test('when Redis loses its tokens, its entries disappear and none comes back', async () => {
    const prefix = `test-${randomUUID()}`;
    const [one] = await replicas(prefix);
    await answer(one, KEY);
    const { keys } = one.client;
    await one.client.send([['DEL', keys.purgeToken('', KEY), keys.purgeToken(`${modelTag('m')}.`, KEY)]]);
    const late = await replica(prefix);
    expect(await late.cache.fetch(KEY, TERMS)).toBeUndefined();
    await answer(late, KEY);
    expect(await late.cache.fetch(KEY, TERMS)).toBeDefined();
  });

  test('garbage in the place of an entry is a miss and is overwritten', async () => {
    const [one, two] = await replicas();
    await answer(one, KEY);
    await one.client.send([['SET', one.client.keys.cacheEntry(KEY), 'garbage']]);
    expect(await two.cache.fetch(KEY, TERMS)).toBeUndefined();
    await answer(two, KEY);
    expect(two.cache.peek(KEY, TERMS)).toBeDefined();
  });

  test('a purge touches nothing but cache entries of its own prefix', async () => {
    const prefix = `test-${randomUUID()}`;
    const [one] = await replicas(prefix);
    const neighbour = await replica(`${prefix}:cache`);
    await answer(one, KEY);
    await answer(neighbour, KEY);
    const names = [one.client.keys.affinity('resp_1'), one.client.keys.health, `${prefix}:cache:entry:mine`];
    await one.client.send(names.map((name) => ['SET', name, 'kept', 'PX', 60_000]));
    expect(await one.cache.purge('all')).toEqual({ deleted: 1, complete: true });
    for (const name of names) expect(await one.client.read([name])).toEqual([Buffer.from('kept')]);
    expect(await (await replica(`${prefix}:cache`)).cache.fetch(KEY, TERMS)).toBeDefined();
  });

  test('a purge of thousands deletes and counts them all', async () => {
    const [one] = await replicas();
    const names = Array.from({ length: 3_000 }, (_, index) => one.client.keys.cacheEntry(`${index}`.padStart(2, '0')));
    await one.client.send(names.map((name) => ['SET', name, 'x', 'PX', 60_000]));
    expect(await one.cache.purge('all')).toEqual({ deleted: 3_000, complete: true });
    for (const name of names.slice(0, 2)) expect(await one.client.read([name])).toEqual([null]);
  });

  const KEPT = { answerId: 'resp_1', kept: true };

  async function store({ cache }: Replica, key: string, change: Partial<Recording>): Promise<void> {
    await cache.fetch(key, TERMS);
    await cache.put(key, { ...recording(), ...change }, cache.mark(key));
  }

  test('an answer that one replica forgets is gone for all, and only it', async () => {
    const [one, two] = await replicas();
    await store(one, KEY, KEPT);
    await store(one, OTHER, KEPT);
    await store(one, SIBLING, { answerId: 'resp_2', kept: true });
    for (const key of [KEY, SIBLING]) await two.cache.fetch(key, TERMS);
    // `two` has KEY in memory and OTHER on Redis alone.
    await two.cache.forgetAnswer('resp_1');
    for (const key of [KEY, OTHER]) expect(await two.cache.fetch(key, TERMS)).toBeUndefined();
    for (const key of [KEY, OTHER]) await expect.poll(() => one.cache.peek(key, TERMS)).toBeUndefined();
    expect(await one.cache.fetch(SIBLING, TERMS)).toBeDefined();
    const { keys } = one.client;
    expect(await one.client.read([KEY, OTHER].map((key) => keys.cacheEntry(key)))).toEqual([null, null]);
    const lists = ['resp_1', 'resp_2'].map((id): Command => ['EXISTS', keys.cacheAnswer(id)]);
    expect(new Set((await one.client.send(lists)) as number[])).toEqual(new Set([0, 1]));
  });

  test('what Redis still holds of a forgotten answer is not given out by the replica that forgot it', async () => {
    const [one, two] = await replicas();
    await store(one, KEY, KEPT);
    const { keys } = two.client;
    await two.client.send([['DEL', keys.cacheAnswer('resp_1')]]);
    await two.cache.forgetAnswer('resp_1');
    expect(await two.cache.fetch(KEY, TERMS)).toBeUndefined();
    await store(one, SIBLING, { answerId: 'resp_2', kept: true });
    expect(await two.cache.fetch(SIBLING, TERMS)).toBeDefined();
  });

  test('the list of an answer is bounded and lives no longer than its entry', async () => {
    const [one] = await replicas();
    for (let index = 0; index < 20; index += 1) {
      await store(one, `${modelTag('m')}.${String(index).padStart(64, '0')}`, KEPT);
    }
    await store(one, OTHER, { answerId: 'chatcmpl-1', kept: false });
    const { keys } = one.client;
    const list = keys.cacheAnswer('resp_1');
    const [length, life] = (await one.client.send([
      ['LLEN', list],
      ['PTTL', list],
    ])) as [number, number];
    expect(length).toBe(16);
    expect(life).toBeGreaterThan(60_000);
    expect(life).toBeLessThanOrEqual(65_000);
    expect(await one.client.send([['EXISTS', keys.cacheAnswer('chatcmpl-1')]])).toEqual([0]);
  });

  test('an entry that was copied to the place of another key is a miss there', async () => {
    const [one, two] = await replicas();
    await answer(one, KEY, SIBLING);
    const { keys } = one.client;
    const [entry] = (await one.client.read([keys.cacheEntry(KEY)])) as Buffer[];
    await one.client.send([['SET', keys.cacheEntry(SIBLING), entry!, 'PX', 60_000]]);
    expect(await two.cache.fetch(SIBLING, TERMS)).toBeUndefined();
    expect(await two.cache.fetch(KEY, TERMS)).toBeDefined();
  });

  test('replicas with one secret share entries, with another or none they do not', async () => {
    const prefix = `test-${randomUUID()}`;
    const secret = randomBytes(32);
    const [one, same, other, none] = [
      await replica(prefix, { secret }),
      await replica(prefix, { secret: Buffer.from(secret) }),
      await replica(prefix, { secret: randomBytes(32) }),
      await replica(prefix),
    ];
    await answer(one, KEY);
    expect(await same.cache.fetch(KEY, TERMS)).toMatchObject({ tier: 'redis' });
    expect(await other.cache.fetch(KEY, TERMS)).toBeUndefined();
    expect(await none.cache.fetch(KEY, TERMS)).toBeUndefined();
  });

  test('an entry of a target that this replica does not have is not taken into its memory', async () => {
    const [one, two] = await replicas();
    await answer(one, KEY);
    const source = { id: 'gpt-4o/one', provider: 'openai', basePath: '/v1', mock: false, bundled: false };
    const terms = { ...TERMS, targets: targetsOf([{ ...source, origin: 'https://two.example' }]) };
    expect(await two.cache.fetch(KEY, terms)).toBeUndefined();
    expect(two.cache.stats().entries).toBe(0);
  });

  test('a request that wants a younger answer than memory has gets the one that another replica has stored', async () => {
    const [one, two] = await replicas();
    await answer(one, KEY);
    await two.cache.fetch(KEY, TERMS);
    await one.cache.put(
      KEY,
      { ...recording(), storedAt: clock.now() + 5_000, endpoint: 'gpt-4o/one' },
      one.cache.mark(KEY),
    );
    clock.advance(6_000);
    expect(await two.cache.fetch(KEY, termsOf('max-age=3'))).toMatchObject({ fresh: true, tier: 'redis' });
    expect(await two.cache.fetch(KEY, termsOf('max-age=3'))).toMatchObject({ fresh: true, tier: 'memory' });
  });

  test('a purge that overtakes a landing leaves nothing that the next purge would count', async () => {
    const [one, two] = await replicas();
    const { keys } = one.client;
    const entries = async (): Promise<unknown> =>
      (await onEveryNode(one.client, ['KEYS', keys.cacheEntries('')])).flat(2).join(',');
    await one.cache.fetch(KEY, TERMS);
    const mark = one.cache.mark(KEY);
    // The purge of another replica whose message has not arrived.
    await two.client.send([['SET', keys.purgeToken('', KEY), 'another token']]);
    await one.cache.put(KEY, { ...recording(), answerId: 'resp_1', kept: true }, mark);
    expect(await entries()).toBe('');
    // In a cluster the list comes first, and may name what was not stored.
    expect(await one.client.send([['EXISTS', keys.cacheAnswer('resp_1')]])).toEqual([clustered ? 1 : 0]);
    expect(await two.cache.purge('all')).toEqual({ deleted: 0, complete: true });
  });

  test.each([3_600_000, -3_600_000, 0])(
    'an entry lives as long on a replica whose clock is %i ms ahead',
    async (ahead) => {
      const prefix = `test-${randomUUID()}`;
      const exact = new ManualClock(Date.now());
      const skewed = new ManualClock(Date.now() + ahead);
      const [one, two] = [await replica(prefix, { clock: exact }), await replica(prefix, { clock: skewed })];
      await one.cache.fetch(KEY, TERMS);
      const stored = makeRecording({ storedAt: exact.now(), expiresAt: exact.now() + 60_000 });
      await one.cache.put(KEY, stored, one.cache.mark(KEY));
      const found = await two.cache.fetch(KEY, TERMS);
      expect(found?.fresh).toBe(true);
      expect(Math.abs((found?.recording.storedAt ?? 0) - skewed.now())).toBeLessThan(5_000);
      skewed.advance(66_000);
      expect(await two.cache.fetch(KEY, TERMS)).toBeUndefined();
    },
  );
});
