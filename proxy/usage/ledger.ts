import { randomUUID } from 'node:crypto';

import type { NanoUsd } from '../core/money.ts';
import type { PriceSource } from './price-table.ts';
import type { UsageSource } from './usage.ts';

/** One call to an endpoint. */
export interface LedgerAttempt {
  readonly model: string;
  readonly provider: string;
  readonly endpoint: string;
  /** Id of a credential, or `system`. */
  readonly credential: string | null;
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  /** Null = unknown. */
  readonly cost: NanoUsd | null;
  /** Code of the error, null for an answer. */
  readonly error: string | null;
  /** Given up because another attempt of the same answer had content first: its usage is estimated. */
  readonly hedge?: true;
}

/**
 * One request that a known caller, or one without a key, was let in with. Tokens and cost are the sums of its attempts; model,
 * provider, endpoint and credential are the last one's. It holds no prompt unless `gateway.prompt_preview` asks for its beginning.
 */
export interface LedgerRow {
  /** `newLedgerId`. */
  readonly id: string;
  readonly requestId: string;
  /** When the request came, milliseconds since the epoch. */
  readonly at: number;
  readonly virtualKeyId: string | null;
  readonly userId: string | null;
  readonly teamId: string | null;
  readonly customerId: string | null;
  /** What a service says of its user, where that is no user here. */
  readonly userLabel: string | null;
  readonly service: string | null;
  readonly task: string | null;
  readonly operation: string;
  /** `model/name`; null where none was asked. */
  readonly endpoint: string | null;
  readonly modelAsked: string | null;
  readonly model: string | null;
  readonly provider: string | null;
  readonly credential: string | null;
  readonly complexity: string | null;
  readonly tier: string | null;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  /** Null = unknown; 0 for a hit, and for what was refused before an endpoint was asked. */
  readonly cost: NanoUsd | null;
  readonly savedByRouting: NanoUsd | null;
  /** What the answer had cost, for a request that was answered by the cache or joined another's generation. */
  readonly savedByCache: NanoUsd | null;
  readonly priceSource: PriceSource;
  readonly usageSource: UsageSource;
  readonly cached: boolean;
  readonly status: number;
  readonly errorCode: string | null;
  readonly latencyMs: number;
  readonly attempts: readonly LedgerAttempt[];
  /** With `gateway.prompt_preview`, of a request of a service: the first 200 characters of the prompt. */
  readonly promptPreview?: string;
}

/** Unique, and sorts by time: a batch is written in this order by every replica. */
export function newLedgerId(at: number): string {
  return `${at.toString(16).padStart(12, '0')}-${randomUUID()}`;
}

export const GROUP_COLUMNS = ['key', 'user', 'team', 'customer', 'model', 'endpoint', 'provider', 'day'] as const;
export type GroupColumn = (typeof GROUP_COLUMNS)[number];

/** A day of a calendar: `start` ≤ at < `end`, milliseconds since the epoch. */
export interface DaySpan {
  /** YYYY-MM-DD */
  readonly day: string;
  readonly start: number;
  readonly end: number;
}

/** Whose rows; members that are left out let every row pass. */
export interface RowOwner {
  readonly virtualKeyId?: string;
  readonly userId?: string;
  readonly teamId?: string;
  readonly customerId?: string;
}

export interface UsageQuery {
  /** Left out = of everyone. What a level of the chain has spent since a moment is the total of such a query. */
  readonly owner?: RowOwner;
  /** Rows with this task do not count. */
  readonly withoutTask?: string;
  /** Whose key the last call was made with: the operator's (or none), or one of the caller's own. */
  readonly keyOf?: 'operator' | 'caller';
  /** Without repetition; none = everything is one group. */
  readonly groupBy: readonly GroupColumn[];
  /** Inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** For `day`: the days that cover `from` to `to`, in their order. */
  readonly days: readonly DaySpan[];
  readonly limit: number;
  readonly offset: number;
}

export interface UsageSums {
  readonly requests: bigint;
  readonly cachedRequests: bigint;
  /** Requests that ended with a status of 400 or more. */
  readonly errors: bigint;
  readonly inputTokens: bigint;
  readonly cachedTokens: bigint;
  readonly outputTokens: bigint;
  readonly cost: NanoUsd;
  readonly savedByCache: NanoUsd;
  readonly savedByRouting: NanoUsd;
  /** Requests whose cost is unknown; it is not in `cost`. */
  readonly unpricedRequests: bigint;
}

export interface UsageGroup {
  /** In the order of `groupBy`; null = rows without such a thing. */
  readonly values: readonly (string | null)[];
  readonly sums: UsageSums;
}

export interface UsagePage {
  /** Sorted by their values, null last. */
  readonly groups: readonly UsageGroup[];
  /** Over all groups, not only those of the page; of the same moment. */
  readonly totals: UsageSums;
  /** All groups. */
  readonly count: number;
}

export interface RowFilter extends RowOwner {
  readonly limit: number;
}

/** Where rows are kept. */
export interface LedgerStore {
  /** All or none. A row whose id is there already is not written again: a batch may be sent twice. */
  insert(rows: readonly LedgerRow[]): Promise<void>;
  /** Whether an error of `insert` says that the store is away, and not that a row is wrong. */
  isAway(error: unknown): boolean;
  usage(query: UsageQuery): Promise<UsagePage>;
  /** Times of the first and the last row; undefined without rows. */
  extent(): Promise<{ readonly first: number; readonly last: number } | undefined>;
  /** Newest first. */
  recent(filter: RowFilter): Promise<readonly LedgerRow[]>;
  /** Deletes up to `limit` of the oldest rows before `at`. Returns how many. */
  deleteBefore(at: number, limit: number): Promise<number>;
}
