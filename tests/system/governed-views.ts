import type { Entity } from './governed.ts';

/** The part of an entity's view that tests of limits look at. */
export interface BudgetView {
  readonly max_limit: number;
  readonly current_usage: number;
  readonly last_reset: string;
}

export interface RateView {
  readonly request_current_usage: number;
  readonly token_current_usage: number;
  readonly request_last_reset: string;
  readonly token_last_reset: string;
}

export const budgetOf = (entity: Entity): BudgetView => entity['budget'] as BudgetView;
export const rateOf = (entity: Entity): RateView => entity['rate_limit'] as RateView;
export const valueOf = (entity: Entity): string => String(entity['value']);
