import type { JsonObject } from '../../core/json.ts';
import { numberOf, objectOf } from '../fields.ts';
import type { NeutralUsage } from '../steps.ts';

/** `usage` of a chat completion; undefined where it says nothing. Compatible servers have names of their own for cached tokens. */
export function readChatUsage(usage: JsonObject | undefined): NeutralUsage | undefined {
  const input = numberOf(usage?.['prompt_tokens']);
  if (usage === undefined || input === undefined) return undefined;
  const prompt = objectOf(usage['prompt_tokens_details']);
  const completion = objectOf(usage['completion_tokens_details']);
  const output = numberOf(usage['completion_tokens']) ?? 0;
  // Gemini's compatible endpoint leaves its thoughts out of completion_tokens, and has them in the total.
  const hidden = Math.max(0, (numberOf(usage['total_tokens']) ?? 0) - input - output);
  const reasoning = numberOf(completion?.['reasoning_tokens']) ?? (hidden === 0 ? undefined : hidden);
  const cacheRead = cachedTokens(usage, prompt);
  const cacheWrite = numberOf(prompt?.['cache_write_tokens']);
  return {
    input,
    output: output + hidden,
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    ...(reasoning === undefined ? {} : { reasoning }),
  };
}

function cachedTokens(usage: JsonObject, details: JsonObject | undefined): number | undefined {
  const known = numberOf(details?.['cached_tokens']) ?? numberOf(usage['prompt_cache_hit_tokens']);
  return known ?? numberOf(usage['num_cached_tokens']);
}

/** `usage` as the real API writes it: zeros are written, unknown counts are zero. */
export function writeChatUsage({ input, output, cacheRead, cacheWrite, reasoning }: NeutralUsage): JsonObject {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: {
      cached_tokens: cacheRead ?? 0,
      audio_tokens: 0,
      ...(cacheWrite === undefined ? {} : { cache_write_tokens: cacheWrite }),
    },
    completion_tokens_details: {
      reasoning_tokens: reasoning ?? 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
