import { isJsonObject } from '../../core/json.ts';
import type { Json } from '../../core/json.ts';
import type { TokenUsage } from '../types.ts';

/** Reads `usage` of chat completions, legacy completions and embeddings; undefined when there is none. */
export function chatUsage(usage: Json | undefined): TokenUsage | undefined {
  return readUsage(usage, 'prompt_tokens', 'completion_tokens');
}

/** Reads `usage` of a response; undefined when there is none. */
export function responseUsage(usage: Json | undefined): TokenUsage | undefined {
  return readUsage(usage, 'input_tokens', 'output_tokens');
}

function readUsage(usage: Json | undefined, input: string, output: string): TokenUsage | undefined {
  if (!isJsonObject(usage) || typeof usage[input] !== 'number') return undefined;
  const cachedInput = detail(usage[`${input}_details`], 'cached_tokens');
  const reasoning = detail(usage[`${output}_details`], 'reasoning_tokens');
  return {
    input: usage[input],
    output: typeof usage[output] === 'number' ? usage[output] : 0,
    ...(cachedInput === undefined ? {} : { cachedInput }),
    ...(reasoning === undefined ? {} : { reasoning }),
  };
}

function detail(details: Json | undefined, name: string): number | undefined {
  const count = isJsonObject(details) ? details[name] : undefined;
  return typeof count === 'number' ? count : undefined;
}
