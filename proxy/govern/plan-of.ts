import { DEFAULT_PLAN, type PlanConfig } from '../config/gateway.ts';
import type { Holder } from '../governance/lookup.ts';

/** The plan that holds for a caller; undefined = nothing is restricted. A plan that is configured no more restricts nothing. */
export function planOf(plans: ReadonlyMap<string, PlanConfig>, holder: Holder | undefined): PlanConfig | undefined {
  return plans.get(holder?.customer?.plan ?? DEFAULT_PLAN);
}
