import { estimateInput } from '../generation/usage-estimate.ts';
import type { RequestContext } from './context.ts';
import { sendObject } from './kept-answers.ts';

const ESTIMATED = ['x-llmproxy-estimated', 'tokens'] as const;

/**
 * Answers a request to count tokens where no endpoint of the model counts any: with an estimate from the text, marked so. Undefined for
 * every other operation.
 */
export function estimatedCount(context: RequestContext): (() => void) | undefined {
  const { protocol, request } = context;
  if (!protocol.countedTokens || !request) return undefined;
  return () => {
    const counted = protocol.countedTokens?.(estimateInput(request.body));
    if (counted) sendObject(context, counted, [ESTIMATED]);
  };
}
