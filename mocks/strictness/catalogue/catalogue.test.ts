import { describe, expect, test } from 'vitest';
import { modelProfile } from '../model-profile.ts';
import { OPERATION_RULES } from '../operations.ts';
import { violationIn } from '../index.ts';
import { BAD_REQUESTS } from './index.ts';

test('the catalogue has at least 150 bad requests, each under a name of its own', () => {
  expect(BAD_REQUESTS.length).toBeGreaterThanOrEqual(150);
  expect(new Set(BAD_REQUESTS.map(({ id }) => id)).size).toBe(BAD_REQUESTS.length);
});

test.each([
  ['chat/completions: tools[0].function.name is too long', 'string_above_max_length', 'openai'],
  ['chat/completions: tools[0].function.name has the wrong form', 'invalid_value', 'openai'],
  ['chat/completions: stop is too long', 'array_above_max_length', 'spec'],
  ['chat/completions: metadata has too many pairs', 'object_above_max_properties', 'openai'],
  ['responses: text.format.schema is missing', 'missing_required_parameter', 'spec'],
  ['responses: no_such_field is unknown', 'unknown_parameter', 'openai'],
  ['vector_stores: expires_after.days is too high', 'integer_above_max_value', 'spec'],
])('of the rules is made: %s', (id, code, level) => {
  expect(BAD_REQUESTS.find((request) => request.id === id)).toMatchObject({ level, expect: { code } });
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

const KNOWN = [
  'gpt-4o',
  'gpt-4o-2024-08-06',
  'gpt-5.6-sol',
  'gpt-5-mini',
  'o3',
  'o1-pro',
  'ft:gpt-4o:acme::1',
  'gpt-4-32k-0613',
];

test.each(KNOWN)('%s is a model of the provider', (model) => {
  expect(modelProfile(model)?.window).toBeGreaterThan(8000);
});

test.each(['gpt', 'gpt-9', 'my-model', 'claude-sonnet', 'text-embedding-4', ''])('"%s" is none', (model) => {
  expect(modelProfile(model)).toBeUndefined();
});
