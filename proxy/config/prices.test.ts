import { expect, test } from 'vitest';

import type { Config } from './config.ts';
import { ConfigError } from './fault.ts';
import { parseConfig } from './load.ts';

const MODELS = 'models:\n  m:\n    endpoints:\n      - { provider: mock }\n';

function configOf(text: string): Config {
  return parseConfig(text + MODELS, 'test.yaml', { environment: {} }).config;
}

function faultsOf(text: string): string {
  try {
    configOf(text);
    return 'none';
  } catch (error) {
    if (error instanceof ConfigError) return error.render();
    throw error;
  }
}

test('without the sections there is no catalogue', () => {
  expect(configOf('').catalog).toBeUndefined();
});

test('a price has every member of an entry', () => {
  const { catalog } = configOf(
    'prices:\n  gpt-4o*: { input: 2.5, output: 10, cached_input: 0, cache_write: 3, reasoning: 11, audio_input: 40, ' +
      'audio_output: 80, image: 0.01, second: 0.0001, request: 0.002, batch: 0.4, ' +
      'tiers: [{ above: 200000, input: 5, output: 15, cached_input: 1 }] }\n',
  );
  expect(catalog).toEqual({
    'gpt-4o*': {
      price: {
        input: 2.5,
        output: 10,
        cachedInput: 0,
        cacheWrite: 3,
        reasoning: 11,
        audioInput: 40,
        audioOutput: 80,
        image: 0.01,
        second: 0.0001,
        request: 0.002,
        batch: 0.4,
        tiers: [{ above: 200_000, input: 5, output: 15, cachedInput: 1 }],
      },
    },
  });
});

test('an entry of `prices` is the price of the entry in `catalog`', () => {
  const { catalog } = configOf(
    'catalog:\n  m: { provider: openai, quality: 85, price: { input: 1, output: 2 }, context_window: 128000, max_output: 16384, tools: true, structured: true, vision: false }\n' +
      'prices:\n  m: { input: 3, output: 4 }\n',
  );
  expect(catalog).toEqual({
    m: {
      provider: 'openai',
      quality: 85,
      price: { input: 3, output: 4 },
      contextWindow: 128_000,
      maxOutput: 16_384,
      tools: true,
      structured: true,
      vision: false,
    },
  });
});

test('an endpoint has the same members', () => {
  const text = MODELS.replace(
    '{ provider: mock }',
    '{ provider: mock, price: { input: 1, output: 2, cached_input: 0.5 } }',
  );
  const [model] = parseConfig(text, 'test.yaml', { environment: {} }).config.models;
  expect(model?.endpoints[0]?.price).toEqual({ input: 1, output: 2, cachedInput: 0.5 });
});

test.each([
  ['prices:\n  m: {}\n', 'a price'],
  ['prices:\n  m: { batch: 0.5 }\n', 'a price'],
  ['prices:\n  m: { input: -1 }\n', 'zero or more'],
  ['prices:\n  m: { input: 1, outptu: 2 }\n', 'outptu'],
  ['prices:\n  m: { input: 1, tiers: [{ input: 2 }] }\n', 'above'],
  ['catalog:\n  m: { quality: 101 }\n', '0 to 100'],
  ['catalog:\n  m: { price: { } }\n', 'a price'],
])('%j is a fault', (text, expected) => {
  expect(faultsOf(text)).toContain(expected);
});
