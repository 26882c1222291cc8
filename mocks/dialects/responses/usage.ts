import type { Generation } from '../../generation/generate.ts';
import type { CacheUse } from '../../generation/prompt-cache.ts';
import { outputTokens } from '../../generation/output-tokens.ts';
import type { Prompt } from '../../generation/prompt.ts';
import { cacheUse } from '../cached-prompt.ts';
import { objectsIn } from '../content.ts';
import { json } from '../json.ts';
import type { DialectContext } from '../reply.ts';
import type { Body } from '../validate.ts';
import { hostedUseTokens } from './hosted/tokens.ts';
import { headOfCall, inputTokens } from './prompt-tokens.ts';

export interface ResponseUsage {
  readonly input: number;
  readonly output: number;
  /** Compact JSON. */
  readonly json: string;
}

/** What belongs to a response besides its prompt. */
export interface ResponseUsageParts {
  readonly body: Body;
  /** Items of hosted tools in its output. */
  readonly used: readonly Body[];
  /** It has a reasoning item. */
  readonly reasoned: boolean;
}

const NONE: CacheUse = { read: 0, written: 0 };

/** Counts of a response. The prompt cache remembers its prompt. */
export function responseUsage(
  prompt: Prompt,
  answer: Generation,
  { body, used, reasoned }: ResponseUsageParts,
  context: DialectContext,
): ResponseUsage {
  const wire = { protocol: 'responses', reasoned, headInPrompt: headOfCall(body, prompt.model) !== undefined } as const;
  const natural = outputTokens(prompt, answer, wire, context.tokenizer) + answer.reasoningTokens;
  const bounded = prompt.scripted === undefined ? Math.min(natural, prompt.maxTokens ?? natural) : natural;
  const claimed = answer.usage;
  const input =
    claimed?.inputTokens ??
    inputTokens(prompt, body, context.tokenizer) + hostedUseTokens(used, objectsIn(body['tools']), prompt.model);
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
