import type { PlanConfig } from '../../config/gateway.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { RouteFamily } from '../../core/route-families.ts';
import type { KeyDirectory } from '../../governance/directory.ts';
import type { BudgetUnit } from '../../governance/limits/gates.ts';
import type { LimitBook } from '../../governance/limits/limit-book.ts';
import type { MonthlyCaps } from '../../governance/limits/monthly-caps.ts';
import type { Charged, Counters } from '../../governance/limits/types.ts';
import type { PreferenceDirectory } from '../../governance/preferences/types.ts';
import type { ObjectOwners } from '../../governance/objects/types.ts';
import type { Holder } from '../../governance/lookup.ts';
import type { UnknownCost } from '../../usage/cost.ts';
import type { LedgerRow } from '../../usage/ledger.ts';
import type { PriceTable } from '../../usage/price-table.ts';
import type { BatchTracking } from './batches.ts';
import type { CredentialTools } from './own-keys.ts';
import type { GatewayTools } from '../gateway/types.ts';
import type { GovernedStages } from './stages.ts';

/** What stages need where keys, limits and the ledger are on. One snapshot a configuration, as `Runtime`. */
export interface GovernedTools {
  readonly stages: GovernedStages;
  readonly directory: Pick<KeyDirectory, 'lookup' | 'lookupId'>;
  readonly counters: Counters;
  /** Caps of a calendar month, as limits beside those of the chain. */
  readonly monthly: Pick<MonthlyCaps, 'before' | 'counted'>;
  /** `auto.output_tokens`: of a request that sets no limit, where its cost is estimated. */
  readonly outputTokens: number;
  /** Limits by the id of their key, user, team or customer. */
  readonly book: Pick<LimitBook, 'limitsOf'>;
  readonly prices: Pick<PriceTable, 'find'>;
  readonly ledger: { append(row: LedgerRow): void };
  readonly unit: BudgetUnit;
  /** Families that the file itself names under `passthrough.allow`: open to keys that are limited to some models, too. */
  readonly openRoutes: ReadonlySet<RouteFamily>;
  /** Owners of what providers keep. */
  readonly owners: ObjectOwners;
  readonly batches: BatchTracking;
  readonly watch: GovernanceWatch;
  /** What callers want of the model `auto`, and the caps that they have set for themselves. */
  readonly preferences: PreferenceDirectory;
  /** The plan of the customer, else `default`; undefined = nothing is restricted. */
  readonly plans: { of(holder: Holder | undefined): PlanConfig | undefined };
  /** Keys that users have stored. */
  readonly credentials?: CredentialTools;
  /** Present where services have a key. */
  readonly gateway?: GatewayTools;
}

/** Hears of what happens, for metrics, log and webhooks. None of it throws. */
export interface GovernanceWatch {
  /** A request was refused before it had a row in the ledger, or by a gate. */
  refused(code: ErrorCode): void;
  /** A request whose cost is unknown. */
  unpriced(reason: UnknownCost, model: string): void;
  /** An endpoint reported usage that cannot be; these members were corrected. */
  impossibleUsage(requestId: string, members: readonly string[]): void;
  /** Messages of sessions that could not be read: what they were billed is unknown. */
  unread(messages: number): void;
  /** Counters were charged: budgets may have crossed a threshold of warnings. */
  charged(charged: readonly Charged[], holder: Holder): void;
}
