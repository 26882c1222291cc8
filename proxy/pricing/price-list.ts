import { setImmediate as nextTurn } from 'node:timers/promises';

import { readPrice } from '../config/prices.ts';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { parseDecimal } from '../core/money.ts';
import type { PriceEntry } from '../core/price.ts';

/** Why there is no new table of prices; the sentence quotes nothing of an answer. */
export class PriceFault extends Error {
  override readonly name = 'PriceFault';
}

/** What a table of prices says. */
export interface PriceList {
  readonly prices: readonly (readonly [name: string, entry: PriceEntry])[];
  /** Entries that break a rule and were left out. */
  readonly invalid: number;
}

const MOST_ENTRIES = 20_000;
const LONGEST_NAME = 256;
/** Entries that are read in one turn of the event loop. */
const AT_ONCE = 1_000;

/** Reads a table of prices, a JSON object by the names of models. Throws PriceFault where it is none, or has no valid entry. */
export async function readPriceList(body: Buffer): Promise<PriceList> {
  const entries = entriesOf(body);
  const prices: [string, PriceEntry][] = [];
  for (const [at, [name, value]] of entries.entries()) {
    if (at % AT_ONCE === AT_ONCE - 1) await nextTurn();
    const isName = name.trim() !== '' && name.length <= LONGEST_NAME;
    const entry = isName ? readPrice(perMillion(value)) : undefined;
    if (entry !== undefined) prices.push([name, entry]);
  }
  if (prices.length === 0) throw new PriceFault('the table has no valid price');
  return { prices, invalid: entries.length - prices.length };
}

function entriesOf(body: Buffer): readonly (readonly [string, Json])[] {
  let table: Json;
  try {
    table = JSON.parse(body.toString()) as Json;
  } catch {
    throw new PriceFault('the answer is no JSON');
  }
  if (!isJsonObject(table)) throw new PriceFault('the answer is no JSON object');
  const entries = Object.entries(table);
  if (entries.length > MOST_ENTRIES) throw new PriceFault(`the table has more than ${MOST_ENTRIES} entries`);
  return entries;
}

/** Members of LiteLLM's table of models that are prices of one token, and what `prices` calls them. */
const PER_TOKEN: Readonly<Record<string, string>> = {
  input_cost_per_token: 'input',
  output_cost_per_token: 'output',
  cache_read_input_token_cost: 'cached_input',
  cache_creation_input_token_cost: 'cache_write',
  output_cost_per_reasoning_token: 'reasoning',
  input_cost_per_audio_token: 'audio_input',
  output_cost_per_audio_token: 'audio_output',
};
/** What a tier may say. */
const TIERED: ReadonlySet<string> = new Set(['input', 'output', 'cached_input', 'cache_write']);
const ABOVE = /^(\w+)_above_(\d{1,6})k_tokens$/;

/** An entry with prices per token as one of `prices`; any other as it is. */
function perMillion(value: Json): Json {
  if (!isJsonObject(value)) return value;
  if (!Object.hasOwn(value, 'input_cost_per_token') && !Object.hasOwn(value, 'output_cost_per_token')) return value;
  const tiers = tiersOf(value);
  return {
    ...Object.fromEntries(Object.entries(PER_TOKEN).flatMap(([theirs, ours]) => priceOf(ours, value[theirs]))),
    ...(tiers.length === 0 ? {} : { tiers }),
  };
}

function tiersOf(entry: JsonObject): JsonObject[] {
  const tiers = new Map<number, JsonObject>();
  for (const [name, value] of Object.entries(entry)) {
    const [, theirs = '', thousands = ''] = ABOVE.exec(name) ?? [];
    const ours = PER_TOKEN[theirs];
    if (ours === undefined || !TIERED.has(ours)) continue;
    const above = Number(thousands) * 1_000;
    tiers.set(above, { ...(tiers.get(above) ?? { above }), ...Object.fromEntries(priceOf(ours, value)) });
  }
  return [...tiers.values()];
}

/** Null says nothing; what is no number stays, and makes the entry invalid. */
function priceOf(name: string, value: Json | undefined): [string, Json][] {
  if (value === undefined || value === null) return [];
  const exact = typeof value === 'number' ? parseDecimal(value) : undefined;
  return [[name, exact === undefined ? value : Number(`${exact.units}e${6 - exact.scale}`)]];
}
