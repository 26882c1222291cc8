import type { RequestContext } from './context.ts';

/**
 * Starts the generation that this exchange has built: plan, choose, send, classify, fail over. It runs by itself from here
 * on: followers come and go.
 */
export function forward(context: RequestContext): void {
  if (context.startsGeneration) context.generation?.start();
}
