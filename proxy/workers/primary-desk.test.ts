import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { Kept } from './kept.ts';
import type { DashboardAnswer } from './messages.ts';
import { type DeskParts, PrimaryDesk } from './primary-desk.ts';

const QUESTION = { what: 'dashboard', name: 'figures', input: 5 } as const;
const part = (): Promise<void> => Promise.resolve();

function deskOver(askOthers: (except: number) => Promise<(DashboardAnswer | undefined)[]>): PrimaryDesk {
  return new PrimaryDesk({
    kept: new Kept(new ManualClock(), 1_000),
    pool: { offer: () => undefined, askOthers: askOthers as DeskParts['pool']['askOthers'] },
    whole: { reading: () => Promise.reject(new Error('not here')), metrics: () => Promise.resolve() },
    flights: { enter: () => 'alone', take: () => undefined },
  });
}

test('a question of the dashboard goes to all other workers; one that does not answer is left out', async () => {
  const desk = deskOver((except) => Promise.resolve([{ slot: except + 1, value: [1] }, undefined]));
  expect(await desk.answer(2, QUESTION, part)).toEqual([{ slot: 3, value: [1] }]);
});

test('64 questions may run; others are not asked for more, until one has its answers', async () => {
  const { promise, resolve } = Promise.withResolvers<(DashboardAnswer | undefined)[]>();
  let asked = 0;
  const desk = deskOver(() => {
    asked += 1;
    return promise;
  });
  const running = Array.from({ length: 64 }, () => desk.answer(0, QUESTION, part));
  expect(await desk.answer(0, QUESTION, part)).toEqual([]);
  expect(asked).toBe(64);
  resolve([]);
  await Promise.all(running);
  await desk.answer(0, QUESTION, part);
  expect(asked).toBe(65);
});
