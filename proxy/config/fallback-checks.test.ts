import { expect, test } from 'vitest';

import { ConfigError } from './fault.ts';
import { parseConfig } from './load.ts';

function models(all: Readonly<Record<string, object>>): string {
  const entries = Object.entries(all).map(([name, model]) => [name, { ...model, endpoints: [{ provider: 'mock' }] }]);
  return JSON.stringify({ models: Object.fromEntries(entries) });
}

function faults(all: Readonly<Record<string, object>>): string {
  try {
    parseConfig(models(all), 'test.yaml', { environment: {} });
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

const fallbacksOf = (model: object): object | undefined =>
  parseConfig(models({ a: model, b: {}, c: {} }), 'test.yaml', { environment: {} }).config.models[0]?.fallbacks;

test.each<[object, object | undefined]>([
  [{}, undefined],
  [{ fallbacks: ['b'] }, { failed: ['b'], contextTooLong: ['b'], contentRefused: [] }],
  [
    { fallbacks: ['b'], context_fallbacks: [] },
    { failed: ['b'], contextTooLong: [], contentRefused: [] },
  ],
  [{ context_fallbacks: ['c', 'b'] }, { failed: [], contextTooLong: ['c', 'b'], contentRefused: [] }],
  [{ content_policy_fallbacks: ['c'] }, { failed: [], contextTooLong: [], contentRefused: ['c'] }],
])('%j is read as %j', (model, fallbacks) => {
  expect(fallbacksOf(model)).toEqual(fallbacks);
});

test.each<[string, Record<string, object>, string]>([
  ['itself', { a: { fallbacks: ['a'] } }, 'found a > a'],
  ['two models', { a: { fallbacks: ['b'] }, b: { context_fallbacks: ['a'] } }, 'found a > b > a'],
  [
    'three models',
    { a: { content_policy_fallbacks: ['b'] }, b: { fallbacks: ['c'] }, c: { fallbacks: ['a'] } },
    'found c > a > b > c',
  ],
])('a loop over %s is refused', (_what, all, fault) => {
  expect(faults(all)).toContain(fault);
});

test('two ways to one model are no loop', () => {
  expect(faults({ a: { fallbacks: ['b', 'c'] }, b: { fallbacks: ['d'] }, c: { fallbacks: ['d'] }, d: {} })).toBe('');
});

test.each<[Record<string, object>, string]>([
  [{ 'gpt-4o': { fallbacks: ['gtp-4'] }, 'gpt-4': {} }, 'found gtp-4; did you mean gpt-4?'],
  [{ a: { context_fallbacks: ['nowhere'] }, b: {} }, 'found nowhere'],
  [{ a: { fallbacks: ['*'] }, '*': {} }, 'found *'],
])('%j is refused: no such model', (all, fault) => {
  expect(faults(all)).toContain(`expected names of models, ${fault}`);
});
