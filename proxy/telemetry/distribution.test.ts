import { Histogram, Registry } from 'prom-client';
import { assert, array, double, property } from 'fast-check';
import { expect, test } from 'vitest';

import { Distribution } from './distribution.ts';

const BUCKETS = [0.5, 1, 2.5];

function valuesOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('d_'))
    .map((line) => line.replace(/\{(.*)\}/, (_, labels: string) => `{${labels.split(',').toSorted().join(',')}}`));
}

test('it tells what a histogram of prom-client tells', async () => {
  const registry = new Registry();
  const peer = new Histogram({ name: 'd', help: 'x', labelNames: ['a', 'b'], buckets: BUCKETS, registers: [registry] });
  const distribution = new Distribution({ name: 'd', help: 'x', labels: ['a', 'b'], buckets: BUCKETS });
  for (const value of [0, 0.5, 0.51, 1, 2.5, 3, 100]) {
    peer.labels('one', 'q"\\\n').observe(value);
    distribution.series('one', 'q"\\\n').observe(value);
    peer.labels('two', '').observe(value * 2);
    distribution.series('two', '').observe(value * 2);
  }
  expect(valuesOf(distribution.text())).toEqual(valuesOf(await registry.metrics()));
});

test('every value is in every bucket whose limit it does not exceed', () => {
  const value = double({ min: 0, max: 5, noNaN: true });
  assert(
    property(array(value, { maxLength: 30 }), (values) => {
      const distribution = new Distribution({ name: 'd', help: 'x', labels: ['a'], buckets: BUCKETS });
      const series = distribution.series('s');
      values.forEach((one) => series.observe(one));
      const counts = [...distribution.text().matchAll(/le="([^"]+)"\} (\d+)/g)];
      return counts.every(([, limit, count]) => {
        const bound = limit === '+Inf' ? Number.POSITIVE_INFINITY : Number(limit);
        return Number(count) === values.filter((one) => one <= bound).length;
      });
    }),
  );
});

test('the same labels are the same series', () => {
  const distribution = new Distribution({ name: 'd', help: 'x', labels: ['a'], buckets: BUCKETS });
  distribution.series('s').observe(1);
  distribution.series('s').observe(1);
  expect(distribution.text()).toContain('d_count{a="s"} 2');
});
