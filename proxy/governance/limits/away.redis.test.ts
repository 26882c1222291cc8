import { randomUUID } from 'node:crypto';
import { array, assert, asyncProperty, constantFrom, nat, record } from 'fast-check';
import { afterEach, expect, inject, test } from 'vitest';
import { startRedis } from '../../../tests/setup/redis.ts';
import { ManualClock, systemClock } from '../../core/clock.ts';
import { systemRandom } from '../../core/random.ts';
import { RedisClient } from '../../redis/client.ts';
import { FlakyClient } from './flaky-client.fixture.ts';
import { HOUR_MS, makeLimit, START } from './limits.fixture.ts';
import { SharedCounters } from './shared-counters.ts';
import type { Limit, Reservation, SlotLimit } from './types.ts';

const open: { close(): unknown }[] = [];

afterEach(closeAll);

async function closeAll(): Promise<void> {
  await Promise.all(open.splice(0).map((one) => one.close()));
}

async function connected(prefix: string, url = inject('redisUrl'), commandTimeoutMs = 5_000): Promise<RedisClient> {
  const client = new RedisClient({ url, prefix, random: systemRandom, commandTimeoutMs });
  open.push(client);
  await client.start(5_000);
  return client;
}

interface Replica {
  readonly client: FlakyClient;
  readonly counters: SharedCounters;
  readonly events: string[];
}

async function replica(prefix: string, clock: ManualClock, leaseMs = 60_000): Promise<Replica> {
  const client = new FlakyClient(await connected(prefix));
  const events: string[] = [];
  const counters = new SharedCounters({
    client,
    clock,
    leaseMs,
    time: () => clock.now(),
    onEvent: (event) => events.push(event),
  });
  open.push(counters);
  return { client, counters, events };
}

async function replicas(): Promise<{ one: Replica; two: Replica; clock: ManualClock; prefix: string }> {
  const [clock, prefix] = [new ManualClock(START), `test-${randomUUID()}`];
  return { one: await replica(prefix, clock), two: await replica(prefix, clock), clock, prefix };
}

const take = (limit: Limit) => ({ claims: [{ limit, mode: 'take' as const }] });

async function used({ counters }: Replica, limit: Limit): Promise<number> {
  return Number((await counters.read([limit]))[0]?.used);
}

test('exactly N of many requests on two replicas pass a limit of N', async () => {
  const { one, two } = await replicas();
  const limit = makeLimit('requests', 15);
  const asked = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? one : two).counters.reserve(take(limit)));
  expect((await Promise.all(asked)).filter(({ reservation }) => reservation !== undefined)).toHaveLength(15);
});

test('while Redis is away the last known usage goes on, and is merged when it is back', async () => {
  const { one, two } = await replicas();
  const [limit, cost] = [makeLimit('requests', 5), makeLimit('cost', 10)];
  await one.counters.reserve(take(limit));
  await one.counters.reserve(take(limit));
  await one.counters.charge([{ limit: cost, amount: 5n }]);
  one.client.fail('away');
  await one.counters.charge([{ limit: cost, amount: 7n }]);
  const asked = await Promise.all(Array.from({ length: 6 }, () => one.counters.reserve(take(limit))));
  expect(asked.filter(({ reservation }) => reservation !== undefined)).toHaveLength(3);
  await two.counters.reserve(take(limit));
  expect([await used(one, limit), await used(two, limit), await used(two, cost)]).toEqual([5, 3, 5]);
  one.client.recover();
  expect([await used(one, limit), await used(two, limit), await used(two, cost)]).toEqual([6, 6, 12]);
  await expect.poll(() => one.events).toEqual(['local', 'shared']);
});

test('a Redis that takes no writes is as good as away, and is caught up with by the next request', async () => {
  const { one, two } = await replicas();
  const limit = makeLimit('requests', 3);
  await one.counters.reserve(take(limit));
  one.client.fill(true);
  await one.counters.reserve(take(limit));
  expect([await used(one, limit), await used(two, limit), one.counters.isLocal]).toEqual([2, 1, true]);
  one.client.fill(false);
  await one.counters.reserve(take(limit));
  expect([await used(two, limit), (await one.counters.reserve(take(limit))).reservation]).toEqual([3, undefined]);
  await expect.poll(() => one.counters.isLocal).toBe(false);
});

test('what is given back, reset or ended while Redis is away counts as that', async () => {
  const { one, two, clock } = await replicas();
  const [limit, other, late] = ['a', 'b', 'c'].map((id) => makeLimit('requests', 9, { id })) as [Limit, Limit, Limit];
  const first = await one.counters.reserve(take(limit));
  await one.counters.reserve(take(other));
  one.client.fail('away');
  await one.counters.giveBack(first.reservation!);
  await one.counters.reset([other]);
  await one.counters.reserve(take(other));
  await one.counters.reserve({ claims: [{ limit: late, mode: 'take' }] });
  expect([await used(one, limit), await used(one, other)]).toEqual([0, 1]);
  one.client.recover();
  expect([await used(two, limit), await used(two, other), await used(two, late)]).toEqual([0, 1, 1]);
  one.client.fail('away');
  await one.counters.reserve(take(late));
  one.client.recover();
  // The reset was carried out before, and is not again.
  expect([await used(one, late), await used(two, other)]).toEqual([2, 1]);
  one.client.fail('away');
  await one.counters.reserve(take(late));
  clock.advance(HOUR_MS);
  one.client.recover();
  expect(await used(two, late)).toBe(0);
});

test.each(['unanswered', 'dropped', 'late'] as const)('a command that is %s counts once', async (fault) => {
  const { one, two } = await replicas();
  const [limit, cost] = [makeLimit('requests', 9), makeLimit('cost', 9)];
  const { reservation } = await one.counters.reserve(take(limit));
  const faulty = async (work: () => Promise<unknown>): Promise<void> => {
    one.client.fail(fault);
    await work();
    one.client.recover();
    await one.counters.read([limit]);
    await one.client.deliver();
  };
  await faulty(() => one.counters.charge([{ limit: cost, amount: 30_000_001n }]));
  await faulty(() => one.counters.reserve(take(limit)));
  expect([await used(two, limit), await used(two, cost)]).toEqual([2, 30_000_001]);
  await faulty(() => one.counters.giveBack(reservation!));
  expect(await used(two, limit)).toBe(1);
  await faulty(() => one.counters.reset([limit]));
  await one.counters.reserve(take(limit));
  expect(await used(two, limit)).toBe(1);
});

test('a request that Redis granted and that was refused here, because the answer was lost, is given back', async () => {
  const { one, two } = await replicas();
  const limit = makeLimit('requests', 2);
  const { reservation } = await two.counters.reserve(take(limit));
  await two.counters.reserve(take(limit));
  await one.counters.read([limit]);
  await two.counters.giveBack(reservation!);
  one.client.fail('unanswered');
  expect((await one.counters.reserve(take(limit))).reservation).toBeUndefined();
  expect(await used(two, limit)).toBe(2);
  one.client.recover();
  expect(await used(one, limit)).toBe(1);
});

const step = record({
  replica: nat(1),
  kind: constantFrom('take', 'take', 'charge', 'back', 'fault', 'recover', 'deliver'),
  fault: constantFrom('away', 'unanswered', 'dropped', 'late'),
  amount: nat(25_000_000),
});

test('whatever is lost on the way, in the end everything was counted once', async () => {
  await assert(
    asyncProperty(array(step, { maxLength: 40 }), async (steps) => {
      const { one, two } = await replicas();
      const [limit, cost] = [makeLimit('requests', null), makeLimit('cost', null)];
      const wanted = { requests: 0, cost: 0 };
      // Who reserved is the one to give back.
      const reserved: [Reservation[], Reservation[]] = [[], []];
      for (const { replica, kind, fault, amount } of steps) {
        const { client, counters } = replica === 0 ? one : two;
        const running = reserved[replica === 0 ? 0 : 1];
        if (kind === 'fault') client.fail(fault);
        else if (kind === 'recover') client.recover();
        else if (kind === 'deliver') await client.deliver();
        else if (kind === 'charge') {
          await counters.charge([{ limit: cost, amount: BigInt(amount) }]);
          wanted.cost += amount;
        } else if (kind === 'take') {
          running.push((await counters.reserve(take(limit))).reservation!);
          wanted.requests += 1;
        } else if (running.length > 0) {
          await counters.giveBack(running.splice(amount % running.length, 1)[0]!);
          wanted.requests -= 1;
        }
      }
      for (const { client, counters } of [one, two]) {
        client.recover();
        await counters.read([limit]);
        await client.deliver();
      }
      expect({ requests: await used(one, limit), cost: await used(two, cost) }).toEqual(wanted);
      await closeAll();
    }),
    { numRuns: 60 },
  );
});

test('a Redis that lost everything is brought back from what the replicas remember', async () => {
  const { one, two, prefix, clock } = await replicas();
  const [limit, cost, idle] = [makeLimit('requests', 4), makeLimit('cost', 10), makeLimit('tokens', 7)];
  await one.counters.reserve(take(limit));
  await one.counters.charge([{ limit: idle, amount: 7n }]);
  await two.counters.reserve(take(limit));
  await two.counters.charge([{ limit: cost, amount: 99_999_999n }]);
  const { epoch } = two.counters.snapshot();
  await lose(prefix, [limit, cost, idle]);
  // The replica that knows less comes first.
  await one.counters.reserve(take(limit));
  await two.counters.reserve(take(limit));
  await expect.poll(() => used(two, limit)).toBe(4);
  await expect.poll(() => used(two, idle)).toBe(7);
  await two.counters.charge([{ limit: cost, amount: 1n }]);
  expect([await used(one, cost), two.counters.snapshot().epoch === epoch]).toEqual([100_000_000, false]);

  await lose(prefix, [limit, cost, idle]);
  const fresh = await replica(prefix, clock);
  fresh.counters.restore(two.counters.snapshot());
  expect((await fresh.counters.reserve(take(limit))).reservation).toBeUndefined();
});

test('a snapshot does not count twice what Redis still knows', async () => {
  const { one, prefix, clock } = await replicas();
  const limit = makeLimit('tokens', 9);
  await one.counters.charge([{ limit, amount: 5n }]);
  const snapshot = one.counters.snapshot();
  await one.counters.charge([{ limit, amount: 1n }]);
  const fresh = await replica(prefix, clock);
  fresh.counters.restore(snapshot);
  expect(await used(fresh, limit)).toBe(6);
});

async function lose(prefix: string, limits: readonly Limit[]): Promise<void> {
  const client = await connected(prefix);
  const { keys } = client;
  await client.send([['UNLINK', keys.limitsEpoch, ...limits.map(({ id }) => keys.limitCounter(id))]]);
}

test('slots are shared, and those of a process that died are free once their leases expire', async () => {
  const { one, two, clock, prefix } = await replicas();
  const slot: SlotLimit = { id: 'key/k1', level: 'key', max: 2 };
  const dying = await replica(prefix, clock);
  await dying.counters.reserve({ claims: [], slots: [slot] });
  const held = await one.counters.reserve({ claims: [], slots: [slot] });
  expect((await two.counters.reserve({ claims: [], slots: [slot] })).slots[0]).toMatchObject({
    used: 2,
    blocked: true,
  });
  dying.counters.close();
  for (let turn = 0; turn < 4; turn += 1) {
    clock.advance(20_000);
    await one.counters.read([makeLimit('requests', 1)]);
  }
  const next = await two.counters.reserve({ claims: [], slots: [slot] });
  expect(next.slots[0]).toMatchObject({ used: 1, blocked: false });
  await one.counters.release(held.reservation!);
  await two.counters.release(next.reservation!);
  expect((await two.counters.reserve({ claims: [], slots: [slot] })).slots[0]).toMatchObject({ used: 0 });
});

test('slots that were granted while Redis was away are known to all once it is back', async () => {
  const { one, two } = await replicas();
  const slot: SlotLimit = { id: 'key/k1', level: 'key', max: 2 };
  await one.counters.reserve({ claims: [], slots: [slot] });
  one.client.fail('away');
  const away = await one.counters.reserve({ claims: [], slots: [slot] });
  expect((await one.counters.reserve({ claims: [], slots: [slot] })).reservation).toBeUndefined();
  one.client.recover();
  await one.counters.read([makeLimit('requests', 1)]);
  expect((await two.counters.reserve({ claims: [], slots: [slot] })).slots[0]?.used).toBe(2);
  await one.counters.release(away.reservation!);
  expect((await two.counters.reserve({ claims: [], slots: [slot] })).reservation).toBeDefined();
});

test('a replica whose clock is ahead opens no window early, of a calendar neither', async () => {
  const prefix = `test-${randomUUID()}`;
  const limit = makeLimit('requests', 1, { anchor: Date.now() });
  const ahead = { ...systemClock, now: () => Date.now() + 2 * HOUR_MS };
  const [exact, skewed] = [systemClock, ahead].map(async (clock) => {
    const counters = new SharedCounters({ client: await connected(prefix), clock });
    open.push(counters);
    return counters;
  }) as [Promise<SharedCounters>, Promise<SharedCounters>];
  expect((await (await exact).reserve(take(limit))).reservation).toBeDefined();
  const refused = await (await skewed).reserve(take(limit));
  expect(refused.reservation).toBeUndefined();
  expect(Math.abs(refused.now - Date.now())).toBeLessThan(60_000);
  const daily = makeLimit('requests', 1, { id: 'd', window: { kind: 'calendar', period: 'day', timeZone: 'UTC' } });
  const far = { ...systemClock, now: () => Date.now() + 400 * 24 * HOUR_MS };
  const lost = new SharedCounters({ client: await connected(prefix), clock: far });
  open.push(lost);
  const today = new Date().toISOString().slice(0, 10);
  const [reading] = (await lost.reserve(take(daily))).readings;
  expect([today, new Date().toISOString().slice(0, 10)]).toContain(
    new Date(reading!.end - 1).toISOString().slice(0, 10),
  );
});

test('a Redis that is killed and comes back empty takes no limit with it', async () => {
  const server = await startRedis();
  try {
    const client = await connected('p', server.url, 2_000);
    const counters = new SharedCounters({ client, clock: systemClock });
    open.push(counters);
    const limit = makeLimit('requests', 4, { anchor: Date.now() });
    await counters.reserve(take(limit));
    await server.kill();
    await expect.poll(() => client.available).toBe(false);
    await counters.reserve(take(limit));
    await server.restart();
    await expect.poll(() => client.available).toBe(true);
    const asked = await Promise.all(Array.from({ length: 5 }, () => counters.reserve(take(limit))));
    expect(asked.filter(({ reservation }) => reservation !== undefined)).toHaveLength(2);
  } finally {
    await closeAll();
    await server.stop();
  }
});
