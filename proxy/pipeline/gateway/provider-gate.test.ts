import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { MemoryCounters } from '../../governance/limits/memory-counters.ts';
import { ProviderGate } from './provider-gate.ts';

function build(rpm: number, tpm: number) {
  const clock = new ManualClock();
  const counters = new MemoryCounters({ now: () => clock.now() });
  return { clock, gate: new ProviderGate({ id: 'p1', name: 'claude', rpm, tpm }, counters) };
}

test('as many requests as the minute allows, then an error that names the provider and says how long', async () => {
  const { clock, gate } = build(2, 0);
  expect([await gate.ask(), await gate.ask()]).toEqual([undefined, undefined]);
  const refusal = await gate.ask();
  expect(refusal).toMatchObject({ code: 'provider_limited', message: expect.stringContaining("'claude'") });
  const seconds = Number(refusal?.headers['retry-after']);
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(60);
  clock.advance(seconds * 1_000);
  expect(await gate.ask()).toBeUndefined();
});

test('constant traffic does not hold it shut', async () => {
  const { clock, gate } = build(5, 0);
  let let_in = 0;
  for (let second = 0; second < 600; second += 1) {
    if ((await gate.ask()) === undefined) let_in += 1;
    clock.advance(1_000);
  }
  expect(let_in).toBeGreaterThanOrEqual(50);
  expect(let_in).toBeLessThanOrEqual(55);
});

test('tokens that were used count until the minute ends', async () => {
  const { clock, gate } = build(0, 100);
  expect(await gate.ask()).toBeUndefined();
  gate.spent(100);
  expect(await gate.ask()).toMatchObject({ message: expect.stringContaining('tokens') });
  clock.advance(60_000);
  expect(await gate.ask()).toBeUndefined();
});

test.each([0, -1])('a limit of %d is none', async (max) => {
  const { gate } = build(max, max);
  for (let times = 0; times < 200; times += 1) expect(await gate.ask()).toBeUndefined();
  gate.spent(1_000_000);
  expect(await gate.ask()).toBeUndefined();
});
