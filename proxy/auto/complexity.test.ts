import { expect, test } from 'vitest';

import { classify } from './complexity.ts';
import { isComplexity, readTask, readTier } from './levels.ts';

const FENCED = '```\nprint("hello")\n```';

test.each([
  ['hello', undefined, -2, 'simple', 'micro'],
  ['Hello, how are you today?', undefined, -2, 'simple', 'micro'],
  ['', undefined, 0, 'simple', 'micro'],
  ['Analyze the data trends', undefined, 1, 'moderate', 'standard'],
  ['Analyze this image', undefined, 1, 'moderate', 'standard'],
  ['Analyze this concept and explain the background', undefined, 1, 'moderate', 'standard'],
  ['Explain this', 'reasoning', 3, 'complex', 'versatile'],
  ['Explain this', 'general', 0, 'simple', 'micro'],
  ['What is the weather?', undefined, -2, 'simple', 'micro'],
  ['What is the weather?', 'code', 0, 'simple', 'micro'],
  ['What is the weather?', 'chat', -3, 'simple', 'micro'],
  ['Write a function to sort an array', undefined, 3, 'complex', 'versatile'],
  [FENCED, undefined, 4, 'complex', 'versatile'],
  ['Calculate integral of this function and solve for x', undefined, 6, 'advanced', 'heavy'],
  ['Debug this async function and refactor database schema', undefined, 3, 'complex', 'versatile'],
  ['Design architecture for scaling this enterprise system', undefined, 5, 'advanced', 'versatile'],
  ['debug this distributed system architecture', undefined, 8, 'advanced', 'heavy'],
  ['Summarize the architecture', undefined, 3, 'complex', 'versatile'],
  ['analyze this '.repeat(200), undefined, 3, 'complex', 'versatile'],
  ['word '.repeat(3_000), undefined, 3, 'complex', 'heavy'],
  ['a'.repeat(396), undefined, 0, 'simple', 'micro'],
  ['a'.repeat(400), undefined, 1, 'moderate', 'standard'],
  ['a'.repeat(2_000), undefined, 2, 'complex', 'versatile'],
  ['a'.repeat(8_000), undefined, 3, 'complex', 'versatile'],
  ['a'.repeat(20_000), undefined, 3, 'complex', 'heavy'],
  ['a'.repeat(21_000), undefined, 3, 'complex', 'complex'],
  ['functionality of classes', undefined, 0, 'simple', 'micro'],
  ['the apis are listed', undefined, 0, 'simple', 'micro'],
  ['global_scale', undefined, 0, 'simple', 'micro'],
  ['élist', undefined, 0, 'simple', 'micro'],
  ['reverse  engineer this', undefined, 5, 'advanced', 'versatile'],
  ['Translate this SQL to JSON', undefined, 1, 'moderate', 'standard'],
  ['Plan a large-scale oauth migration', undefined, 8, 'advanced', 'heavy'],
  ['😀'.repeat(400), undefined, 1, 'moderate', 'standard'],
  ['Write a poem about the sea', 'agentic', 2, 'complex', 'standard'],
  ['Write a poem about the sea', 'nonsense', 0, 'simple', 'micro'],
])('%.40s (task %s) has the score %i, is %s and %s', (text, task, score, complexity, tier) => {
  expect(classify(text, readTask(task))).toMatchObject({ score, complexity, tier });
});

test('points say what the score is made of', () => {
  const { points, score, textTokens } = classify(`Explain this: ${'a '.repeat(300)}`, 'code');
  expect(points).toEqual([
    { reason: 'moderate', points: 1 },
    { reason: 'task', points: 2 },
    { reason: 'length', points: 1 },
  ]);
  expect(score).toBe(4);
  expect(textTokens).toBe(153);
});

test('a header of a value that is not known leaves the word to its alias', () => {
  expect(readTask('nonsense', ' Code ')).toBe('code');
  expect(readTask('chat', 'code')).toBe('chat');
  expect(readTask(undefined, undefined)).toBeUndefined();
  expect(readTier('HEAVY')).toBe('heavy');
  expect(readTier('huge')).toBeUndefined();
  expect(['simple', 'advanced', 'heavy'].map(isComplexity)).toEqual([true, true, false]);
});
