import type { NanoUsd } from '../core/money.ts';
import { costOf } from '../usage/cost.ts';
import type { Candidate, Requirements } from './candidate.ts';

/** What a request is expected to cost at most; null = the price is unknown. `outputTokens`: where the request sets no limit. */
export function estimateOf(
  price: Candidate['price'],
  { promptTokens, outputLimit }: Pick<Requirements, 'promptTokens' | 'outputLimit'>,
  outputTokens: number,
): NanoUsd | null {
  return costOf({ input: promptTokens, output: outputLimit ?? outputTokens }, price?.price).amount;
}
