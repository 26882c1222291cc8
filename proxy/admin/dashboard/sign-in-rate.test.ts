import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { SignInRate } from './sign-in-rate.ts';

function failing(rate: SignInRate, address: string, times: number): void {
  for (let time = 0; time < times; time += 1) {
    rate.wait(address);
    rate.failed(address);
  }
}

test('after five wrong tokens an address waits for the rest of the minute; others do not', () => {
  const clock = new ManualClock();
  const rate = new SignInRate(clock);
  failing(rate, 'a', 4);
  expect(rate.wait('a')).toBe(0);
  failing(rate, 'a', 1);
  clock.advance(20_500);
  expect(rate.wait('a')).toBe(40);
  expect(rate.wait('b')).toBe(0);
  clock.advance(39_500);
  expect(rate.wait('a')).toBe(0);
});

test('fifty wrong tokens of all addresses make everyone wait', () => {
  const clock = new ManualClock();
  const rate = new SignInRate(clock);
  for (let address = 0; address < 50; address += 1) failing(rate, `10.0.0.${address}`, 1);
  expect(rate.wait('10.0.1.1')).toBe(60);
  clock.advance(60_000);
  expect(rate.wait('10.0.1.1')).toBe(0);
});
