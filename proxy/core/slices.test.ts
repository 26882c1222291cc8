import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Slices, type Steps } from './slices.ts';

function* noted(name: string, log: string[], steps: number): Steps<string> {
  for (let step = 1; step < steps; step++) {
    log.push(`${name}${step}`);
    yield;
  }
  log.push(`${name}${steps}`);
  return name;
}

test('one step runs a turn however many callers have work, and the callers take turns', async () => {
  const slices = new Slices();
  const log: string[] = [];
  const all = Promise.all([slices.run(noted('a', log, 3)), slices.run(noted('b', log, 2))]);
  expect(log).toEqual([]);
  const after: number[] = [];
  while (log.length < 5) {
    await setImmediate();
    after.push(log.length);
  }
  expect(await all).toEqual(['a', 'b']);
  expect(log).toEqual(['a1', 'b1', 'a2', 'b2', 'a3']);
  expect(after.every((count, index) => count - (after[index - 1] ?? 0) <= 1)).toBe(true);
});

test('what a step throws rejects, and the work of others goes on', async () => {
  const slices = new Slices();
  // oxlint-disable-next-line require-yield -- the first step fails
  const failing = (function* (): Steps<never> {
    throw new Error('no');
  })();
  const failed = slices.run(failing);
  const log: string[] = [];
  const good = slices.run(noted('a', log, 2));
  await expect(failed).rejects.toThrow('no');
  expect(await good).toBe('a');
});
