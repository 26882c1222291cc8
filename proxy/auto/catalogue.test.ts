import { expect, test } from 'vitest';

import type { Catalog } from '../config/prices.ts';
import { loadBundledPrices } from '../usage/bundled-prices.ts';
import { PriceTable } from '../usage/price-table.ts';
import { BUNDLED_MODELS } from './bundled-models.ts';
import { Catalogue } from './catalogue.ts';

test.each([
  ['gpt-5', 99],
  ['o3', 99],
  ['claude-4-opus', 99],
  ['o4-mini', 96],
  ['o3-mini', 94],
  ['claude-3-5-sonnet', 92],
  ['gpt-4o', 90],
  ['gemini-2.0-flash', 86],
  ['gpt-4o-mini', 85],
  ['gemini-1.5-flash', 84],
  ['deepseek-chat', 80],
  ['claude-3-haiku', 80],
  // Other names of the same.
  ['gpt-4o-mini-2024-07-18', 85],
  ['openai/gpt-4o-mini', 85],
  ['GPT-4o', 90],
  ['claude-3-5-sonnet-20240620', 92],
  ['claude-3-5-sonnet-latest', 92],
  ['anthropic/claude-3.5-sonnet', 92],
  ['claude-opus-4-20250514', 99],
  // Names of which a part is known.
  ['gpt-4o-mini-next', 70],
  ['my-gpt-4o', 70],
])('%s has the bundled quality %i', (model, quality) => {
  expect(new Catalogue().find(model).quality).toBe(quality);
});

test('what is not known can do nothing', () => {
  expect(new Catalogue().find('unheard-of')).toEqual({
    provider: undefined,
    quality: 70,
    contextWindow: 4_096,
    maxOutput: undefined,
    tools: false,
    structured: false,
    vision: false,
  });
  expect(new Catalogue().has('unheard-of')).toBe(false);
  expect(new Catalogue().has('gpt-4o-2024-08-06')).toBe(true);
});

test('a configuration overrides field by field, each found by itself', () => {
  const configured: Catalog = {
    'gpt-4o-mini': { quality: 50, price: { input: 1, output: 1 } },
    'gpt-4*': { contextWindow: 1_000, provider: 'Google' },
    'house-*': { quality: 60 },
    'house-model': { tools: true },
    'house-model-*': { quality: 61, vision: true },
  };
  const catalogue = new Catalogue(configured);
  expect(catalogue.find('gpt-4o-mini-2024-07-18')).toEqual({
    provider: 'gemini',
    quality: 50,
    contextWindow: 1_000,
    maxOutput: 16_384,
    tools: true,
    structured: true,
    vision: true,
  });
  expect(catalogue.find('house-model')).toMatchObject({
    quality: 60,
    tools: true,
    vision: false,
    contextWindow: 4_096,
  });
  expect(catalogue.find('house-model-b')).toMatchObject({ quality: 61, tools: false, vision: true });
  expect(catalogue.find('public-name', 'gpt-4o')).toMatchObject({ quality: 90, contextWindow: 1_000 });
  expect(catalogue.has('house-x')).toBe(true);
});

test('every bundled entry is whole and stays within what a configuration may say', () => {
  for (const [name, entry] of Object.entries(BUNDLED_MODELS)) {
    expect(name).toBe(name.toLowerCase());
    expect(entry.quality, name).toBeGreaterThanOrEqual(0);
    expect(entry.quality, name).toBeLessThanOrEqual(100);
    expect(entry.contextWindow, name).toBeGreaterThanOrEqual(entry.maxOutput!);
    expect(Object.keys(entry)).toHaveLength(7);
  }
});

test('bundled models have a price in the table of prices, but for two', async () => {
  const prices = new PriceTable({ clock: { now: () => 0 } as never, bundled: await loadBundledPrices() });
  const unpriced = Object.entries(BUNDLED_MODELS)
    .filter(
      ([model, { provider }]) => prices.find({ model, ...(provider === undefined ? {} : { provider }) }) === undefined,
    )
    .map(([model]) => model);
  expect(unpriced).toEqual(['deepseek-v3.2-speciale', 'mistral-small']);
});
