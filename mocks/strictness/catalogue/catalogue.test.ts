import { describe, expect, test } from 'vitest';
import { OPERATION_RULES } from '../operations.ts';
import { violationIn } from '../index.ts';
import { BAD_REQUESTS } from './index.ts';

test('the catalogue has at least 150 bad requests, each under a name of its own', () => {
  expect(BAD_REQUESTS.length).toBeGreaterThanOrEqual(150);
  expect(new Set(BAD_REQUESTS.map(({ id }) => id)).size).toBe(BAD_REQUESTS.length);
});

describe('every level has its share', () => {
  test.each(['off', 'spec', 'openai'])('%s', (level) => {
    expect(BAD_REQUESTS.filter((entry) => entry.level === level).length).toBeGreaterThan(20);
  });
});

test('every entry is about an operation that has rules', () => {
  const strangers = BAD_REQUESTS.filter(({ operation }) => OPERATION_RULES[operation] === undefined);
  expect(strangers.map(({ id }) => id)).toEqual([]);
});

const surroundings = { promptTokens: () => 1_000_000, tokensOf: () => 1, hasItem: () => false };

test('what only the provider refuses, the specification lets through', () => {
  const beyond = BAD_REQUESTS.filter(({ level }) => level === 'openai');
  const refused = beyond.filter(({ operation, body }) => violationIn(operation, body, 'spec', surroundings));
  expect(refused.map(({ id }) => id)).toEqual([]);
});

test('nothing is refused when strictness is off', () => {
  expect(BAD_REQUESTS.filter(({ operation, body }) => violationIn(operation, body, 'off', surroundings))).toEqual([]);
});
