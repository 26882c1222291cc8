import type { RequestContext } from './context.ts';
import type { Runtime } from './runtime.ts';

/** Turns that the caller has where requests wait: by the name or id of its key, else its user, team or customer; else 1. */
export function queueWeightOf(
  { principal }: Pick<RequestContext, 'principal'>,
  { queueWeights }: Pick<Runtime, 'queueWeights'>,
): number {
  if (queueWeights === undefined) return 1;
  for (const { id, name } of principal?.holder?.levels ?? []) {
    const weight = queueWeights.get(id) ?? queueWeights.get(name);
    if (weight !== undefined) return weight;
  }
  return 1;
}
