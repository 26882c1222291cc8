import { expect, test } from 'vitest';
import type { JournalEntry } from './entry.ts';
import { chiSquareTail, distributionOf } from './statistics.ts';

function entries(ports: readonly number[]): JournalEntry[] {
  return ports.map((port, at) => ({ port, sequence: at + 1 }) as JournalEntry);
}

test('requests are counted, shared out and spelt in the order in which they came', () => {
  const [first, ...rest] = entries([1, 1, 2, 1, 3, 1, 1]);
  const { total, members, sequence } = distributionOf([...rest, first!], [1, 2, 3]);
  expect([total, sequence]).toEqual([7, 'AABACAA']);
  expect(members.map(({ letter, count }) => `${letter}${count}`)).toEqual(['A5', 'B1', 'C1']);
  expect(members[0]?.share).toBeCloseTo(5 / 7);
});

test('chi-square measures the distance from the weights', () => {
  const asked = entries([...Array<number>(40).fill(1), ...Array<number>(20).fill(2)]);
  const even = distributionOf(asked, [1, 2]);
  expect([even.chiSquare, even.degreesOfFreedom]).toEqual([(100 + 100) / 30, 1]);
  expect(even.pValue).toBeCloseTo(0.00982, 4);
  expect(distributionOf(asked, [1, 2], [2, 1])).toMatchObject({ chiSquare: 0, pValue: 1 });
});

test('a server of weight 0 that was asked is beyond all chance', () => {
  expect(distributionOf(entries([1, 2]), [1, 2], [1, 0]).pValue).toBe(1);
  expect(distributionOf(entries([1, 2, 2]), [1, 2, 3], [1, 0, 1])).toMatchObject({ chiSquare: Infinity, pValue: 0 });
});

test('of no requests there is nothing to say', () => {
  expect(distributionOf([], [1, 2])).toMatchObject({ total: 0, sequence: '', chiSquare: 0, pValue: 1 });
});

// Table values: https://www.itl.nist.gov/div898/handbook/eda/section3/eda3674.htm
test.each([
  [3.841, 1, 0.05],
  [5.991, 2, 0.05],
  [9.488, 4, 0.05],
  [18.307, 10, 0.05],
  [23.209, 10, 0.01],
  [124.342, 100, 0.05],
  [1.06362, 4, 0.9],
])('chi-square %d at %d degrees of freedom leaves %d', (value, degrees, tail) => {
  expect(chiSquareTail(value, degrees)).toBeCloseTo(tail, 4);
});

test('weights that do not fit the servers are refused', () => {
  expect(() => distributionOf([], [1, 2], [1])).toThrow('weights: expected 2 numbers of at least 0, found [1]');
});
