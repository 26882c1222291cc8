import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, inject } from 'vitest';
import { startCluster, startSentinels, topologyMissing } from '../../tests/setup/redis-topologies.ts';
import type { Clock } from '../core/clock.ts';
import { systemRandom } from '../core/random.ts';
import { RedisClient } from './client.ts';
import type { RedisPlace } from './place.ts';

export interface ConnectOptions {
  /** Default: one that no other test has. */
  readonly prefix?: string;
  readonly clock?: Clock;
}

export interface Topology {
  readonly name: string;
  readonly clustered: boolean;
  /** A client that is connected, and closed after the test. */
  readonly connect: (options?: ConnectOptions) => Promise<RedisClient>;
  /** Closes the clients before the test ends. */
  readonly closeAll: () => Promise<void>;
}

/** The same tests on one Redis, on a cluster of three nodes and on a Redis that sentinels watch; skipped where there are none. */
export function describeTopologies(subject: string, tests: (topology: Topology) => void): void {
  const missing = topologyMissing();
  const why = missing === undefined ? '' : ` (skipped: ${missing})`;
  describe(`${subject} on one Redis`, () => {
    tests(topologyOf('one Redis', false, () => ({ kind: 'single', url: inject('redisUrl') })));
  });
  describe.skipIf(missing !== undefined)(`${subject} on a cluster${why}`, () => {
    tests(topologyOf('a cluster', true, started(startCluster)));
  });
  describe.skipIf(missing !== undefined)(`${subject} with sentinels${why}`, () => {
    tests(topologyOf('sentinels', false, started(startSentinels)));
  });
}

/** Started before the first test of this block, ended after the last one. */
function started(start: () => Promise<{ readonly place: RedisPlace } & AsyncDisposable>): () => RedisPlace {
  const running: ({ readonly place: RedisPlace } & AsyncDisposable)[] = [];
  beforeAll(async () => {
    running.push(await start());
  }, 60_000);
  afterAll(async () => {
    for (const one of running.splice(0)) await one[Symbol.asyncDispose]();
  });
  return () => {
    const [one] = running;
    if (one === undefined) throw new Error('Redis is started before the first test');
    return one.place;
  };
}

function topologyOf(name: string, clustered: boolean, place: () => RedisPlace): Topology {
  const open: RedisClient[] = [];
  const closeAll = async (): Promise<void> => {
    await Promise.all(open.splice(0).map((client) => client.close()));
  };
  afterEach(closeAll);
  return {
    name,
    clustered,
    closeAll,
    connect: async ({ prefix = `test-${randomUUID()}`, clock } = {}) => {
      const terms = { place: place(), prefix, random: systemRandom, commandTimeoutMs: 5_000 };
      const client = new RedisClient({ ...terms, ...(clock ? { clock } : {}) });
      open.push(client);
      await client.start(5_000);
      return client;
    },
  };
}
