import type { Prompt, TokenBias } from './prompt.ts';
import type { EncodingName, Tokenizer } from './tokenizer.ts';

/** Repetitions of a forced token when the request sets no limit, and at most. */
const FORCED_USUALLY = 1;
const FORCED_MOST = 1000;
/** What is left of a text may join to a banned token again; after so many passes it is left as it is. */
const PASSES = 8;

/** The ends of a request's `logit_bias`; undefined when it has neither. */
export function tokenBias(value: unknown): TokenBias | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = Object.entries(value).map(([id, bias]) => [Number(id), Number(bias)] as const);
  const banned = entries.filter(([, bias]) => bias <= -100).map(([id]) => id);
  const forced = entries.filter(([, bias]) => bias >= 100).map(([id]) => id);
  return banned.length + forced.length === 0 ? undefined : { banned: new Set(banned), forced };
}

/** A forced token wins every time: it is repeated as long as the limit allows. Of several the length of the question decides. */
export function forcedPieces(bias: TokenBias, prompt: Prompt, tokenizer: Tokenizer): readonly string[] {
  const { forced } = bias;
  const id = forced[prompt.asked.length % forced.length] ?? 0;
  const text = tokenizer.decode([id], prompt.model.encoding);
  const times = Math.min(prompt.maxTokens === undefined ? FORCED_USUALLY : prompt.maxTokens + 1, FORCED_MOST);
  return Array.from({ length: times }, () => text);
}

/** The text without the banned tokens. */
export function withoutTokens(
  text: string,
  banned: ReadonlySet<number>,
  encoding: EncodingName,
  tokenizer: Tokenizer,
): string {
  let left = text;
  for (let pass = 0; pass < PASSES; pass += 1) {
    const ids = tokenizer.ids(left, encoding);
    const kept = ids.filter((id) => !banned.has(id));
    if (kept.length === ids.length) break;
    left = tokenizer.decode(kept, encoding);
  }
  return left;
}
