import { expect, test } from 'vitest';

import { PriceFault, readPriceList } from './price-list.ts';

const GOOD = { input: 1, output: 2 };

async function read(table: unknown): Promise<{ prices: object; invalid: number }> {
  const { prices, invalid } = await readPriceList(Buffer.from(JSON.stringify(table)));
  return { prices: Object.fromEntries(prices), invalid };
}

async function faultOf(body: string): Promise<string> {
  const error = await readPriceList(Buffer.from(body)).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(PriceFault);
  return (error as PriceFault).message;
}

test('entries are those of `prices`', async () => {
  const entry = { input: 0.15, output: 0.6, cached_input: 0.075, tiers: [{ above: 10, cache_write: 1 }], request: 0 };
  expect(await read({ a: entry })).toEqual({
    prices: {
      a: { input: 0.15, output: 0.6, cachedInput: 0.075, tiers: [{ above: 10, cacheWrite: 1 }], request: 0 },
    },
    invalid: 0,
  });
});

test('prices of one token are read as written, other members beside them say nothing', async () => {
  const entry = {
    max_tokens: 16_384,
    litellm_provider: 'openai',
    input_cost_per_token: 1.5e-7,
    output_cost_per_token: 6e-7,
    cache_read_input_token_cost: 7.5e-8,
    cache_creation_input_token_cost: null,
    output_cost_per_reasoning_token: 9e-7,
    input_cost_per_token_above_200k_tokens: 3e-7,
    cache_read_input_token_cost_above_200k_tokens: 1.1e-7,
    output_cost_per_token_above_128k_tokens: 8e-7,
    supports_vision: true,
  };
  expect((await read({ m: entry })).prices).toEqual({
    m: {
      input: 0.15,
      output: 0.6,
      cachedInput: 0.075,
      reasoning: 0.9,
      tiers: [
        { above: 200_000, input: 0.3, cachedInput: 0.11 },
        { above: 128_000, output: 0.8 },
      ],
    },
  });
});

test.each([
  ['no price', {}],
  ['a negative one', { input: -1 }],
  ['a text', 'cheap'],
  ['a member that no entry has', { input: 1, inptu: 2 }],
  ['a negative one of a token', { input_cost_per_token: -1e-7 }],
  ['no number for a token', { input_cost_per_token: 'x' }],
  ['null', null],
  ['a list', [1]],
])('an entry with %s is left out and counted', async (_what, entry) => {
  expect(await read({ good: GOOD, bad: entry })).toEqual({ prices: { good: GOOD }, invalid: 1 });
});

test('names have 256 characters at the most', async () => {
  const longest = 'n'.repeat(256);
  expect(await read({ [longest]: GOOD, [`${longest}n`]: GOOD, '': GOOD, ' ': GOOD })).toEqual({
    prices: { [longest]: GOOD },
    invalid: 3,
  });
});

test.each([
  ['<html>', 'the answer is no JSON'],
  ['', 'the answer is no JSON'],
  ['[]', 'the answer is no JSON object'],
  ['null', 'the answer is no JSON object'],
  ['{}', 'the table has no valid price'],
  ['{"a": {"input": -1}}', 'the table has no valid price'],
])('%s is no table', async (body, reason) => {
  expect(await faultOf(body)).toBe(reason);
});

test('a table has 20,000 entries at the most', async () => {
  const table = (entries: number): string =>
    JSON.stringify(Object.fromEntries(Array.from({ length: entries }, (_, at) => [`m${at}`, GOOD])));
  expect((await readPriceList(Buffer.from(table(20_000)))).prices).toHaveLength(20_000);
  expect(await faultOf(table(20_001))).toBe('the table has more than 20000 entries');
});
