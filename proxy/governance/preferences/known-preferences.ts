import { setImmediate as turn } from 'node:timers/promises';
import type { Reader } from '../../database/open.ts';
import type { AuditKind } from '../../database/tables.ts';
import type { Follower } from '../directory.ts';
import type { Holder, Level } from '../lookup.ts';
import { storedPreferences } from './stored-row.ts';
import {
  NO_PREFERENCES,
  type PreferenceDirectory,
  type PreferenceLevel,
  type PreferenceListener,
  type Preferences,
  type StoredPreferences,
} from './types.ts';

/** Rows that are read at a time. */
const PAGE = 900;

const NAMES = { virtual_key: 'key', user: 'user', team: 'team', customer: 'customer' } as const satisfies Readonly<
  Record<Level['kind'], PreferenceLevel['level']>
>;
const NO_LEVELS: readonly PreferenceLevel[] = [];

/** All preferences in memory, by the id of their virtual key, user, team or customer. */
export class KnownPreferences implements PreferenceDirectory, Follower {
  readonly #listeners = new Set<PreferenceListener>();
  #byId = new Map<string, StoredPreferences>();

  /** Of each member the nearest of the chain that says something, else the default. */
  of(holder: Holder | undefined): Preferences {
    return this.levels(holder).reduceRight<Preferences>(
      (above, { preferences }) => nearest(preferences, above),
      NO_PREFERENCES,
    );
  }

  levels(holder: Holder | undefined): readonly PreferenceLevel[] {
    if (holder === undefined || this.#byId.size === 0) return NO_LEVELS;
    return holder.levels.flatMap(({ kind, id }): PreferenceLevel[] => {
      const preferences = this.#byId.get(id);
      return preferences === undefined ? [] : [{ level: NAMES[kind], id, preferences }];
    });
  }

  /** The listener hears at once of all that is stored, then of every change. The returned function ends that. */
  onChange(listener: PreferenceListener): () => void {
    this.#listeners.add(listener);
    for (const [id, preferences] of this.#byId) listener(id, preferences);
    return () => void this.#listeners.delete(listener);
  }

  follows(kind: AuditKind): boolean {
    return kind === 'preferences';
  }

  async load(db: Reader): Promise<void> {
    const loaded = new Map<string, StoredPreferences>();
    for (let after = ''; ; await turn()) {
      const rows = await db
        .selectFrom('llmproxy_preferences')
        .selectAll()
        .where('id', '>', after)
        .orderBy('id')
        .limit(PAGE)
        .execute();
      for (const row of rows) loaded.set(row.id, storedPreferences(row));
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) break;
      after = last.id;
    }
    const before = this.#byId;
    this.#byId = loaded;
    for (const id of before.keys()) if (!loaded.has(id)) this.#announce(id, undefined);
    for (const [id, preferences] of loaded) this.#announce(id, preferences);
  }

  async apply(db: Reader, _kind: AuditKind, id: string): Promise<void> {
    const row = await db.selectFrom('llmproxy_preferences').selectAll().where('id', '=', id).executeTakeFirst();
    const preferences = row === undefined ? undefined : storedPreferences(row);
    if (preferences === undefined) this.#byId.delete(id);
    else this.#byId.set(id, preferences);
    this.#announce(id, preferences);
  }

  #announce(id: string, preferences: StoredPreferences | undefined): void {
    for (const listener of this.#listeners) listener(id, preferences);
  }
}

function nearest(own: StoredPreferences, above: Preferences): Preferences {
  return {
    defaultTier: own.defaultTier ?? above.defaultTier,
    minTier: own.minTier ?? above.minTier,
    maxTier: own.maxTier ?? above.maxTier,
    autoEscalation: own.autoEscalation ?? above.autoEscalation,
    cacheAware: own.cacheAware ?? above.cacheAware,
    preferredProviders: own.preferredProviders ?? above.preferredProviders,
    maxCostPerRequestCents: own.maxCostPerRequestCents ?? above.maxCostPerRequestCents,
    monthlyBudgetCents: own.monthlyBudgetCents ?? above.monthlyBudgetCents,
  };
}
