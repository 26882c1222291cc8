import { expect, test } from 'vitest';

import { ManualClock } from '../core/clock.ts';
import { FetchedPrices } from '../usage/fetched-prices.ts';
import type { UpstreamHandler, UpstreamRequest } from '../upstream/types.ts';
import { PriceRefresh } from './price-refresh.ts';

const URL_A = 'http://prices.test/a.json?v=1';
const URL_B = 'https://prices.test/b.json';
const HOUR = 3_600_000;

interface Bench {
  readonly clock: ManualClock;
  readonly fetched: FetchedPrices;
  readonly refresh: PriceRefresh;
  readonly asked: { request: UpstreamRequest; handler: UpstreamHandler; aborted: boolean }[];
  readonly logged: string[];
  /** Answers the newest request and waits until it has had its effect. */
  readonly answer: (table: unknown, status?: number) => Promise<void>;
  readonly price: () => number | undefined;
}

function bench(random = 0.5): Bench {
  const clock = new ManualClock();
  const fetched = new FetchedPrices(clock);
  const asked: Bench['asked'] = [];
  const logged: string[] = [];
  const log = (fields: object, message: string): void => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const refresh = new PriceRefresh({
    clock,
    random: () => random,
    fetched,
    logger: { info: log, warn: log },
    upstream: {
      send: (request, handler) => {
        const call = { request, handler, aborted: false };
        asked.push(call);
        return { pause: () => undefined, resume: () => undefined, abort: () => void (call.aborted = true) };
      },
    },
  });
  return {
    clock,
    fetched,
    refresh,
    asked,
    logged,
    answer: async (table, status = 200) => {
      const { handler } = asked.at(-1)!;
      const result = refresh.refresh();
      handler.onHead(status, {});
      if (status === 200) {
        handler.onData(Buffer.from(JSON.stringify(table)));
        handler.onEnd();
      }
      await result;
    },
    price: () => fetched.find('m')?.input,
  };
}

test('prices are fetched at once, then again after the configured time', async () => {
  const { clock, refresh, asked, answer, price, logged } = bench();
  refresh.configure({ url: URL_A, refreshMs: HOUR });
  expect(asked.map(({ request: { origin, path } }) => origin + path)).toEqual([URL_A]);
  await answer({ m: { input: 1 }, broken: {} });
  expect(price()).toBe(1);
  expect(logged[0]).toMatch(/^entries of the fetched prices are invalid.*"entries":1/);
  clock.advance(HOUR - 1);
  expect(asked).toHaveLength(1);
  clock.advance(1);
  expect(asked).toHaveLength(2);
  await answer({ m: { input: 2 } });
  expect(price()).toBe(2);
});

test.each([
  [0, 0.9],
  [1, 1.1],
])('the time is moved by a tenth at the most: %d', async (random, factor) => {
  const { clock, refresh, asked, answer } = bench(random);
  refresh.configure({ url: URL_A, refreshMs: HOUR });
  await answer({ m: { input: 1 } });
  clock.advance(HOUR * factor - 1);
  expect(asked).toHaveLength(1);
  clock.advance(2);
  expect(asked).toHaveLength(2);
});

test('after a fault the old prices stay, and the pauses grow up to the configured time', async () => {
  const { clock, refresh, asked, answer, price, logged } = bench();
  refresh.configure({ url: URL_A, refreshMs: 100_000 });
  await answer({ m: { input: 1 } });
  clock.advance(100_000);
  for (const pause of [30_000, 60_000, 100_000, 100_000]) {
    const before = asked.length;
    await answer(undefined, 500);
    clock.advance(pause - 1);
    expect(asked).toHaveLength(before);
    clock.advance(1);
    expect(asked).toHaveLength(before + 1);
  }
  expect(price()).toBe(1);
  expect(logged.at(-1)).toBe(
    'prices could not be fetched; the known ones stay in force {"component":"pricing","reason":"the address answers with status 500"}',
  );
  await answer({ m: { input: 3 } });
  clock.advance(99_999);
  expect([price(), asked.length]).toEqual([3, 6]);
});

test('0 = only when it is asked for; who asks meanwhile gets the same answer', async () => {
  const { clock, refresh, asked, answer, price } = bench();
  refresh.configure({ url: URL_A, refreshMs: 0 });
  clock.advance(48 * HOUR);
  expect(asked).toHaveLength(0);
  const results = [refresh.refresh(), refresh.refresh()];
  await answer({ m: { input: 1 }, n: { output: 1 } });
  expect(await Promise.all(results)).toEqual([
    { state: 'replaced', models: 2 },
    { state: 'replaced', models: 2 },
  ]);
  expect([asked.length, price()]).toEqual([1, 1]);
  clock.advance(20 * HOUR);
  expect(asked).toHaveLength(1);
});

test('prices that are a day old are warned of once', async () => {
  const { clock, refresh, answer, logged, fetched } = bench();
  refresh.configure({ url: URL_A, refreshMs: 0 });
  const asked = refresh.refresh();
  await answer({ m: { input: 1 } });
  await asked;
  const warnings = (): number => logged.filter((line) => line.includes('more than a day old')).length;
  clock.advance(24 * HOUR);
  expect([warnings(), fetched.state?.stale]).toEqual([0, false]);
  clock.advance(1);
  expect([warnings(), fetched.state?.stale]).toEqual([1, true]);
  clock.advance(72 * HOUR);
  expect(warnings()).toBe(1);
});

test('a table that takes longer than ten seconds is given up', async () => {
  const { clock, refresh, asked } = bench();
  refresh.configure({ url: URL_A, refreshMs: 0 });
  const result = refresh.refresh();
  asked[0]?.handler.onHead(200, {});
  clock.advance(9_999);
  asked[0]?.handler.onData(Buffer.from('{'));
  expect(asked[0]?.aborted).toBe(false);
  clock.advance(1);
  expect([await result, asked[0]?.aborted]).toEqual([
    { state: 'failed', reason: 'no whole answer within 10000 ms' },
    true,
  ]);
});

test('another address ends what is being fetched; its prices take the place of the old ones', async () => {
  const { refresh, asked, answer, price, clock } = bench();
  refresh.configure({ url: URL_A, refreshMs: HOUR });
  await answer({ m: { input: 1 } });
  clock.advance(HOUR);
  refresh.configure({ url: URL_B, refreshMs: HOUR });
  expect([asked[1]?.aborted, asked[2]?.request.origin, price()]).toEqual([true, 'https://prices.test', 1]);
  await answer({ m: { input: 2 } });
  expect(price()).toBe(2);
  refresh.configure({ url: URL_B, refreshMs: HOUR });
  expect(asked).toHaveLength(3);
});

test('without an address there are no fetched prices, and nothing is asked', async () => {
  const { refresh, answer, price, clock, asked } = bench();
  expect(await refresh.refresh()).toEqual({ state: 'no_source' });
  refresh.configure({ url: URL_A, refreshMs: HOUR });
  await answer({ m: { input: 1 } });
  refresh.configure({ refreshMs: HOUR });
  clock.advance(100 * HOUR);
  expect([price(), asked.length, clock.timers]).toEqual([undefined, 1, 0]);
});

test('closing ends what runs and leaves no timer', async () => {
  const { refresh, asked, clock } = bench();
  refresh.configure({ url: URL_A, refreshMs: HOUR });
  const result = refresh.refresh();
  refresh.close();
  expect([await result, asked[0]?.aborted, clock.timers]).toEqual([
    { state: 'failed', reason: 'fetching was ended' },
    true,
    0,
  ]);
  expect(await refresh.refresh()).toEqual({ state: 'failed', reason: 'the proxy is closing' });
  refresh.configure({ url: URL_B, refreshMs: HOUR });
  expect([asked.length, clock.timers]).toEqual([1, 0]);
});
