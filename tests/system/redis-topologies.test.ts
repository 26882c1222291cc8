import { beforeAll, afterAll, describe, expect, test } from 'vitest';
import { needsMock } from '../setup/needs.ts';
import {
  moveSlots,
  startCluster,
  startSentinels,
  topologyMissing,
  type OwnCluster,
  type OwnSentinels,
} from '../setup/redis-topologies.ts';
import { nonce } from './ask.ts';
import type { Bed } from './bed.ts';
import { requestLimit } from './governed.ts';
import { counted, inParallel, sqliteFile, startReplica, testMock } from './governed-replicas.ts';
import {
  ask,
  askCache,
  healthOf,
  purgeAll,
  saidOfRedis,
  startPair,
  startTraffic,
  type Pair,
  type Traffic,
} from './redis-pair.ts';

const missing = topologyMissing();
const why = missing === undefined ? '' : ` (skipped: ${missing})`;
/** No proxy may keep an answer of its own: what is found was found on Redis. */
const NO_MEMORY = { memory: '0' };
const WELL = { status: 'healthy', redis_connected: true, redis_refuses: null };
const LONG = 120_000;
/** No request waits longer for Redis than three times the deadline of one second, plus what it takes by itself. */
const SLOWEST_MS = 4_000;

interface Place {
  /** The section `redis`, under a prefix of the test's own. */
  section(timeout?: string): object;
}

async function connected(pair: Pair, wanted = true): Promise<void> {
  for (const bed of [pair.first, pair.second]) {
    await expect.poll(async () => (await healthOf(bed)).redis_connected, { timeout: 60_000 }).toBe(wanted);
  }
}

/** What one stores the other one finds; after trouble an answer may go unstored, but not for long. */
async function shares({ first, second }: Pair): Promise<void> {
  for (const word of Array.from({ length: 24 }, nonce)) {
    expect(await ask(first, word)).toBe('miss');
    const stored = async (): Promise<string | number | null> => {
      await ask(first, word);
      return askCache(second, word);
    };
    await expect.poll(stored).toBe('hit');
  }
}

/** Of each replica, whether it has all that its master has, by what INFO says. */
function offsetsOf(info: string): boolean[] {
  const own = /master_repl_offset:(\d+)/.exec(info)?.[1];
  return [...info.matchAll(/^slave\d+:.*offset=(\d+)/gm)].map(([, offset]) => offset === own);
}

function stateOfA(bed: Bed): () => Promise<string> {
  return async () => (await bed.stats()).endpoints[0]!.state;
}

function expectServed({ sent, failed, hits }: Traffic): void {
  expect(failed).toEqual([]);
  expect(sent).toBeGreaterThan(50);
  expect(hits).toBeGreaterThan(0);
}

/** What two proxies share, whatever Redis is made of. */
function describeSharing(place: () => Place): void {
  test('an answer of one proxy is a hit at the other, until one of them purges', async () => {
    await using pair = await startPair({ redis: place().section() });
    await connected(pair);
    await shares(pair);
    expect(await purgeAll(pair.second)).toMatchObject({ deleted_entries: 24 });
    const word = nonce();
    expect(await ask(pair.first, word)).toBe('miss');
    await expect.poll(() => askCache(pair.second, word)).toBe('hit');
    await purgeAll(pair.first);
    await expect.poll(() => askCache(pair.second, word)).toBe(504);
    await shares(pair);
  });

  test('what one proxy was told with 429 the other one knows, and does not ask', async (context) => {
    needsMock(context);
    await using pair = await startPair({ redis: place().section() });
    await connected(pair);
    await pair.first.mocks[0]!.fault({ fault: { kind: 'status', status: 429, headers: { 'retry-after': '60' } } });
    // Proxies that share begin their turns anywhere: the first request need not go to the first endpoint.
    const asked = async (): Promise<string> => {
      expect(await ask(pair.first, nonce())).toBe('miss');
      return stateOfA(pair.second)();
    };
    await expect.poll(asked).toBe('ejected');
  });

  test('of parallel requests at two proxies exactly those pass that the limit allows', async () => {
    const redis = place().section('10s');
    const terms = { database: sqliteFile(), redis, mock: await testMock() };
    const replicas = [await startReplica(terms), await startReplica(terms)];
    const key = await replicas[0]!.make('virtual-keys', requestLimit(10));
    const value = String(key['value']);
    await expect.poll(async () => (await replicas[1]!.get('virtual-keys', key.id)).id).toBe(key.id);
    const answers = await inParallel(30, 10, (index) => replicas[index % 2]!.chat(value));
    expect(counted(answers)).toEqual({ '200': 10, '429 request_limited': 20 });
  });
}

describe.skipIf(missing !== undefined)(`Redis Cluster${why}`, () => {
  const running: OwnCluster[] = [];
  beforeAll(async () => void running.push(await startCluster()), LONG);
  afterAll(async () => running.pop()?.[Symbol.asyncDispose]());
  const sectionOf = (cluster: OwnCluster, timeout = '5s', prefix = `llmproxy-test-${nonce()}`) => ({
    cluster: cluster.addresses,
    prefix,
    timeout,
  });

  describeSharing(() => ({ section: (timeout) => sectionOf(running[0]!, timeout) }));

  test('slots that move under traffic cost no request, and no answer that was stored', async () => {
    const cluster = running[0]!;
    const prefix = `llmproxy-test-${nonce()}`;
    await using pair = await startPair({ redis: sectionOf(cluster, '5s', prefix), cache: NO_MEMORY });
    await connected(pair);
    const words = Array.from({ length: 60 }, nonce);
    for (const word of words) await ask(pair.first, word);
    const traffic = startTraffic([pair.first, pair.second]);
    const [from, to] = cluster.nodes;
    const parts = Array.from({ length: 256 }, (_, part) => `{${prefix}/${part.toString(16).padStart(2, '0')}}`);
    const slots = (await Promise.all(parts.map((part) => from!.call('CLUSTER', 'KEYSLOT', part)))) as number[];
    const moving = [...new Set(slots)].filter((slot) => slot < 16_384 / 3 - 1).slice(0, 40);
    expect(moving).toHaveLength(40);
    const before = traffic.sent();
    await moveSlots(cluster, moving, [from!, to!], () =>
      expect.poll(() => traffic.sent()).toBeGreaterThan(before + 200),
    );
    const after = traffic.sent();
    await expect.poll(() => traffic.sent()).toBeGreaterThan(after + 100);
    expectServed(await traffic.stop());
    const redirected = await from!.call('INFO', 'errorstats');
    expect(redirected).toMatch(/errorstat_MOVED/);
    expect(redirected).toMatch(/errorstat_(?:ASK|TRYAGAIN)/);
    for (const word of words) expect(await askCache(pair.second, word)).toBe('hit');
    await shares(pair);
    expect(await healthOf(pair.first)).toMatchObject(WELL);
    expect(saidOfRedis(pair.first).filter((line) => /unreachable|refuses/.test(line))).toEqual([]);
  });
});

test.skipIf(missing !== undefined)(
  `a master of a cluster that is killed under traffic costs no request, and its replica is taken into use${why}`,
  async () => {
    await using cluster = await startCluster({ replica: true });
    const redis = { cluster: cluster.addresses, timeout: '1s' };
    await using pair = await startPair({ redis, cache: NO_MEMORY });
    await connected(pair);
    const kept = Array.from({ length: 60 }, nonce);
    for (const word of kept) {
      await ask(pair.first, word);
      await expect.poll(() => askCache(pair.second, word)).toBe('hit');
    }
    await expect
      .poll(async () => offsetsOf(String(await cluster.nodes[0]!.call('INFO', 'replication'))))
      .toEqual([true]);
    const traffic = startTraffic([pair.first, pair.second]);
    await expect.poll(() => traffic.sent()).toBeGreaterThan(50);
    await cluster.nodes[0]!.kill();
    await connected(pair, false);
    const killed = traffic.sent();
    await connected(pair);
    const back = traffic.sent();
    await expect.poll(() => traffic.sent()).toBeGreaterThan(back + 50);
    const seen = await traffic.stop();
    expectServed(seen);
    expect(back).toBeGreaterThan(killed);
    expect(seen.slowestMs).toBeLessThan(SLOWEST_MS);
    // A node whose slots have just moved may be asked for the first time.
    for (const word of kept) await expect.poll(() => askCache(pair.second, word)).toBe('hit');
    await shares(pair);
    await heard(pair);
  },
  LONG,
);

test.skipIf(missing !== undefined)(
  `a master of a cluster that is silent under traffic costs no request, and its replica is taken into use${why}`,
  async () => {
    await using cluster = await startCluster({ replica: true });
    await using pair = await startPair({ redis: { cluster: cluster.addresses, timeout: '1s' }, cache: NO_MEMORY });
    await connected(pair);
    const traffic = startTraffic([pair.first, pair.second]);
    await expect.poll(() => traffic.sent()).toBeGreaterThan(50);
    cluster.nodes[0]!.freeze();
    await connected(pair, false);
    await connected(pair);
    const seen = await traffic.stop();
    expectServed(seen);
    expect(seen.slowestMs).toBeLessThan(SLOWEST_MS);
    await shares(pair);
    await heard(pair);
  },
  LONG,
);

describe.skipIf(missing !== undefined)(`Redis with sentinels${why}`, () => {
  const running: OwnSentinels[] = [];
  beforeAll(async () => void running.push(await startSentinels()), LONG);
  afterAll(async () => running.pop()?.[Symbol.asyncDispose]());
  const sectionOf = ({ addresses }: OwnSentinels, timeout = '5s') => ({
    sentinels: addresses,
    prefix: `llmproxy-test-${nonce()}`,
    timeout,
  });

  describeSharing(() => ({ section: (timeout) => sectionOf(running[0]!, timeout) }));

  test('a failover that is asked for costs no request', async () => {
    await using own = await startSentinels();
    await using pair = await startPair({ redis: sectionOf(own, '1s'), cache: NO_MEMORY });
    await connected(pair);
    const traffic = startTraffic([pair.first, pair.second]);
    await expect.poll(() => traffic.sent()).toBeGreaterThan(50);
    await own.sentinels[0]!.call('SENTINEL', 'FAILOVER', 'mymaster');
    await expect.poll(async () => String(await own.replica.call('ROLE')), { timeout: 30_000 }).toMatch(/^master/);
    await expect
      .poll(async () => String(await own.master.call('ROLE').catch(String)), { timeout: 30_000 })
      .toMatch(/^slave/);
    await expect.poll(() => healthOf(pair.first), { timeout: 30_000 }).toMatchObject(WELL);
    await expect.poll(() => healthOf(pair.second), { timeout: 30_000 }).toMatchObject(WELL);
    expectServed(await traffic.stop());
    await shares(pair);
    await heard(pair);
  });
});

test.skipIf(missing !== undefined)(
  `a master that is killed under traffic costs no request, and the one that the sentinels choose is taken into use${why}`,
  async () => {
    await using own = await startSentinels();
    await using pair = await startPair({ redis: { sentinels: own.addresses, timeout: '1s' }, cache: NO_MEMORY });
    await connected(pair);
    const traffic = startTraffic([pair.first, pair.second]);
    await expect.poll(() => traffic.sent()).toBeGreaterThan(50);
    await own.master.kill();
    // The new master may be there before a look at /health: the log keeps what was.
    for (const bed of [pair.first, pair.second]) {
      await expect.poll(() => bed.log(), { timeout: 30_000 }).toContain('Redis is unreachable');
    }
    const killed = traffic.sent();
    // How long the sentinels take to agree is theirs.
    await expect.poll(async () => String(await own.replica.call('ROLE')), { timeout: 60_000 }).toMatch(/^master/);
    await connected(pair);
    const back = traffic.sent();
    await expect.poll(() => traffic.sent()).toBeGreaterThan(back + 50);
    const seen = await traffic.stop();
    expectServed(seen);
    expect(back).toBeGreaterThan(killed);
    expect(seen.slowestMs).toBeLessThan(SLOWEST_MS);
    await shares(pair);
    await heard(pair);
  },
  LONG,
);

/** A message of one reaches the other, in both directions: by what is kept alone it would be known 15 seconds later. */
async function heard({ first, second }: Pair): Promise<void> {
  await first.mocks[0]!.fault({ fault: { kind: 'status', status: 429, headers: { 'retry-after': '60' } } });
  for (let turn = 0; turn < 2; turn += 1) await ask(second, nonce());
  await expect.poll(stateOfA(first)).toBe('ejected');
}
