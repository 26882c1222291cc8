import type { Conversation } from './conversation.ts';

/** Most tokens of one answer, by the name of the endpoint's model; the first pattern that fits counts. */
const MOST: readonly (readonly [model: RegExp, tokens: number])[] = [
  [/^gpt-5[\d.]*-chat/, 16_384],
  [/^gpt-5/, 128_000],
  [/^o1-preview/, 32_768],
  [/^o1-mini/, 65_536],
  [/^o\d/, 100_000],
  [/^gpt-4\.1/, 32_768],
  [/^gpt-4o-2024-05-13/, 4_096],
  [/^(?:chatgpt-4o|gpt-4o)/, 16_384],
  [/^(?:gpt-4-turbo|gpt-3\.5)/, 4_096],
  [/^gpt-4/, 8_192],
  [/^gemini-(?:1|2\.0)/, 8_192],
  [/^gemini-.*-image/, 32_768],
  [/^gemini-/, 65_536],
];

/**
 * How long the answer may be. Messages clients must set a limit, and libraries set the most that the model takes which they were told:
 * what goes beyond the endpoint's model is no wish, and means the same as its most. A limit that a client need not set stays as it is.
 */
export function answerLimit({ family, maxTokens }: Conversation, model: string): number | undefined {
  if (family !== 'messages' || maxTokens === undefined) return maxTokens;
  const name = model.slice(model.lastIndexOf('/') + 1);
  const most = MOST.find(([pattern]) => pattern.test(name))?.[1];
  return most === undefined ? maxTokens : Math.min(maxTokens, most);
}
