import { expect, test } from 'vitest';
import { secureRandom, seededRandom } from './random.ts';

test('the same seed gives the same sequence and another seed another', () => {
  const draw = (seed: number): string => seededRandom(seed).alnum(40);
  expect(draw(7)).toBe(draw(7));
  expect(draw(7)).not.toBe(draw(8));
});

test('letters, digits and numbers come from the promised alphabets and ranges', () => {
  for (const random of [secureRandom(64), seededRandom(1)]) {
    expect(random.alnum(500)).toMatch(/^[A-Za-z0-9]{500}$/);
    for (let length = 0; length <= 60; length += 1) expect(random.alnum(length)).toMatch(/^[A-Za-z0-9]*$/);
    for (let length = 0; length <= 60; length += 1) expect(random.alnum(length)).toHaveLength(length);
    expect(random.hex(500)).toMatch(/^[0-9a-f]{500}$/);
    for (let draw = 0; draw < 200; draw += 1) expect(random.next()).toBeGreaterThanOrEqual(0);
    for (let draw = 0; draw < 200; draw += 1) expect(random.next()).toBeLessThan(1);
  }
});
