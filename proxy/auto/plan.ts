import type { PlanConfig } from '../config/gateway.ts';
import type { CandidateCredential } from './candidate.ts';

export type Plan = Pick<PlanConfig, 'models' | 'managed' | 'ownCredentials'>;

/**
 * Whether a plan allows a model. A credential of the user's own frees from the list and from `managed: false`, where the plan
 * allows such credentials. Names are exact or end in `*`; case counts.
 */
export function planAllows(plan: Plan | undefined, model: string, credential: CandidateCredential): boolean {
  if (plan === undefined || (credential === 'own' && plan.ownCredentials)) return true;
  return plan.managed && (plan.models === '*' || plan.models.some((entry) => names(entry, model)));
}

function names(entry: string, model: string): boolean {
  return entry.endsWith('*') ? model.startsWith(entry.slice(0, -1)) : entry === model;
}
