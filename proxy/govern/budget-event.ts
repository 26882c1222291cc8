import { usageView, type BudgetUnit } from '../governance/amounts.ts';
import type { BudgetWarning } from '../governance/limits/warnings.ts';
import type { Holder } from '../governance/lookup.ts';

export interface BudgetEvent {
  readonly type: 'budget.threshold_reached';
  /** The same for every try, and for no other threshold, budget or window. */
  readonly id: string;
  /** RFC 3339. */
  readonly time: string;
  readonly level: 'virtual_key' | 'user' | 'team' | 'customer' | 'monthly';
  /** Of the virtual key, user, team or customer that has the budget. */
  readonly owner: { readonly id: string; readonly name: string };
  /** The budget is for one model or provider of the key. */
  readonly model?: string;
  readonly provider?: string;
  /** Percent. */
  readonly threshold: number;
  readonly used: unknown;
  readonly max_limit: unknown;
  readonly unit: BudgetUnit;
  readonly window_started_at: string;
  /** The request that has reached it came with this key; null = from a service, for a user. */
  readonly virtual_key_id: string | null;
}

/** What the log and the webhook say of a budget that has reached a threshold. */
export function budgetEvent(warning: BudgetWarning, holder: Holder, unit: BudgetUnit, now: number): BudgetEvent {
  const { scope, limitId, threshold, windowStart } = warning;
  const level = warning.level === 'key' ? 'virtual_key' : warning.level;
  const isOwner = ({ kind, id }: Holder['levels'][number]): boolean =>
    level === 'monthly' ? limitId.split('/')[2] === id : kind === level;
  const owner = holder.levels.find(isOwner) ?? holder.key ?? holder.levels[0];
  return {
    type: 'budget.threshold_reached',
    id: `${limitId}/${windowStart}/${threshold}`,
    time: new Date(now).toISOString(),
    level,
    owner: { id: owner?.id ?? '', name: owner?.name ?? '' },
    ...(scope === null ? {} : { [scope.kind]: scope.name }),
    threshold,
    used: usageView(warning.used, unit),
    max_limit: usageView(warning.max, unit),
    unit,
    window_started_at: new Date(windowStart).toISOString(),
    virtual_key_id: holder.key?.id ?? null,
  };
}
