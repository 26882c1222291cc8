import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { shortened } from './shortened.ts';

test('a text that is short enough stays, a longer one is begun', () => {
  expect(shortened('abc', 3)).toBe('abc');
  expect(shortened('abcd', 3)).toBe('abc…');
});

test('what is kept of a text does not hold the rest of it', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const before = process.memoryUsage().heapUsed;
  const kept = Array.from({ length: 50 }, (_, at) => shortened(Buffer.alloc(1_000_000, at + 32).toString(), 256));
  collect();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(10_000_000);
  expect(kept).toHaveLength(50);
});
