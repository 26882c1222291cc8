import { describe, expect, test } from 'vitest';
import { EventClock } from '../../bench/simulate/event-clock.ts';
import type { Figures } from '../../bench/simulate/figures.ts';
import { checkedRows, readRows } from '../../bench/simulate/measured.ts';
import { readCommand } from '../../bench/simulate/options.ts';
import { planFor } from '../../bench/simulate/plan.ts';
import { SCENARIOS, type ScenarioName } from '../../bench/simulate/scenarios.ts';
import { simulate } from '../../bench/simulate/simulate.ts';

const SMALL = { endpoints: 20, replicas: 8, requests: 4_000, seed: 1 };
const small = (scenario: ScenarioName, change: Partial<typeof SMALL> = {}): Promise<Figures> =>
  simulate({ scenario, ...SMALL, ...change });

describe('virtual time', () => {
  test('timers run in the order of their times, those of one moment in the order in which they were set', async () => {
    const clock = new EventClock();
    const ran: string[] = [];
    for (const [name, ms] of Object.entries({ d: 30, a: 10, e: 30, c: 20, b: 10 })) {
      clock.after(ms, () => ran.push(`${name}${clock.monotonic()}`));
    }
    expect(await clock.run(() => true)).toBe(5);
    expect(ran).toEqual(['a10', 'b10', 'c20', 'd30', 'e30']);
  });

  test('what a timer leaves in microtasks runs in its own moment', async () => {
    const clock = new EventClock();
    const seen: number[] = [];
    const chain = async (): Promise<void> => {
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      seen.push(clock.monotonic());
    };
    clock.after(1, () => void chain());
    clock.after(2, () => seen.push(clock.monotonic()));
    await clock.run(() => true);
    expect(seen).toEqual([1, 2]);
  });

  test('of many timers those that were cancelled do not run, and the others keep their order', async () => {
    const clock = new EventClock();
    const ran: number[] = [];
    const cancels = Array.from({ length: 20_000 }, (_, number) => {
      const at = (number * 7_919) % 20_000;
      return clock.after(at, () => ran.push(at));
    });
    for (const [number, cancel] of cancels.entries()) if (number % 4 !== 0) cancel();
    cancels[1]?.();
    await clock.run(() => true);
    expect(ran).toHaveLength(5_000);
    expect(ran).toEqual(ran.toSorted((one, other) => one - other));
  });
});

test('the same seed gives the same figures, another one others', async () => {
  const [one, again, other] = await Promise.all([1, 1, 2].map((seed) => small('outage', { seed, requests: 1_000 })));
  expect(again).toEqual(one);
  expect({ ...other, seed: 1 }).not.toEqual(one);
});

test.each(Object.keys(SCENARIOS) as ScenarioName[])(
  '%s: no request is lost, and every call has an end',
  async (name) => {
    const figures = await small(name, { requests: 1_000 });
    const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);
    expect([figures.lost, sum(figures.endings), sum(figures.outcomes)]).toEqual([0, 1_000, figures.calls]);
    expect(figures.calls - figures.wasted).toBe(figures.endings.answered);
    expect(figures.redis.lookups).toBeLessThanOrEqual(1_000);
    expect(figures.redis.stores).toBe(figures.endings.answered);
  },
);

test('without trouble every endpoint gets its share, and a different request costs one call', async () => {
  const { shares, calls, endings } = await small('steady');
  expect([calls, endings.answered]).toEqual([4_000, 4_000]);
  for (const ratio of Object.values(shares.byWeight)) expect(Math.abs(ratio - 1)).toBeLessThan(0.05);
  expect(shares.least).toBeGreaterThan(0.75);
  expect(shares.most).toBeLessThan(1.25);
});

test('a fleet of which each replica asks an endpoint seldom keeps the shares from the beginning', async () => {
  const { shares } = await small('steady', { endpoints: 40, replicas: 40, requests: 4_000 });
  for (const ratio of Object.values(shares.byWeight)) expect(Math.abs(ratio - 1)).toBeLessThan(0.2);
});

test('equal requests cost one call a replica at most, with one replica exactly one', async () => {
  const [one, eight] = [await small('herd', { replicas: 1 }), await small('herd')];
  expect([one.distinct, one.calls]).toEqual([4, 4]);
  expect(eight.calls).toBe(32);
  expect(eight.endings.joined).toBe(4_000 - 32);
});

test('replicas that share what they find out waste fewer calls on a silent region', async () => {
  const [shared, alone] = [await small('outage'), await small('outage-alone')];
  expect(shared.wasted).toBeLessThan(0.7 * alone.wasted);
  expect([shared.redis.changes > 0, alone.redis.changes]).toEqual([true, 0]);
  // Three attempts may all meet the region, until it is known.
  expect(shared.endings.refused).toBeLessThan(0.002 * SMALL.requests);
});

test('endpoints that answer 429 get what they take, and clients do not notice', async () => {
  const { troubled, endings } = await small('storm');
  expect(endings.refused).toBe(0);
  expect(troubled.got / troubled.wanted).toBeGreaterThan(0.4);
  expect(troubled.got / troubled.wanted).toBeLessThan(0.6);
});

test('the plan adds up', () => {
  const load = readCommand(['--plan', '--rps', '1000', '--streams', '0', '--spare', '2']).load;
  const rows = readRows();
  const plan = planFor({ ...load, memoryHits: 0, redisHits: 0 }, rows);
  expect(plan.cores).toBeCloseTo(rows.bench.cases['record-small']!.micros / 1_000, 6);
  expect(plan.replicas).toBe(Math.ceil(plan.cores / 0.6) + 2);
  expect(plan.openStreams).toBe(0);
  const hits = planFor({ ...load, memoryHits: 1, redisHits: 0 }, rows);
  expect(hits.cores).toBeCloseTo(rows.bench.cases['hit-small']!.micros / 1_000, 6);
  expect(hits.redisCores).toBe(0);
  expect(planFor({ ...load, entries: 20_000_000 }, rows).redisShards).toBeGreaterThan(1);
});

test('a core serves what the plan says within a fifth, with small bodies; the generator of the load was the limit with large ones', () => {
  const rows = checkedRows(readRows());
  expect(rows).toHaveLength(8);
  for (const { id, predicted, measured } of rows) {
    expect(measured / predicted, id).toBeGreaterThan(id === 'pass-large' ? 0.7 : 0.8);
    expect(measured / predicted, id).toBeLessThan(1.1);
  }
});

test.each([
  [['--scenario', 'flood'], '--scenario is one of steady, outage'],
  [['--strategy', 'best'], '--strategy is one of weighted'],
  [['--requests', '1.5'], '--requests takes an integer from 1 on'],
  [['--plan', '--rps=-1'], '--rps takes a number from 0 on'],
  [['--plan', '--streams', '2'], '--streams takes a share from 0 to 1'],
  [['--plan', '--memory-hits', '0.7', '--redis-hits', '0.7'], 'shares of the same requests'],
  [['--plan', '--check'], '--plan and --check exclude each other'],
])('%j is refused with a sentence', (args, sentence) => {
  expect(() => readCommand(args)).toThrow(sentence);
});
