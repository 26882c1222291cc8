import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { NeutralUsage } from '../steps.ts';

/** Parts of an answer that were made by the model itself or by the compaction of its context; what an advisor said is apart. */
const OWN_ITERATIONS: ReadonlySet<unknown> = new Set(['message', 'compaction']);

/** Anthropic counts what was read from and written to the cache apart from `input_tokens`. */
export function readUsage(usage: JsonObject): NeutralUsage {
  const iterations = Array.isArray(usage['iterations']) ? usage['iterations'].filter(isJsonObject) : [];
  const own = iterations.filter(({ type }) => OWN_ITERATIONS.has(type));
  const counted = own.length === 0 ? [usage] : own;
  const sum = (name: string) => counted.reduce((total, item) => total + count(item[name]), 0);
  const cacheRead = sum('cache_read_input_tokens');
  const cacheWrite = sum('cache_creation_input_tokens');
  const details = usage['output_tokens_details'];
  const reasoning = isJsonObject(details) ? details['thinking_tokens'] : undefined;
  return {
    input: sum('input_tokens') + cacheRead + cacheWrite,
    output: sum('output_tokens'),
    ...(counted.some(({ cache_read_input_tokens: read }) => typeof read === 'number') ? { cacheRead } : {}),
    ...(counted.some(({ cache_creation_input_tokens: written }) => typeof written === 'number') ? { cacheWrite } : {}),
    ...(typeof reasoning === 'number' ? { reasoning } : {}),
  };
}

function count(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0;
}

/** In the order of the API's own members. */
export function writeUsage(usage: NeutralUsage, serviceTier?: string): JsonObject {
  const read = usage.cacheRead ?? 0;
  const written = usage.cacheWrite ?? 0;
  return {
    input_tokens: Math.max(0, usage.input - read - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    cache_creation: { ephemeral_5m_input_tokens: written, ephemeral_1h_input_tokens: 0 },
    output_tokens: usage.output,
    ...(usage.reasoning === undefined ? {} : { output_tokens_details: { thinking_tokens: usage.reasoning } }),
    service_tier: serviceTier === 'priority' || serviceTier === 'batch' ? serviceTier : 'standard',
  };
}
