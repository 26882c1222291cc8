import { expect, test } from 'vitest';
import { nearestWord } from './nearest.ts';

const KNOWN = ['text', 'model', 'toolResult', 'times'];

test.each([
  ['txt', 'text'],
  ['modle', 'model'],
  ['tool_result', 'toolResult'],
  ['Times', 'times'],
  ['time', 'times'],
  ['colour', undefined],
  ['x', undefined],
  ['text'.repeat(20), undefined],
])('%s was meant to be %s', (word, meant) => {
  expect(nearestWord(word, KNOWN)).toBe(meant);
});
