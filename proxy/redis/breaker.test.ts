import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Breaker } from './breaker.ts';

interface Bench {
  readonly breaker: Breaker;
  readonly log: string[];
  answers: boolean;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function bench(): Bench {
  const log: string[] = [];
  const made: Bench = {
    log,
    answers: true,
    breaker: new Breaker({
      probe: () => {
        log.push('probe');
        return Promise.resolve(made.answers);
      },
      onStuck: () => log.push('stuck'),
      onChange: (closed) => log.push(closed ? 'closed' : 'open'),
      random: () => 0.5,
    }),
  };
  return made;
}

test('it begins open and closes once a probe is answered', async () => {
  const { breaker, log } = bench();
  expect(breaker.closed).toBe(false);
  await breaker.probe();
  expect(breaker.closed).toBe(true);
  expect(log).toEqual(['probe', 'closed']);
});

test('one failure opens it, and a probe in the background closes it again', async () => {
  const { breaker, log } = bench();
  await breaker.probe();
  breaker.fail('timeout');
  expect(breaker.closed).toBe(false);
  await vi.advanceTimersByTimeAsync(100);
  expect(breaker.closed).toBe(true);
  expect(log).toEqual(['probe', 'closed', 'open', 'probe', 'closed']);
});

test('while nothing answers the probes become rarer, up to a bound', async () => {
  const made = bench();
  made.answers = false;
  made.breaker.fail('refused');
  await vi.advanceTimersByTimeAsync(100 + 200 + 400 + 800 + 1_600);
  expect(made.log.filter((entry) => entry === 'probe')).toHaveLength(5);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(made.log.filter((entry) => entry === 'probe')).toHaveLength(15);
});

test('failures that come together start one series of probes', async () => {
  const made = bench();
  made.answers = false;
  for (let index = 0; index < 5; index++) made.breaker.fail('timeout');
  await vi.advanceTimersByTimeAsync(100);
  expect(made.log.filter((entry) => entry === 'probe')).toHaveLength(1);
});

test('a connection that stays silent for four probes is reported as stuck', async () => {
  const made = bench();
  made.answers = false;
  made.breaker.fail('timeout');
  await vi.advanceTimersByTimeAsync(100 + 200 + 400);
  expect(made.log).not.toContain('stuck');
  await vi.advanceTimersByTimeAsync(800);
  expect(made.log).toContain('stuck');
});

test('once stopped it stays open and probes no more', async () => {
  const { breaker, log } = bench();
  breaker.fail('timeout');
  breaker.stop();
  await vi.advanceTimersByTimeAsync(10_000);
  await breaker.probe();
  expect(breaker.closed).toBe(false);
  expect(log).toEqual(['open']);
});
