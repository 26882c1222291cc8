import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { tokenUsage } from '../token-usage.ts';
import type { TokenUsage } from '../types.ts';

/** Reads `usage` of chat completions, legacy completions and embeddings; undefined when there is none. */
export function chatUsage(usage: Json | undefined): TokenUsage | undefined {
  if (!isJsonObject(usage)) return undefined;
  const input = numberOf(usage['prompt_tokens']);
  if (input === undefined) return undefined;
  const prompt = objectOf(usage['prompt_tokens_details']);
  const completion = objectOf(usage['completion_tokens_details']);
  const output = numberOf(usage['completion_tokens']) ?? 0;
  const reasoning = numberOf(completion['reasoning_tokens']);
  const hidden = hiddenTokens((numberOf(usage['total_tokens']) ?? 0) - input - output, reasoning);
  return tokenUsage(
    { input, output: output + hidden },
    {
      // DeepSeek and Cloudflare say it beside the details.
      cachedInput: first(prompt['cached_tokens'], usage['prompt_cache_hit_tokens'], usage['num_cached_tokens']),
      cacheWrite: numberOf(prompt['cache_write_tokens']),
      audioInput: numberOf(prompt['audio_tokens']),
      reasoning: reasoning ?? (hidden === 0 ? undefined : hidden),
      audioOutput: numberOf(completion['audio_tokens']),
    },
  );
}

/**
 * Thoughts that stand in the total alone, as at the compatible endpoints of Gemini, which has no details, and of xAI, which counts
 * them there. What else a total exceeds its parts by is not the answer's.
 */
function hiddenTokens(excess: number, reasoning: number | undefined): number {
  return excess > 0 && (reasoning === undefined || reasoning === excess) ? excess : 0;
}

/**
 * Reads `usage` of a response, and of what is made of pictures and sound, whose names for the details lack an s; undefined when it
 * counts no tokens.
 */
export function responseUsage(usage: Json | undefined): TokenUsage | undefined {
  if (!isJsonObject(usage)) return undefined;
  const input = numberOf(usage['input_tokens']);
  if (input === undefined) return undefined;
  const from = objectOf(usage['input_tokens_details'] ?? usage['input_token_details']);
  const to = objectOf(usage['output_tokens_details'] ?? usage['output_token_details']);
  return tokenUsage(
    { input, output: numberOf(usage['output_tokens']) ?? 0 },
    {
      cachedInput: numberOf(from['cached_tokens']),
      cacheWrite: numberOf(from['cache_write_tokens']),
      audioInput: freshAudio(from),
      reasoning: numberOf(to['reasoning_tokens']),
      audioOutput: numberOf(to['audio_tokens']),
    },
  );
}

/** Sound that was not read from the cache. */
function freshAudio(details: JsonObject): number | undefined {
  const audio = numberOf(details['audio_tokens']);
  const cached = numberOf(objectOf(details['cached_tokens_details'])['audio_tokens']) ?? 0;
  return audio === undefined ? undefined : Math.max(0, audio - cached);
}

function first(...values: readonly (Json | undefined)[]): number | undefined {
  return values.map(numberOf).find((value) => value !== undefined);
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
