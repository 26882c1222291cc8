import type { TimerClock } from './clock.ts';

/** Whether the work ends in that time; it goes on where it does not. Rejects as the work does within it. */
export async function isDoneWithin(work: Promise<unknown>, ms: number, clock: TimerClock): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const cancel = clock.after(ms, () => resolve(false));
  try {
    return await Promise.race([work.then(() => true), promise]);
  } finally {
    cancel();
  }
}
