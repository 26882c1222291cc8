import type { Generation } from '../../generation/generate.ts';
import type { CacheUse } from '../../generation/prompt-cache.ts';
import type { Prompt } from '../../generation/prompt.ts';
import { cacheUse } from '../cached-prompt.ts';
import { json } from '../json.ts';
import type { DialectContext } from '../reply.ts';
import type { Body } from '../validate.ts';
import { inputTokens } from './prompt.ts';

export interface ResponseUsage {
  readonly input: number;
  readonly output: number;
  /** Compact JSON. */
  readonly json: string;
}

const NONE: CacheUse = { read: 0, written: 0 };

/** Counts of a response. The prompt cache remembers its prompt. */
export function responseUsage(prompt: Prompt, answer: Generation, body: Body, context: DialectContext): ResponseUsage {
  const natural = answer.visibleTokens + prompt.model.responsesOverhead + answer.reasoningTokens;
  const bounded = prompt.scripted === undefined ? Math.min(natural, prompt.maxTokens ?? natural) : natural;
  const claimed = answer.usage;
  const input = claimed?.inputTokens ?? inputTokens(prompt, body, context.tokenizer);
  const output = claimed?.outputTokens ?? bounded;
  const texts = (): readonly string[] => [
    json(body['tools'] ?? ''),
    prompt.instructions,
    ...prompt.turns.map((turn) => `${turn.role}\n${turn.text}`),
  ];
  const cache = claimed?.cachedTokens === undefined ? cacheUse(body, prompt.model, input, texts, context) : NONE;
  const cached = claimed?.cachedTokens ?? cache.read;
  const written = prompt.model.showsCacheWrites ? `,"cache_write_tokens":${cache.written}` : '';
  return {
    input,
    output,
    json:
      `{"input_tokens":${input},"input_tokens_details":{"cached_tokens":${cached}${written}},` +
      `"output_tokens":${output},"output_tokens_details":{"reasoning_tokens":${answer.reasoningTokens}},` +
      `"total_tokens":${input + output}}`,
  };
}
