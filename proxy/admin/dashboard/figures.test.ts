import { expect, test } from 'vitest';
import { Histogram } from '../../core/histogram.ts';
import type { Figure } from '../../telemetry/figures/figure.ts';
import { summedFigures } from './figures.ts';

function figure(at: number, over: Partial<Figure> = {}, ttfts: readonly number[] = []): Figure {
  const ttft = new Histogram();
  for (const value of ttfts) ttft.record(value);
  const none = { requests: 0, lookups: 0, hits: 0, errors: 0, refused: 0, left: 0, input: 0, output: 0 };
  return { at, ...none, cost: 0, inFlight: 0, generations: 0, ttft: ttft.counts().flat(), ...over };
}

test('the same second of several processes is one, and the seconds stand in order', () => {
  const figures = summedFigures([
    [figure(10, { requests: 1, hits: 1, inFlight: 2 }), figure(11, { requests: 4 })],
    [figure(11, { requests: 5, errors: 1, cost: 0.5 }), figure(12, { requests: 6 })],
  ]);
  expect(figures.map(({ at, requests }) => [at, requests])).toEqual([
    [10, 1],
    [11, 9],
    [12, 6],
  ]);
  expect(figures[0]).toMatchObject({ hits: 1, inFlight: 2, cost: 0 });
  expect(figures[1]).toMatchObject({ errors: 1, cost: 0.5 });
});

test('times to the first token are those of all processes together; none is null', () => {
  const [one, two] = summedFigures([[figure(1, {}, [100, 100, 100]), figure(2)], [figure(1, {}, [2_000])]]);
  expect(one?.ttft_p50).toBeCloseTo(100, -1);
  expect(one?.ttft_p95).toBeGreaterThan(1_900);
  expect(two).toMatchObject({ ttft_p50: null, ttft_p95: null });
});

test('a cost is unknown where no process knows a price, and what is known counts', () => {
  const costs = summedFigures([
    [figure(1, { cost: null }), figure(2, { cost: null }), figure(3)],
    [figure(1), figure(2, { cost: 0.25 }), figure(3)],
  ]).map(({ cost }) => cost);
  expect(costs).toEqual([null, 0.25, 0]);
});
