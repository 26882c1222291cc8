import { expect, test } from 'vitest';
import { within } from './deadline.ts';

test('an answer in time is handed on, and so is an error', async () => {
  expect(await within(1_000, Promise.resolve(7))).toBe(7);
  await expect(within(1_000, Promise.reject(new Error('refused')))).rejects.toThrow('refused');
});

test('an answer that never comes is given up', async () => {
  await expect(within(5, new Promise(() => undefined))).rejects.toThrow('no answer within 5 ms');
});

test('an answer that was waiting while this process was busy still counts', async () => {
  const answer = new Promise((resolve) => {
    setTimeout(() => setImmediate(() => resolve('late, but through no fault of its own')), 1);
  });
  const result = within(5, answer);
  const busyUntil = performance.now() + 30;
  while (performance.now() < busyUntil);
  expect(await result).toBe('late, but through no fault of its own');
});
