import { setTimeout as after } from 'node:timers/promises';
import { startMock } from '../../mocks/index.ts';
import { playFaults } from './trouble.ts';

const MOCKS = 3;
const SETTLE_MS = 20_000;
const STEP_MS = 200;
/** Long enough for an estimate to be judged by. */
const TEXT = Array.from({ length: 12 }, (_, number) => `Sentence ${number} says a little more about rivers.`).join(' ');

/** The endpoints of a soak, which answer at a pace and fail now and then. */
export async function startMocks(): Promise<Awaited<ReturnType<typeof startMock>>[]> {
  const mocks = await Promise.all(Array.from({ length: MOCKS }, () => startMock()));
  for (const mock of mocks) {
    await mock.answer({ reply: { text: TEXT } });
    await mock.pace({ firstEventMs: { uniform: { from: 5, to: 60 } }, tokensPerSecond: 1_000 });
    await playFaults(mock);
  }
  return mocks;
}

/** Repeats a step until the time is over. */
export async function repeat(everyMs: number, untilMs: number, step: () => unknown): Promise<void> {
  while (Date.now() < untilMs) {
    await step();
    await after(everyMs);
  }
}

/** Waits until a thing holds, or the patience is over. */
export async function settled(holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let waited = 0; waited < SETTLE_MS && !(await holds()); waited += STEP_MS) await after(STEP_MS);
}
