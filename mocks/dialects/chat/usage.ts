import type { Generation } from '../../generation/generate.ts';
import { audioTokens, mediaTokens } from '../../generation/media.ts';
import type { PredictionUse } from '../../generation/prediction.ts';
import { predictionUse } from '../../generation/prediction.ts';
import type { CacheUse } from '../../generation/prompt-cache.ts';
import type { Prompt, Turn } from '../../generation/prompt.ts';
import type { Tokenizer } from '../../generation/tokenizer.ts';
import { functionTokens } from '../../generation/tool-tokens.ts';
import { cacheUse } from '../cached-prompt.ts';
import { asText, contentText, objectsIn } from '../content.ts';
import { json } from '../json.ts';
import type { DialectContext } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';

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

function toolTokens(prompt: Prompt, body: Body, tokenizer: Tokenizer): number {
  const tools = objectsIn(body['tools']);
  const defined = [...tools.map((tool) => tool['function']), ...objectsIn(body['functions'])].filter(isBody);
  const functions = defined.map((made) => ({
    name: asText(made['name']),
    description: asText(made['description']),
    parameters: made['parameters'],
  }));
  const custom = tools.filter((tool) => tool['type'] === 'custom');
  const written = custom.reduce((sum, tool) => sum + tokenizer.count(json(tool['custom']), prompt.model.encoding), 0);
  return functionTokens(functions, prompt.model, tokenizer) + written;
}

/** 3 for the whole, and for each message 3, its role, its content, and its name with 1 more; reasoning models one less. */
export function chatPromptTokens(prompt: Prompt, body: Body, tokenizer: Tokenizer): number {
  const count = (text: string): number => tokenizer.count(text, prompt.model.encoding);
  const named = body['tools'] !== undefined || body['functions'] !== undefined;
  const tools = named ? toolTokens(prompt, body, tokenizer) : 0;
  const messages = prompt.turns.reduce((sum, turn) => {
    // A tool turn's name is no part of the request: it was looked up.
    const name = turn.name === undefined || turn.role === 'tool' ? 0 : 1 + count(turn.name);
    const media = turn.media === undefined ? 0 : mediaTokens(turn.media, prompt.model.name);
    return sum + 3 + count(turn.role) + count(turn.text) + name + media;
  }, 0);
  return 3 + messages + tools - Number(prompt.model.reasoning);
}

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
  const spoken = answer.visibleTokens + parts.audioTokens;
  const each = spoken + prompt.model.chatOverhead + answer.reasoningTokens;
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
