import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { says, startCluster, startSentinels, topologyMissing } from '../../tests/setup/redis-topologies.ts';
import { systemRandom } from '../core/random.ts';
import { RedisClient, type Command, type RedisEvent } from './client.ts';
import type { RedisPlace } from './place.ts';
import { UNAVAILABLE } from './unavailable.ts';

const missing = topologyMissing();
const why = missing === undefined ? '' : ` (skipped: ${missing})`;

const open: AsyncDisposable[] = [];

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

async function running<T extends AsyncDisposable>(start: Promise<T>): Promise<T> {
  const one = await start;
  open.push(one);
  return one;
}

interface Watched {
  readonly client: RedisClient;
  readonly events: RedisEvent[];
}

async function connect(place: RedisPlace, startMs = 5_000): Promise<Watched> {
  const events: RedisEvent[] = [];
  const client = new RedisClient({
    place,
    prefix: `test-${randomUUID()}`,
    random: systemRandom,
    commandTimeoutMs: 2_000,
    onEvent: (event) => events.push(event),
  });
  open.push({ [Symbol.asyncDispose]: () => client.close() });
  await client.start(startMs);
  return { client, events };
}

/** One write in each part of the keys. */
function everywhere({ keys }: RedisClient): Command[] {
  return keys.purgeTokens('x').map((name): Command => ['SET', name, 'x', 'PX', 60_000]);
}

describe.skipIf(missing !== undefined)(`a cluster${why}`, () => {
  test('takes keys on every node, in equal parts', async () => {
    const cluster = await running(startCluster());
    const { client } = await connect(cluster.place);
    expect(await client.send(everywhere(client))).toHaveLength(256);
    const sizes = await Promise.all(cluster.nodes.map((node) => node.call('DBSIZE')));
    for (const size of sizes as number[]) expect(size).toBeGreaterThan(60);
    const large = client.keys
      .purgeTokens('large')
      .map((name): Command => ['SET', name, Buffer.alloc(2_000), 'PX', 60_000]);
    expect(await client.send(large)).toHaveLength(256);
  });

  test('reads of one tick are one command for each part', async () => {
    const cluster = await running(startCluster());
    const { client } = await connect(cluster.place);
    await client.send(everywhere(client));
    const calls = async (): Promise<number> => {
      const texts = await Promise.all(cluster.nodes.map((node) => node.call('INFO', 'commandstats')));
      return texts.reduce<number>(
        (sum, text) => sum + Number(/cmdstat_mget:calls=(\d+)/.exec(String(text))?.[1] ?? 0),
        0,
      );
    };
    const names = client.keys.purgeTokens('x').slice(0, 2);
    const before = await calls();
    const all = await Promise.all([...names, ...names, ...names].map((name) => client.read([name])));
    expect(all.flat().map(String)).toEqual(Array.from({ length: 6 }, () => 'x'));
    expect((await calls()) - before).toBe(2);
  });

  test('one node that is full is a refusal, until it takes writes again', async () => {
    const cluster = await running(startCluster());
    const { client, events } = await connect(cluster.place);
    await cluster.nodes[1]!.call('CONFIG', 'SET', 'maxmemory', 1);
    expect(await client.send(everywhere(client))).toBe(UNAVAILABLE);
    expect([client.available, client.refusal]).toEqual([true, 'OOM']);
    await cluster.nodes[1]!.call('CONFIG', 'SET', 'maxmemory', 0);
    await expect.poll(() => client.refusal).toBeUndefined();
    expect(await client.send(everywhere(client))).toHaveLength(256);
    expect(events.map(({ kind }) => kind)).toEqual(['up', 'refused', 'accepted']);
  });

  test('without a replica for a lost node it is away, at once for every command', async () => {
    const cluster = await running(startCluster());
    const { client, events } = await connect(cluster.place);
    await cluster.nodes[2]!.kill();
    await expect.poll(() => client.available).toBe(false);
    expect(await client.read([client.keys.health])).toBe(UNAVAILABLE);
    expect(events.map(({ kind }) => kind)).toEqual(['up', 'down']);
  });

  test('a password lets in, a wrong one does not and is not shown', async () => {
    const cluster = await running(startCluster());
    for (const node of cluster.nodes) await node.call('CONFIG', 'SET', 'requirepass', 'sesame');
    const right = await connect({ ...cluster.place, login: { password: 'sesame' } });
    expect(await right.client.send(everywhere(right.client))).toHaveLength(256);
    const wrong = await connect({ ...cluster.place, login: { password: 'hush' } }, 300);
    expect(wrong.client.available).toBe(false);
    expect(wrong.events).toEqual([
      { kind: 'down', reason: expect.stringMatching(/^no node answers: .*(WRONGPASS|NOAUTH)/) },
    ]);
    expect(JSON.stringify(wrong.events)).not.toContain('hush');
  });

  test('a subscription whose node is lost is taken up at another, and the gap is told', async () => {
    const cluster = await running(startCluster());
    const { client } = await connect(cluster.place);
    const heard: string[] = [];
    let gaps = 0;
    const channel = client.keys.healthChannel;
    client.subscribe(
      channel,
      (message) => heard.push(message),
      () => (gaps += 1),
    );
    const publish = (message: string) => async (): Promise<string[]> => {
      await cluster.nodes[0]!.call('PUBLISH', channel, message).catch(() => undefined);
      return heard;
    };
    await expect.poll(publish('one')).toContain('one');
    const listening = async (index: number): Promise<boolean> =>
      String(await cluster.nodes[index]!.call('PUBSUB', 'NUMSUB', channel)).endsWith(',1');
    const [at] = (await Promise.all([0, 1, 2].map(async (index) => ((await listening(index)) ? [index] : [])))).flat();
    await cluster.nodes[at!]!.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await expect.poll(() => gaps).toBe(1);
    await expect.poll(publish('two')).toContain('two');
  });
});

describe.skipIf(missing !== undefined)(`sentinels${why}`, () => {
  test('Redis and the sentinels have passwords of their own', async () => {
    const own = await running(startSentinels());
    for (const sentinel of own.sentinels) {
      await sentinel.call('SENTINEL', 'SET', own.place.master, 'auth-pass', 'sesame');
    }
    await own.replica.call('CONFIG', 'SET', 'masterauth', 'sesame');
    await own.master.call('CONFIG', 'SET', 'requirepass', 'sesame');
    for (const sentinel of own.sentinels) await sentinel.call('ACL', 'SETUSER', 'default', 'resetpass', '>watch');
    const right = await connect({ ...own.place, login: { password: 'sesame' }, sentinelLogin: { password: 'watch' } });
    expect(right.client.available).toBe(true);
    const sentinelLogin = { password: 'watch' };
    for (const logins of [{ login: { password: 'hush' }, sentinelLogin }, { sentinelLogin: { password: 'hush' } }]) {
      const wrong = await connect({ ...own.place, ...logins }, 300);
      expect(wrong.client.available).toBe(false);
      expect(JSON.stringify(wrong.events)).not.toContain('hush');
    }
  });

  test('a master that has become a replica is left for the new one, also by what was large', async () => {
    const own = await running(startSentinels());
    const { client } = await connect(own.place);
    const large = Buffer.alloc(100_000);
    const name = client.keys.cacheEntry('a');
    expect(await client.send([['SET', name, large, 'PX', 60_000]])).toEqual(['OK']);
    await own.sentinels[0]!.call('SENTINEL', 'FAILOVER', own.place.master);
    await says(own.replica, ['ROLE'], 'master');
    await says(own.master, ['ROLE'], 'slave');
    await expect.poll(() => client.send([['SET', name, 'small', 'PX', 60_000]])).toEqual(['OK']);
    await expect.poll(() => client.send([['SET', name, large, 'PX', 60_000]])).toEqual(['OK']);
    expect(await own.replica.call('STRLEN', name)).toBe(100_000);
    expect(client.refusal).toBeUndefined();
  });

  test('nothing that answers as a sentinel is a Redis that is away', async () => {
    const place = { kind: 'sentinels', sentinels: [{ host: '127.0.0.1', port: 1 }], master: 'm', tls: false } as const;
    const { client, events } = await connect({ ...place, login: {}, sentinelLogin: {} }, 200);
    expect(client.available).toBe(false);
    expect(events).toEqual([{ kind: 'down', reason: expect.stringMatching(/^All sentinels are unreachable/) }]);
  });
});
