import { NO_PREFERENCES } from '../../governance/preferences/types.ts';
import { ManualClock } from '../../core/clock.ts';
import type { KeyEntry } from '../../governance/entries.ts';
import type { LevelSettings } from '../../governance/limits/chain.ts';
import { MemoryObjects } from '../../governance/objects/memory-objects.fixture.ts';
import { StoredOwners } from '../../governance/objects/stored-owners.ts';
import { LimitBook } from '../../governance/limits/limit-book.ts';
import { MemoryCounters } from '../../governance/limits/memory-counters.ts';
import type { KeyHolder, KeyLookup } from '../../governance/lookup.ts';
import type { LedgerRow } from '../../usage/ledger.ts';
import { compilePrice } from '../../usage/price.ts';
import { GOVERNED_STAGES } from './stages.ts';
import type { GovernedTools } from './tools.ts';

export const KEY = 'sk-lp-of-a-test';
export const HOUR_MS = 3_600_000;

export interface GovernedBed {
  readonly tools: GovernedTools;
  readonly counters: MemoryCounters;
  readonly rows: LedgerRow[];
  /** What the watch has heard, as text. */
  readonly heard: string[];
  /** What the key in `KEY` is found as. */
  found: KeyLookup;
}

export function keyEntry(change: Partial<KeyEntry> = {}): KeyEntry {
  return {
    id: 'k1',
    name: 'a key',
    digest: '',
    retired: [],
    isActive: true,
    allowedModels: null,
    allowedProviders: null,
    teamId: null,
    customerId: null,
    userId: null,
    expiresAt: null,
    createdAt: 0,
    maxConcurrency: null,
    modelAliases: new Map(),
    modelLimits: new Map(),
    providerLimits: new Map(),
    calendar: null,
    timeZone: null,
    ...change,
  };
}

export function holderOf(key: KeyEntry, above: Omit<KeyHolder, 'key' | 'levels'> = {}): KeyHolder {
  const levels = [
    { kind: 'virtual_key', id: key.id, name: key.name } as const,
    ...(above.user ? [{ kind: 'user', id: above.user.id, name: above.user.name } as const] : []),
    ...(above.team ? [{ kind: 'team', id: above.team.id, name: above.team.name } as const] : []),
    ...(above.customer ? [{ kind: 'customer', id: above.customer.id, name: above.customer.name } as const] : []),
  ];
  return { key, ...above, levels };
}

/** Tools over real counters; every model costs 1 USD per million input tokens and 2 for output. */
export function governedBed(
  clock: ManualClock,
  holder: KeyHolder = holderOf(keyEntry()),
  limits: Partial<LevelSettings> = {},
): GovernedBed {
  const counters = new MemoryCounters({ now: () => clock.now() });
  const book = new LimitBook();
  book.put(holder.key.id, 'key', { id: holder.key.id, ...limits });
  const rows: LedgerRow[] = [];
  const owners = new StoredOwners({ clock, store: new MemoryObjects() });
  const heard: string[] = [];
  const entry = { input: 1, output: 2 };
  const price = compilePrice(entry);
  const bed: GovernedBed = {
    counters,
    rows,
    heard,
    found: { state: 'active', holder },
    tools: {
      stages: GOVERNED_STAGES,
      directory: {
        lookup: (value) => (value === KEY ? bed.found : { state: 'unknown' }),
        lookupId: (id) => (id === holder.key.id ? bed.found : { state: 'unknown' }),
      },
      counters,
      book,
      monthly: { before: () => undefined, counted: () => undefined },
      outputTokens: 500,
      prices: {
        find: ({ model }) =>
          price && model !== 'unpriced' ? { source: 'catalog', entry, price, stale: false } : undefined,
      },
      ledger: { append: (row) => void rows.push(row) },
      unit: 'cents',
      openRoutes: new Set(),
      owners,
      batches: {
        made: ({ id }) => void heard.push(`made ${id}`),
        shown: (_endpoint, _api, objects) => void heard.push(...objects.map(({ id }) => `shown ${JSON.stringify(id)}`)),
        ending: (id) => Promise.resolve(void heard.push(`ending ${id}`)),
      },
      preferences: { of: () => NO_PREFERENCES, levels: () => [] },
      plans: { of: () => undefined },
      watch: {
        refused: (code) => void heard.push(`refused ${code}`),
        unpriced: (reason, model) => void heard.push(`unpriced ${reason} ${model}`),
        unread: (messages) => void heard.push(`unread ${messages}`),
        impossibleUsage: (_id, members) => void heard.push(`impossible ${members.join(' ')}`),
        charged: (charged) => void heard.push(...charged.map(({ limit, amount }) => `charged ${limit.unit} ${amount}`)),
      },
    },
  };
  return bed;
}
