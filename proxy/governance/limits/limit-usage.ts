import { limitsToReset } from './chain.ts';
import type { LimitBook } from './limit-book.ts';
import type { Counters, Reading, Snapshot } from './types.ts';

/** Usage of a budget or a rate limit in the windows that are open now. Times are in ms since the epoch. */
export interface ScopeUsage {
  /** Nano-USD. */
  readonly cost: bigint;
  readonly tokens: number;
  readonly requests: number;
  readonly costLastReset?: number;
  readonly tokensLastReset?: number;
  readonly requestsLastReset?: number;
}

export interface LimitUsageOptions {
  readonly counters: Counters;
  readonly book: LimitBook;
  /** Whether the counters go on from memory, because Redis is away. */
  readonly isLocal: () => boolean;
}

/** The counters as administrators see them: by the ids of budgets and rate limits. */
export class LimitUsage {
  readonly #options: LimitUsageOptions;

  constructor(options: LimitUsageOptions) {
    this.#options = options;
  }

  /** Scopes without a counter are left out. */
  async read(scopeIds: readonly string[]): Promise<ReadonlyMap<string, ScopeUsage>> {
    const { counters, book } = this.#options;
    const wanted = scopeIds.flatMap((scopeId) => book.ofScope(scopeId).map((limit) => ({ scopeId, limit })));
    const readings = await counters.read(wanted.map(({ limit }) => limit));
    const usage = new Map<string, ScopeUsage>();
    for (const [index, { scopeId }] of wanted.entries()) {
      const reading = readings[index];
      const before = usage.get(scopeId) ?? { cost: 0n, tokens: 0, requests: 0 };
      if (reading !== undefined) usage.set(scopeId, { ...before, ...usageOf(reading) });
    }
    return usage;
  }

  /** Zero at once: all of the key, or what it has for a model or provider; no level above it. */
  async reset(request: { readonly keyId: string; readonly provider?: string; readonly model?: string }): Promise<void> {
    const { counters, book } = this.#options;
    const key = book.limitsOf(request.keyId);
    if (key !== undefined) await counters.reset(limitsToReset(key, request));
  }

  /** Takes away what deleted budgets and rate limits, or a deleted key, had used. */
  async forget(gone: { readonly keyId?: string; readonly scopeIds: readonly string[] }): Promise<void> {
    const { counters, book } = this.#options;
    const scopeIds = gone.keyId === undefined ? gone.scopeIds : [...gone.scopeIds, `key/${gone.keyId}`];
    await counters.forget(scopeIds.flatMap((scopeId) => book.ofScope(scopeId)));
  }

  /** For diagnosis: what this process knows of each counter that was used. */
  dump(): Promise<readonly object[]> {
    const { counters } = this.#options.counters.snapshot();
    return Promise.resolve(
      counters.map(({ limit: { id, level, scope, unit, max, windowText }, used, start }) => ({
        id,
        level,
        ...(scope === null ? {} : { [scope.kind]: scope.name }),
        unit,
        used: String(used),
        max: max === null ? null : String(max),
        window: windowText,
        last_reset: new Date(start).toISOString(),
      })),
    );
  }

  /** Undefined while the counters work, else one sentence. */
  trouble(): Promise<string | undefined> {
    const { isLocal } = this.#options;
    return Promise.resolve(isLocal() ? 'Redis is unreachable; limits are counted by this process alone.' : undefined);
  }
}

/** Rows that were kept outside, joined with the limits that are known now; what has no limit any more is left out. */
export function snapshotFrom(
  book: LimitBook,
  kept: { readonly epoch: string | undefined; readonly rows: readonly { id: string; used: bigint; start: number }[] },
): Snapshot {
  const limits = new Map([...book.all()].map((limit) => [limit.id, limit]));
  const counters = kept.rows.flatMap(({ id, used, start }) => {
    const limit = limits.get(id);
    return limit === undefined ? [] : [{ limit, used, start }];
  });
  return { epoch: kept.epoch, counters };
}

function usageOf({ limit, used, start }: Reading): Partial<ScopeUsage> {
  if (limit.unit === 'cost') return { cost: used, costLastReset: start };
  const count = Number(used);
  return limit.unit === 'tokens'
    ? { tokens: count, tokensLastReset: start }
    : { requests: count, requestsLastReset: start };
}
