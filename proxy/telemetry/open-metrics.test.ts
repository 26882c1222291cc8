import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { openMetrics, prefersOpenMetrics } from './open-metrics.ts';

test.each([
  [undefined, false],
  ['*/*', false],
  ['text/plain', false],
  ['application/openmetrics-text; version=1.0.0', true],
  ['application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5', true],
  ['application/openmetrics-text;q=0.4,text/plain;q=0.5', false],
  ['application/openmetrics-text;q=0', false],
])('with `Accept: %s` OpenMetrics is preferred: %s', (accept, preferred) => {
  expect(prefersOpenMetrics(accept)).toBe(preferred);
});

test('a counter loses its suffix in the lines about it, and the text ends with a mark', async () => {
  const pieces = [
    '# HELP a_total A.\n# TYPE a_total counter\na_total{x="1"} 2\n\n',
    '# HELP b_total B.\n# TYPE b_total gauge\nb_total 1\n',
  ];
  let text = '';
  for await (const piece of openMetrics(Readable.from(pieces))) text += piece;
  expect(text).toBe(
    '# HELP a A.\n# TYPE a counter\na_total{x="1"} 2\n# HELP b_total B.\n# TYPE b_total gauge\nb_total 1\n# EOF\n',
  );
});
