import { expect, test } from 'vitest';
import { failureOf, successOf, type BenchmarkRecord } from './record.ts';
import { percentile, summaries } from './statistics.ts';

const record = (provider: string, seconds: number, cost: bigint | null = 100n): BenchmarkRecord => ({
  ...successOf(
    { provider, model: 'm' },
    { text: provider, usage: { input: 3, output: 4 }, firstTokenMs: seconds * 500, totalMs: seconds * 1_000 },
    undefined,
  ),
  total_cost: cost,
});

test('percentiles are values that were measured', () => {
  const twenty = Array.from({ length: 20 }, (_, index) => index + 1);
  expect([50, 95, 100].map((percent) => percentile(twenty, percent))).toEqual([10, 19, 20]);
  expect([50, 95].map((percent) => percentile([7], percent))).toEqual([7, 7]);
});

test('models are in the order of their medians, those without an answer last', () => {
  const records = [
    failureOf({ provider: 'broken', model: 'm' }, 'HTTP 500: no.'),
    ...[3, 1, 2].map((seconds) => record('slow', seconds)),
    ...[9, 0.1, 0.2].map((seconds) => record('fast', seconds)),
  ];
  const [fast, slow, broken] = summaries(records);
  expect([fast, slow, broken].map((one) => one?.provider)).toEqual(['fast', 'slow', 'broken']);
  expect(slow).toMatchObject({ calls: 3, succeeded: 3, tokens: 7, meanCost: 100n, totalCost: 300n, preview: 'slow' });
  expect(slow?.time).toEqual({ mean: 2, p50: 2, p95: 3 });
  expect(slow?.firstToken).toEqual({ mean: 1, p50: 1, p95: 1.5 });
  expect(broken).toMatchObject({ calls: 1, succeeded: 0, preview: 'HTTP 500: no.', totalCost: null });
  expect(broken).not.toHaveProperty('time');
});

test('failures count for nothing but the number of calls; one unknown cost makes the sum unknown', () => {
  const mixed = summaries([record('a', 2), failureOf({ provider: 'a', model: 'm' }, 'no')]);
  expect(mixed).toMatchObject([{ calls: 2, succeeded: 1, time: { mean: 2 }, meanCost: 100n }]);
  expect(summaries([record('a', 2), record('a', 2, null)])).toMatchObject([{ meanCost: null, totalCost: null }]);
});
