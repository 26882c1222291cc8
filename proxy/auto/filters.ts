import type { NanoUsd } from '../core/money.ts';
import type { Candidate, Requirements } from './candidate.ts';
import { estimateOf } from './estimate.ts';
import { planAllows, type Plan } from './plan.ts';

/** Filters that are never relaxed, in the order in which they are asked: the first that a model fails is the reason. */
export const HARD_FILTERS = [
  'governance',
  'plan',
  'tools',
  'structured',
  'vision',
  'context',
  'no_credential',
  'no_endpoint',
  'cost',
] as const;
export type HardFilter = (typeof HARD_FILTERS)[number];

export interface FilterQuestion {
  readonly requirements: Requirements;
  readonly plan?: Plan | undefined;
  /** What one request may cost on the operator's credentials; undefined = no cap. */
  readonly costCap?: NanoUsd | undefined;
  /** Tokens of an answer whose request sets no limit: `auto.output_tokens`. */
  readonly outputTokens: number;
}

type Passes = (candidate: Candidate, question: FilterQuestion) => boolean;

const PASSES: Readonly<Record<HardFilter, Passes>> = {
  governance: ({ blocked }) => blocked === undefined,
  plan: ({ model, credential }, { plan }) => planAllows(plan, model, credential),
  tools: ({ traits }, { requirements }) => traits.tools || !requirements.tools,
  structured: ({ traits }, { requirements }) => traits.structured || !requirements.structured,
  vision: ({ traits }, { requirements }) => traits.vision || !requirements.vision,
  context: ({ traits }, { requirements }) => requirements.contextTokens <= traits.contextWindow,
  no_credential: ({ credential }) => credential !== 'none',
  no_endpoint: ({ admitting }) => admitting,
  cost: passesCap,
};

/** The first hard filter that the candidate fails; undefined = it passes all but those that `without` names. */
export function failedFilter(
  candidate: Candidate,
  question: FilterQuestion,
  without?: ReadonlySet<HardFilter>,
): HardFilter | undefined {
  return HARD_FILTERS.find((filter) => without?.has(filter) !== true && !PASSES[filter](candidate, question));
}

/** A caller's own credential pays for itself, so no cap concerns it. Under a cap an unknown price is too much. */
function passesCap({ credential, price }: Candidate, { costCap, requirements, outputTokens }: FilterQuestion): boolean {
  if (costCap === undefined || credential === 'own') return true;
  const estimate = estimateOf(price, requirements, outputTokens);
  return estimate !== null && estimate <= costCap;
}
