import type { Provider } from '@pydantic/genai-prices';
import { beforeAll, expect, test } from 'vitest';

import { ManualClock } from '../core/clock.ts';
import { bundledPrices, loadBundledPrices, type BundledPrices } from './bundled-prices.ts';
import { FetchedPrices } from './fetched-prices.ts';
import { PriceTable } from './price-table.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const DAY = 86_400_000;

const model = (id: string, match: unknown, prices: unknown): Provider['models'][number] =>
  ({ id, match, prices }) as Provider['models'][number];

const bundled = bundledPrices([
  {
    id: 'openai',
    name: 'OpenAI',
    api_pattern: '',
    models: [
      model('gpt-4o', { or: [{ equals: 'gpt-4o' }, { equals: 'gpt-4o-0806' }] }, { input_mtok: 2.5, output_mtok: 10 }),
      model('whole', { contains: 'part' }, { input_mtok: 1, output_mtok: 1 }),
      model('whisper', { equals: 'whisper-1' }, { audio_hours: 0.36 }),
      model('search', { equals: 'search' }, { requests_kcount: 5 }),
      model('unpriced', { equals: 'unpriced' }, { web_searches_kcount: 10 }),
    ],
  },
  {
    id: 'google',
    name: 'Google',
    api_pattern: '',
    models: [
      model(
        'gemini-2.5-pro',
        { starts_with: 'gemini-2.5-pro' },
        {
          input_mtok: { base: 1.25, tiers: [{ start: 200_000, price: 2.5 }] },
          output_mtok: { base: 10, tiers: [{ start: 200_000, price: 15 }] },
          cache_read_mtok: 0.31,
        },
      ),
      model('dated', { equals: 'dated' }, [
        { prices: { input_mtok: 3 } },
        { constraint: { type: 'start_date', start_date: '2026-01-01' }, prices: { input_mtok: 2 } },
        { constraint: { type: 'start_date', start_date: '2026-12-01' }, prices: { input_mtok: 1 } },
      ]),
      model('timed', { equals: 'timed' }, [
        { prices: { input_mtok: 1 } },
        {
          constraint: { type: 'time_of_date', start_time: '22:00:00Z', end_time: '02:30:00Z' },
          prices: { input_mtok: 2 },
        },
        {
          constraint: { type: 'time_of_date', start_time: '06:00:00Z', end_time: '10:00:00Z' },
          prices: { input_mtok: 3 },
        },
      ]),
      model('gpt-4o', { equals: 'gpt-4o' }, { input_mtok: 99, output_mtok: 99 }),
    ],
  },
]);

function table(catalog: Record<string, { price?: { input: number; output?: number } }> = {}): {
  prices: PriceTable;
  fetched: FetchedPrices;
  clock: ManualClock;
} {
  const clock = new ManualClock(NOW);
  const fetched = new FetchedPrices(clock);
  return { prices: new PriceTable({ clock, catalog, fetched, bundled }), fetched, clock };
}

test('the nearest source counts, whatever the names', () => {
  const { prices, fetched } = table({ '*': { price: { input: 2 } } });
  fetched.replace([['gpt-4o', { input: 3 }]], NOW);
  const ask = { model: 'gpt-4o', provider: 'openai' };
  expect(prices.find({ ...ask, endpointPrice: { input: 1 } })).toMatchObject({
    source: 'endpoint',
    entry: { input: 1 },
  });
  expect(prices.find(ask)).toMatchObject({ source: 'catalog', entry: { input: 2 } });
});

test('fetched prices stand before the bundle', () => {
  const { prices, fetched } = table();
  fetched.replace([['gpt-4o', { input: 3 }]], NOW);
  expect(prices.find({ model: 'openai/gpt-4o' })).toMatchObject({ source: 'fetched', entry: { input: 3 } });
});

test('an entry without a price of anything hides none', () => {
  const { prices, fetched } = table({ 'gpt-4o': {} });
  fetched.replace([['gpt-4o', {}]], NOW);
  expect(prices.find({ model: 'gpt-4o', endpointPrice: {} })?.source).toBe('bundled');
});

test('an unknown model has no price', () => {
  const { prices } = table();
  expect(prices.find({ model: 'never-heard-of', provider: 'openai' })).toBeUndefined();
  expect(prices.find({ model: 'a-part-of', provider: 'openai' })).toBeUndefined();
  expect(prices.find({ model: 'unpriced', provider: 'openai' })).toBeUndefined();
});

test('the name at the endpoint counts before the public one', () => {
  const { prices } = table({ fast: { price: { input: 7 } } });
  expect(prices.find({ model: 'gpt-4o', publicName: 'fast' })?.entry.input).toBe(7);
  const named = table({ fast: { price: { input: 7 } }, 'gpt-4o': { price: { input: 8 } } }).prices;
  expect(named.find({ model: 'gpt-4o', publicName: 'fast' })?.entry.input).toBe(8);
  expect(prices.find({ model: 'my-deployment', publicName: 'gpt-4o', provider: 'azure' })).toBeUndefined();
});

test('fetched prices are stale after a day, and stay until others take their place', () => {
  const { prices, fetched, clock } = table();
  expect(fetched.state).toBeUndefined();
  fetched.replace([['m', { input: 1 }]], NOW);
  clock.advance(DAY);
  expect([fetched.state?.stale, prices.find({ model: 'm' })?.stale]).toEqual([false, false]);
  clock.advance(1);
  expect(fetched.state).toEqual({ at: NOW, stale: true, models: 1 });
  expect(prices.find({ model: 'm' })).toMatchObject({ source: 'fetched', stale: true });
  fetched.replace([['m', { input: 2 }]], NOW + DAY);
  expect(prices.find({ model: 'm' })).toMatchObject({ stale: false, entry: { input: 2 } });
  fetched.clear();
  expect([fetched.state, prices.find({ model: 'm' })]).toEqual([undefined, undefined]);
});

test('tables of several configurations see the same fetched prices', () => {
  const { fetched, clock } = table();
  const [before, after] = [undefined, { other: { price: { input: 9 } } }].map(
    (catalog) => new PriceTable({ clock, catalog, fetched, bundled }),
  );
  fetched.replace([['m', { input: 1 }]], NOW);
  expect([before, after].map((prices) => prices?.find({ model: 'm' })?.entry.input)).toEqual([1, 1]);
});

test('a provider has its own prices, an unknown one those of the maker', () => {
  const inputOf = (provider?: string): number | undefined => bundled.find('gpt-4o', provider, NOW)?.input;
  expect([inputOf('openai'), inputOf('gemini'), inputOf('llama'), inputOf(), inputOf('azure')]).toEqual([
    2.5, 99, 2.5, 2.5, 2.5,
  ]);
});

test('bundled entries are read with their tiers, units and dates', () => {
  expect(bundled.find('gemini-2.5-pro', 'gemini', NOW)).toEqual({
    input: 1.25,
    output: 10,
    cachedInput: 0.31,
    tiers: [{ above: 200_000, input: 2.5, output: 15 }],
  });
  expect(bundled.find('whisper-1', 'openai', NOW)).toEqual({ second: 0.0001 });
  expect(bundled.find('search', 'openai', NOW)).toEqual({ request: 0.005 });
  expect(bundled.find('dated', 'gemini', NOW)).toEqual({ input: 2 });
  expect(bundled.find('gemini-2.5-pro-tts', 'gemini', NOW)).toBeUndefined();
});

test.each([
  ['2025-12-31T23:59:59Z', 3],
  ['2026-01-01T00:00:00Z', 2],
  ['2026-12-01T00:00:00Z', 1],
])('a price that has changed is at %s that of its date', (at, input) => {
  expect(bundled.find('dated', 'gemini', Date.parse(at))).toEqual({ input });
});

test.each([
  ['21:59:59', 1],
  ['22:00:00', 2],
  ['00:00:00', 2],
  ['02:30:00', 1],
  ['06:00:00', 3],
  ['09:59:59', 3],
  ['10:00:00', 1],
])('a price that depends on the time of day is at %s that of the hour', (time, input) => {
  expect(bundled.find('timed', 'gemini', Date.parse(`2026-06-01T${time}Z`))).toEqual({ input });
});

let real: BundledPrices;
beforeAll(async () => {
  real = await loadBundledPrices();
});

test.each([
  ['gpt-4o-mini', 'openai', { input: 0.15, output: 0.6, cachedInput: 0.075 }],
  ['gpt-4o-2024-08-06', 'openai', { input: 2.5, output: 10 }],
  ['openai/gpt-4o', undefined, { input: 2.5, output: 10 }],
  ['claude-3-5-sonnet-20240620', 'anthropic', { input: 3, output: 15, cachedInput: 0.3, cacheWrite: 3.75 }],
  ['gemini-2.0-flash', 'gemini', { input: 0.1, output: 0.4 }],
  ['o3-mini', 'openai', { input: 1.1, output: 4.4 }],
])('the bundle knows %s of %s', (name, provider, expected) => {
  expect(real.find(name, provider, NOW)).toMatchObject(expected);
});

test('the bundle prices no variant as its base', () => {
  const price = (name: string): number | undefined => real.find(name, 'openai', NOW)?.input;
  expect(price('gpt-4o-mini')).not.toBe(price('gpt-4o'));
  expect([price('gpt-4o-unheard-of'), price('gpt'), price('ft:gpt-unheard:org::x'), price('my-gpt-4o')]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
