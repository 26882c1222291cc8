import type { Generation } from '../../generation/generate.ts';
import type { Prompt } from '../../generation/prompt.ts';
import type { Tokenizer } from '../../generation/tokenizer.ts';
import { json } from '../json.ts';
import type { Body } from '../validate.ts';

export interface ChatUsage {
  readonly prompt: number;
  readonly completion: number;
  readonly cached: number;
  readonly reasoning: number;
}

/** 3 for the whole, and for each message 3, its role, its content, and its name with 1 more; reasoning models one less. */
export function chatPromptTokens(prompt: Prompt, body: Body, tokenizer: Tokenizer): number {
  const count = (text: string): number => tokenizer.count(text, prompt.model.encoding);
  const tools = body['tools'] === undefined ? 0 : count(json(body['tools']));
  const messages = prompt.turns.reduce((sum, turn) => {
    // A tool turn's name is no part of the request: it was looked up.
    const named = turn.name === undefined || turn.role === 'tool' ? 0 : 1 + count(turn.name);
    return sum + 3 + count(turn.role) + count(turn.text) + named;
  }, 0);
  return 3 + messages + tools - Number(prompt.model.reasoning);
}

/** Tokens of all `choices` answers together. */
export function chatUsage(prompt: Prompt, answer: Generation, promptTokens: number, choices: number): ChatUsage {
  const each = answer.visibleTokens + prompt.model.chatOverhead + answer.reasoningTokens;
  const bounded = prompt.scripted === undefined ? Math.min(each, prompt.maxTokens ?? each) : each;
  return {
    prompt: answer.usage?.inputTokens ?? promptTokens,
    completion: answer.usage?.outputTokens ?? bounded * choices,
    cached: answer.usage?.cachedTokens ?? 0,
    reasoning: answer.reasoningTokens * choices,
  };
}

export function chatUsageJson(usage: ChatUsage): string {
  return (
    `{"prompt_tokens":${usage.prompt},"completion_tokens":${usage.completion},"total_tokens":${usage.prompt + usage.completion},` +
    `"prompt_tokens_details":{"cached_tokens":${usage.cached},"audio_tokens":0},` +
    `"completion_tokens_details":{"reasoning_tokens":${usage.reasoning},"audio_tokens":0,` +
    `"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}`
  );
}
