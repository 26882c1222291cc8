import type { Generation } from '../../generation/generate.ts';
import { audioTokens } from '../../generation/media.ts';
import type { PredictionUse } from '../../generation/prediction.ts';
import { predictionUse } from '../../generation/prediction.ts';
import type { CacheUse } from '../../generation/prompt-cache.ts';
import { outputTokens } from '../../generation/output-tokens.ts';
import type { Prompt, Turn } from '../../generation/prompt.ts';
import type { Tokenizer } from '../../generation/tokenizer.ts';
import { cacheUse } from '../cached-prompt.ts';
import { contentText } from '../content.ts';
import { json } from '../json.ts';
import type { DialectContext } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { chatPromptTokens, hasNamedChoice } from './prompt-tokens.ts';

export interface ChatUsage {
  readonly prompt: number;
  readonly completion: number;
  readonly cached: number;
  readonly written: number;
  readonly reasoning: number;
  readonly audioIn: number;
  readonly audioOut: number;
  readonly prediction: PredictionUse;
}

/** What belongs to a request besides its prompt. */
export interface ChatUsageParts {
  readonly body: Body;
  readonly choices: number;
  /** Tokens of one answer's sound. */
  readonly audioTokens: number;
}

const NO_PREDICTION: PredictionUse = { accepted: 0, rejected: 0 };
const NO_CACHE: CacheUse = { read: 0, written: 0 };

function predicted(prompt: Prompt, answer: Generation, body: Body, tokenizer: Tokenizer): PredictionUse {
  const { prediction } = body;
  if (!isBody(prediction)) return NO_PREDICTION;
  const ids = (text: string): readonly number[] => tokenizer.ids(text, prompt.model.encoding);
  return predictionUse(ids(contentText(prediction['content'])), ids(answer.text ?? ''));
}

const soundTokens = (turns: readonly Turn[]): number =>
  turns.reduce((sum, { media }) => sum + (media === undefined ? 0 : audioTokens(media)), 0);

/** Tokens of all choices together. The prompt cache remembers the prompt. */
export function chatUsage(
  prompt: Prompt,
  answer: Generation,
  parts: ChatUsageParts,
  context: DialectContext,
): ChatUsage {
  const { body, choices } = parts;
  const claimed = answer.usage;
  const promptTokens = claimed?.inputTokens ?? chatPromptTokens(prompt, body, context.tokenizer);
  const prediction = predicted(prompt, answer, body, context.tokenizer);
  const wire = { protocol: 'chat', reasoned: false, headInPrompt: hasNamedChoice(body, prompt.model) } as const;
  const each = outputTokens(prompt, answer, wire, context.tokenizer) + parts.audioTokens + answer.reasoningTokens;
  const bounded = prompt.scripted === undefined ? Math.min(each, prompt.maxTokens ?? each) : each;
  const texts = (): readonly string[] => [
    json(body['tools'] ?? body['functions'] ?? ''),
    ...prompt.turns.map((turn) => `${turn.role}\n${turn.text}`),
  ];
  const cache =
    claimed?.cachedTokens === undefined ? cacheUse(body, prompt.model, promptTokens, texts, context) : NO_CACHE;
  return {
    prompt: promptTokens,
    completion: claimed?.outputTokens ?? bounded * choices + prediction.rejected,
    cached: claimed?.cachedTokens ?? cache.read,
    written: prompt.model.showsCacheWrites ? cache.written : 0,
    reasoning: answer.reasoningTokens * choices,
    audioIn: soundTokens(prompt.turns),
    audioOut: parts.audioTokens * choices,
    prediction,
  };
}

export function chatUsageJson(usage: ChatUsage): string {
  const written = usage.written === 0 ? '' : `,"cache_write_tokens":${usage.written}`;
  return (
    `{"prompt_tokens":${usage.prompt},"completion_tokens":${usage.completion},"total_tokens":${usage.prompt + usage.completion},` +
    `"prompt_tokens_details":{"cached_tokens":${usage.cached},"audio_tokens":${usage.audioIn}${written}},` +
    `"completion_tokens_details":{"reasoning_tokens":${usage.reasoning},"audio_tokens":${usage.audioOut},` +
    `"accepted_prediction_tokens":${usage.prediction.accepted},"rejected_prediction_tokens":${usage.prediction.rejected}}}`
  );
}
