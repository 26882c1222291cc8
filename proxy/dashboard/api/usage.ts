import { ask } from '../client.ts';

/** What can be summed: money in US dollars. */
export interface UsageSums {
  readonly requests: number;
  readonly cached_requests: number;
  readonly errors: number;
  readonly input_tokens: number;
  readonly cached_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number;
  readonly saved_by_cache_usd: number;
  readonly saved_by_routing_usd: number;
  readonly unpriced_requests: number;
}

/** The columns that a row is grouped by stand beside its sums; those of keys, users, teams and customers as `NAME_id` and `NAME_name`. */
export type UsageRow = UsageSums & Readonly<Record<string, string | number | null>>;

export interface UsageReport {
  readonly rows: readonly UsageRow[];
  readonly totals: UsageSums;
  /** All rows, not only those of the answer. */
  readonly count: number;
}

export type UsageQuery = Readonly<Record<string, string>>;

const path = (query: UsageQuery): string => `/api/governance/usage?${new URLSearchParams(query)}`;

export const usageApi = {
  report: (query: UsageQuery) => ask<UsageReport>('GET', path(query)),
  /** Address of the same report as a file, with as many rows as the route gives. */
  csv: (query: UsageQuery) => path({ ...query, format: 'csv', limit: '100000' }),
};
