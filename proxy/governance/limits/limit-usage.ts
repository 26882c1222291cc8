import type { KeyUsage, ScopeUsage } from '../counters.ts';
import { allOf, limitsToReset } from './chain.ts';
import type { LimitBook } from './limit-book.ts';
import type { Counters, Limit, Reading, Snapshot } from './types.ts';

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

  /** Tokens and requests of these keys, or of all; what was never used is left out. */
  async usage(keyIds?: readonly string[]): Promise<readonly KeyUsage[]> {
    const { counters, book } = this.#options;
    const levels = keyIds === undefined ? book.levels() : keyIds.map((id) => [id, book.limitsOf(id)] as const);
    const wanted = [...levels].flatMap(([keyId, level]) =>
      level?.level === 'key' ? allOf(level).map((limit) => ({ keyId, limit })) : [],
    );
    const readings = await counters.read(wanted.map(({ limit }) => limit));
    const found = new Map<string, KeyUsage>();
    for (const [index, { keyId, limit }] of wanted.entries()) {
      const reading = readings[index];
      if (reading === undefined || limit.unit === 'cost') continue;
      if (reading.used === 0n && reading.start === limit.anchor) continue;
      const name = JSON.stringify([keyId, limit.scope]);
      found.set(name, { ...(found.get(name) ?? unusedOf(keyId, limit)), ...countOf(reading) });
    }
    return [...found.values()];
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
  const counters = kept.rows.flatMap(({ id, used, start }) => {
    const limit = book.limit(id);
    return limit === undefined ? [] : [{ limit, used, start }];
  });
  return { epoch: kept.epoch, counters };
}

function unusedOf(keyId: string, { scope, anchor }: Limit): KeyUsage {
  const target = scope === null ? {} : { [scope.kind]: scope.name };
  return { keyId, ...target, tokens: 0, requests: 0, tokensLastReset: anchor, requestsLastReset: anchor };
}

function countOf({ limit, used, start }: Reading): Partial<KeyUsage> {
  const count = Number(used);
  return limit.unit === 'tokens'
    ? { tokens: count, tokensLastReset: start }
    : { requests: count, requestsLastReset: start };
}

function usageOf(reading: Reading): Partial<ScopeUsage> {
  const { limit, used, start } = reading;
  return limit.unit === 'cost' ? { cost: used, costLastReset: start } : countOf(reading);
}
