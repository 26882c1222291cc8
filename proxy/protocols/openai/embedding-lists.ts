import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { parseObject } from '../../wire/json-object.ts';
import type { AnswersLists } from '../types.ts';

/** Inputs of a list that is taken apart: the most that OpenAI takes. */
const MOST_INPUTS = 2_048;

/** Lists of texts, or of arrays of tokens. One array of tokens is one input. */
export const embeddingLists: AnswersLists = { member: 'input', inputs, split, join };

function inputs({ input }: JsonObject): readonly Json[] | undefined {
  if (!Array.isArray(input) || input.length === 0 || input.length > MOST_INPUTS) return undefined;
  const isTexts = input.every((one) => typeof one === 'string');
  const isTokens = input.every((one) => Array.isArray(one) && one.every((token) => typeof token === 'number'));
  return isTexts || isTokens ? input : undefined;
}

/** Usage is said for the whole: each input has the part of it that its length is, and all parts together are the whole. */
function split(answer: Buffer, asked: readonly Json[]): readonly Buffer[] | undefined {
  const body = parseObject(answer.toString());
  const data = body?.['data'];
  if (!body || !Array.isArray(data) || data.length !== asked.length) return undefined;
  const ordered: JsonObject[] = [];
  for (const one of data) {
    if (!isJsonObject(one) || !isEmbedding(one['embedding'])) return undefined;
    const { index } = one;
    if (typeof index !== 'number' || !(index in asked) || ordered[index] !== undefined) return undefined;
    ordered[index] = one;
  }
  const { data: _data, usage, ...rest } = body;
  const tokens = isJsonObject(usage) ? usage['prompt_tokens'] : undefined;
  const shares = typeof tokens === 'number' ? sharesOf(tokens, asked.map(weightOf)) : undefined;
  return ordered.map((one, at) =>
    bytesOf({ ...rest, data: [{ ...one, index: 0 }], ...(shares ? { usage: usageOf(shares[at] ?? 0) } : {}) }),
  );
}

function join(answers: readonly Buffer[]): Buffer {
  const bodies = answers.map((answer) => parseObject(answer.toString()) ?? {});
  let total: number | undefined = 0;
  const data = bodies.map(({ data: list, usage }, index) => {
    const tokens = isJsonObject(usage) ? usage['prompt_tokens'] : undefined;
    total = typeof tokens === 'number' && total !== undefined ? total + tokens : undefined;
    const [one] = Array.isArray(list) ? list : [];
    return isJsonObject(one) ? { ...one, index } : { index };
  });
  const { data: _data, usage: _usage, ...rest } = bodies[0] ?? {};
  return bytesOf({ ...rest, data, ...(total === undefined ? {} : { usage: usageOf(total) }) });
}

function isEmbedding(value: unknown): boolean {
  return (typeof value === 'string' || Array.isArray(value)) && value.length > 0;
}

function usageOf(tokens: number): JsonObject {
  return { prompt_tokens: tokens, total_tokens: tokens };
}

/** Tokens where they are given, else bytes of text. */
function weightOf(input: Json): number {
  return typeof input === 'string' ? Buffer.byteLength(input) : (input as readonly Json[]).length;
}

/** Whole numbers in proportion to the weights whose sum is `total`: what rounding leaves goes to the largest remainders. */
function sharesOf(total: number, weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0) || 1;
  const exact = weights.map((weight) => (total * weight) / sum);
  const shares = exact.map(Math.floor);
  let left = total - shares.reduce((all, share) => all + share, 0);
  const byRemainder = exact
    .map((share, at) => ({ at, remainder: share - Math.floor(share) }))
    .toSorted((a, b) => b.remainder - a.remainder || a.at - b.at);
  for (const { at } of byRemainder) {
    if (left <= 0) break;
    shares[at] = (shares[at] ?? 0) + 1;
    left -= 1;
  }
  return shares;
}

function bytesOf(body: object): Buffer {
  return Buffer.from(JSON.stringify(body));
}
