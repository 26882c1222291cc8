import { describe, expect, test } from 'vitest';
import type { ManualClock } from '../../core/clock.ts';
import { HOUR_MS, makeLimit, START } from './limits.fixture.ts';
import type { Admission, ClaimMode, Counters, Limit, Reservation, SlotLimit } from './types.ts';

export interface CountersBench {
  readonly counters: Counters;
  /** Another replica over the same store; the same object where there is none. */
  readonly second: Counters;
  readonly clock: ManualClock;
}

const claimOf = (limit: Limit, mode: ClaimMode = limit.unit === 'requests' ? 'take' : 'check') => ({ limit, mode });

async function ask(counters: Counters, limits: readonly Limit[], slots: readonly SlotLimit[] = []): Promise<Admission> {
  return counters.reserve({ claims: limits.map((limit) => claimOf(limit)), slots });
}

async function granted(...asked: Parameters<typeof ask>): Promise<Reservation> {
  const { reservation } = await ask(...asked);
  if (reservation === undefined) throw new Error('The request was refused.');
  return reservation;
}

async function used(counters: Counters, limit: Limit): Promise<bigint | undefined> {
  return (await counters.read([limit]))[0]?.used;
}

type MakeBench = () => Promise<CountersBench>;

/** What counters promise, wherever they are kept. */
export function describeCounters(name: string, makeBench: MakeBench): void {
  describe(`counters in ${name}`, () => {
    describe('amounts', () => testAmounts(makeBench));
    describe('windows', () => testWindows(makeBench));
    describe('reservations', () => testReservations(makeBench));
    describe('keeping', () => testKeeping(makeBench));
  });
}

function testAmounts(makeBench: MakeBench): void {
  test('a limit of N lets exactly N of many parallel requests pass', async () => {
    const { counters, second } = await makeBench();
    const limit = makeLimit('requests', 10);
    const asked = Array.from({ length: 40 }, (_, index) => ask(index % 2 === 0 ? counters : second, [limit]));
    const all = await Promise.all(asked);
    expect(all.filter(({ reservation }) => reservation !== undefined)).toHaveLength(10);
    expect(await used(counters, limit)).toBe(10n);
  });

  test('all of a chain is taken or nothing', async () => {
    const { counters } = await makeBench();
    const [own, team] = [makeLimit('requests', 5), makeLimit('requests', 1, { id: 'team/t/requests', level: 'team' })];
    expect((await ask(counters, [own, team])).reservation).toBeDefined();
    const refused = await ask(counters, [own, team]);
    expect(refused.reservation).toBeUndefined();
    expect(refused.readings.map(({ blocked }) => blocked)).toEqual([false, true]);
    expect(await used(counters, own)).toBe(1n);
  });

  test('tokens and cost refuse once they are reached, and never before', async () => {
    const { counters } = await makeBench();
    const [tokens, cost] = [makeLimit('tokens', 100), makeLimit('cost', 2)];
    await counters.charge([
      { limit: tokens, amount: 99n },
      { limit: cost, amount: 19_999_999n },
    ]);
    expect((await ask(counters, [tokens, cost])).reservation).toBeDefined();
    await counters.charge([{ limit: cost, amount: 1n }]);
    const requests = makeLimit('requests', 9);
    const refused = await ask(counters, [tokens, cost, requests]);
    expect(refused.readings.map(({ blocked, used }) => [blocked, used])).toEqual([
      [false, 99n],
      [true, 20_000_000n],
      [false, 0n],
    ]);
    expect(await used(counters, requests)).toBe(0n);
    await counters.charge([{ limit: tokens, amount: 500n }]);
    expect((await ask(counters, [tokens])).readings[0]?.blocked).toBe(true);
  });

  test('a limit of 0 refuses the first request, and none refuses none', async () => {
    const { counters } = await makeBench();
    expect((await ask(counters, [makeLimit('cost', 0)])).reservation).toBeUndefined();
    const free = makeLimit('requests', null);
    for (let turn = 0; turn < 3; turn += 1) expect((await ask(counters, [free])).reservation).toBeDefined();
    expect(await used(counters, free)).toBe(3n);
  });

  test('sums are exact to a nano-dollar however they are made up', async () => {
    const { counters } = await makeBench();
    const limit = makeLimit('cost', 2n ** 63n - 1n);
    const large = 8_999_999_999_999_990n * 10_000_000n;
    for (const amount of [9_999_999n, 1n, large, 3n, 9_999_998n]) await counters.charge([{ limit, amount }]);
    expect(await used(counters, limit)).toBe(large + 20_000_001n);
    expect((await ask(counters, [limit])).reservation).toBeDefined();
  });

  test('amounts end at the largest that is exact, and what is negative adds nothing', async () => {
    const { counters } = await makeBench();
    const limit = makeLimit('tokens', null);
    await counters.charge([{ limit, amount: 8_999_999_999_999_998n }]);
    await counters.charge([{ limit, amount: 5n }]);
    const [charged] = await counters.charge([{ limit, amount: -7n }]);
    expect([charged?.used, charged?.amount]).toEqual([9_000_000_000_000_000n, 0n]);
  });
}

function testWindows(makeBench: MakeBench): void {
  test('a window that has ended counts as zero at the check itself', async () => {
    const { counters, clock } = await makeBench();
    const [requests, tokens] = [makeLimit('requests', 1), makeLimit('tokens', 1, { anchor: START - HOUR_MS / 2 })];
    await ask(counters, [requests]);
    await counters.charge([{ limit: tokens, amount: 1n }]);
    clock.advance(HOUR_MS / 2 - 1);
    expect((await ask(counters, [requests, tokens])).readings.map(({ blocked }) => blocked)).toEqual([true, true]);
    clock.advance(1);
    expect((await ask(counters, [requests, tokens])).readings.map(({ blocked }) => blocked)).toEqual([true, false]);
    clock.advance(HOUR_MS * 7);
    const open = await ask(counters, [requests, tokens]);
    expect(open.readings.map(({ start }) => start - START)).toEqual([7 * HOUR_MS, 7.5 * HOUR_MS]);
  });

  test('raising or lowering a limit acts at once and changes no usage', async () => {
    const { counters } = await makeBench();
    await ask(counters, [makeLimit('requests', 1)]);
    expect((await ask(counters, [makeLimit('requests', 1)])).reservation).toBeUndefined();
    expect((await ask(counters, [makeLimit('requests', 2)])).reservation).toBeDefined();
    expect((await ask(counters, [makeLimit('requests', 1)])).readings[0]?.used).toBe(2n);
  });

  test('another length of the window keeps its begin and its usage', async () => {
    const { counters, clock } = await makeBench();
    await ask(counters, [makeLimit('requests', 5)]);
    clock.advance(60_000);
    const longer = makeLimit('requests', 5, { window: { kind: 'fixed', ms: 2 * HOUR_MS }, anchor: clock.now() });
    const [reading] = await counters.read([longer]);
    expect([reading?.used, reading?.start, reading?.end]).toEqual([1n, START, START + 2 * HOUR_MS]);
  });

  test('a clock that goes back opens no window and closes none', async () => {
    const { counters, clock } = await makeBench();
    const limit = makeLimit('requests', 2);
    clock.advance(HOUR_MS);
    await ask(counters, [limit]);
    clock.advance(-HOUR_MS / 2);
    const [reading] = await counters.read([limit]);
    expect([reading?.used, reading?.start]).toEqual([1n, START + HOUR_MS]);
  });

  test('a calendar window ends at midnight of its zone', async () => {
    const { counters, clock } = await makeBench();
    const limit = makeLimit('requests', 1, {
      window: { kind: 'calendar', period: 'day', timeZone: 'Europe/Berlin' },
    });
    const midnight = Date.parse('2026-03-10T23:00Z');
    const [first] = (await ask(counters, [limit])).readings;
    expect(first?.end).toBe(midnight);
    clock.advance(midnight - clock.now() - 1);
    expect((await ask(counters, [limit])).reservation).toBeUndefined();
    clock.advance(1);
    expect((await ask(counters, [limit])).reservation).toBeDefined();
    clock.advance(40 * 24 * HOUR_MS);
    expect((await ask(counters, [limit])).readings[0]).toMatchObject({
      used: 1n,
      start: midnight + 40 * 24 * HOUR_MS - HOUR_MS,
    });
  });
}

function testReservations(makeBench: MakeBench): void {
  test('what is given back can be taken again, but not in a window that came after', async () => {
    const { counters, clock } = await makeBench();
    const limit = makeLimit('requests', 1);
    const first = await granted(counters, [limit]);
    await counters.giveBack(first);
    expect(await used(counters, limit)).toBe(0n);
    const second = await granted(counters, [limit]);
    clock.advance(HOUR_MS);
    const third = await ask(counters, [limit]);
    await counters.giveBack(second);
    expect([third.reservation === undefined, await used(counters, limit)]).toEqual([false, 1n]);
  });

  test('a reset is zero at once, and takes nothing back of what ran before', async () => {
    const { counters } = await makeBench();
    const [requests, cost] = [makeLimit('requests', 2), makeLimit('cost', 5)];
    const before = await granted(counters, [requests, cost]);
    await counters.charge([{ limit: cost, amount: 70_000_000n }]);
    await counters.reset([requests, cost]);
    expect([await used(counters, requests), await used(counters, cost)]).toEqual([0n, 0n]);
    await ask(counters, [requests, cost]);
    await counters.giveBack(before);
    await counters.charge([{ limit: cost, amount: 3n }]);
    expect([await used(counters, requests), await used(counters, cost)]).toEqual([1n, 3n]);
  });

  test('slots bound what runs at a time and are released once', async () => {
    const { counters } = await makeBench();
    const slot: SlotLimit = { id: 'key/k1', level: 'key', max: 2 };
    const running = await Promise.all(Array.from({ length: 6 }, () => ask(counters, [], [slot])));
    const [first, ...others] = running.flatMap(({ reservation }) => reservation ?? []);
    expect(others).toHaveLength(1);
    for (let turn = 0; turn < 2; turn += 1) if (first) await counters.release(first);
    const next = await Promise.all(Array.from({ length: 3 }, () => ask(counters, [], [slot])));
    expect(next.map(({ reservation }) => reservation !== undefined).filter(Boolean)).toHaveLength(1);
    expect((await ask(counters, [], [{ ...slot, max: 3 }])).reservation).toBeDefined();
  });

  test('a refused slot takes no request, and a used-up limit no slot', async () => {
    const { counters } = await makeBench();
    const [limit, slot]: [Limit, SlotLimit] = [makeLimit('requests', 2), { id: 'key/k1', level: 'key', max: 1 }];
    const held = await granted(counters, [limit], [slot]);
    expect((await ask(counters, [limit], [slot])).reservation).toBeUndefined();
    expect(await used(counters, limit)).toBe(1n);
    await counters.release(held);
    await ask(counters, [limit]);
    expect((await ask(counters, [limit], [slot])).reservation).toBeUndefined();
    expect((await ask(counters, [], [slot])).reservation).toBeDefined();
  });
}

function testKeeping(makeBench: MakeBench): void {
  test('a snapshot is taken over where nothing newer is known', async () => {
    const { counters } = await makeBench();
    const [old, newer] = [makeLimit('cost', 5), makeLimit('tokens', 5)];
    await counters.restore({
      epoch: undefined,
      counters: [
        { limit: old, used: 49_999_999n, start: START - 5 },
        { limit: newer, used: 3n, start: START - HOUR_MS },
      ],
    });
    await counters.charge([{ limit: old, amount: 1n }]);
    const seen = await ask(counters, [old, newer]);
    expect(seen.readings.map(({ used, blocked }) => [used, blocked])).toEqual([
      [50_000_000n, true],
      [0n, false],
    ]);
    expect(counters.snapshot().counters).toContainEqual({ limit: old, used: 50_000_000n, start: START - 5 });
  });

  test('what has changed is said once', async () => {
    const { counters } = await makeBench();
    const [limit, other] = [makeLimit('requests', 9), makeLimit('tokens', 9)];
    const changed = () => counters.changed().counters.map(({ limit: { id }, used: amount }) => [id, amount]);
    await ask(counters, [limit, other]);
    expect(changed()).toEqual([[limit.id, 1n]]);
    await counters.read([limit, other]);
    expect(changed()).toEqual([]);
    await counters.charge([{ limit: other, amount: 4n }]);
    await counters.reset([limit]);
    await counters.forget([other]);
    expect(changed()).toEqual([[limit.id, 0n]]);
  });

  test('thousands of counters are read and reset at a time', async () => {
    const { counters, second } = await makeBench();
    const limits = Array.from({ length: 2_500 }, (_, index) => makeLimit('tokens', 9, { id: `t/${index}` }));
    for (const index of [0, 1_249, 2_499])
      await counters.charge([{ limit: limits[index] ?? makeLimit('cost', 0), amount: 3n }]);
    const sum = async (): Promise<bigint> =>
      (await second.read(limits)).reduce((total, { used: amount }) => total + amount, 0n);
    expect(await sum()).toBe(9n);
    await counters.reset(limits);
    expect(await sum()).toBe(0n);
  });

  test('a counter that was forgotten begins anew', async () => {
    const { counters } = await makeBench();
    const limit = makeLimit('requests', 1);
    await ask(counters, [limit]);
    await counters.forget([limit]);
    expect((await ask(counters, [limit])).reservation).toBeDefined();
  });

  test('200 requests at a time overshoot a budget by no more than what was in flight', async () => {
    const { counters, second } = await makeBench();
    const limit = makeLimit('cost', 100);
    const price = 3_000_007n;
    let [inFlight, most] = [0, 0];
    const request = async (replica: Counters): Promise<boolean> => {
      // Granted on Redis is in flight before the grant is here.
      inFlight += 1;
      most = Math.max(most, inFlight);
      const { reservation } = await ask(replica, [limit]);
      if (reservation !== undefined) {
        await new Promise((resolve) => setImmediate(resolve));
        await replica.charge([{ limit, amount: price }]);
      }
      inFlight -= 1;
      return reservation !== undefined;
    };
    const client = async (_: unknown, index: number): Promise<number> => {
      const replica = index % 2 === 0 ? counters : second;
      let passed = 0;
      while (passed < 10 && (await request(replica))) passed += 1;
      return passed;
    };
    const passed = (await Promise.all(Array.from({ length: 200 }, client))).reduce((sum, one) => sum + one, 0);
    const total = BigInt(passed) * price;
    expect(await used(counters, limit)).toBe(total);
    expect(total).toBeGreaterThanOrEqual(1_000_000_000n);
    expect(total - 1_000_000_000n).toBeLessThanOrEqual(BigInt(most) * price);
    expect((await ask(counters, [limit])).reservation).toBeUndefined();
  });
}
