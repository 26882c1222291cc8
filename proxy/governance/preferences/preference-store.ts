import { DetailFault, unprocessable } from '../../core/detail-fault.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Reader, Writer } from '../../database/open.ts';
import type { OwnerKind } from '../../database/tables.ts';
import { recordStored } from '../audit.ts';
import { findRow } from '../rows.ts';
import type { StoreAccess } from '../store-access.ts';
import { preferencesView, type PreferencesView } from './shown.ts';
import { preferenceColumns, storedPreferences } from './stored-row.ts';
import { NOTHING_STORED, TIER_NAMES, type StoredPreferences } from './types.ts';

/** What is answered for an id that nothing has. */
export const NO_OWNER = 'There is no virtual key, user, team or customer with this id.';

const TABLE = 'llmproxy_preferences';
const KIND = 'preferences';
/** Where an id is looked for. */
const OWNERS = ['virtual_key', 'user', 'team', 'customer'] as const satisfies readonly OwnerKind[];

/** Preferences of virtual keys, users, teams and customers. Throws DetailFault 404 for an id that none of them has. */
export class PreferenceStore {
  readonly #access: StoreAccess;

  constructor({ access }: { readonly access: StoreAccess }) {
    this.#access = access;
  }

  async get(id: string): Promise<PreferencesView> {
    const stored = await this.#access.read(async (db) => {
      await ownerOf(db, id);
      return found(db, id);
    });
    return preferencesView(id, stored ?? NOTHING_STORED);
  }

  /** What is absent stays, null clears. Throws DetailFault 422 where the least tier would be above the greatest. */
  async update(id: string, change: Partial<StoredPreferences>, actor: string): Promise<PreferencesView> {
    const stored = await this.#access.write(async (db) => {
      const owner = await ownerOf(db, id);
      const before = await found(db, id);
      const after = { ...(before ?? NOTHING_STORED), ...change };
      assertOrdered(after, change);
      if (isSame(before ?? NOTHING_STORED, after)) return after;
      const at = this.#access.now();
      const columns = { ...preferenceColumns(after), updated_at: at };
      const isEmpty = isSame(after, NOTHING_STORED);
      if (isEmpty) await db.deleteFrom(TABLE).where('id', '=', id).execute();
      else if (before === undefined) {
        await db
          .insertInto(TABLE)
          .values({ id, owner_kind: owner, ...columns })
          .execute();
      } else await db.updateTable(TABLE).set(columns).where('id', '=', id).execute();
      const action = isEmpty ? 'delete' : before === undefined ? 'create' : 'update';
      const texts = {
        ...(before === undefined ? {} : { before: audited(before) }),
        ...(isEmpty ? {} : { after: audited(after) }),
      };
      await recordStored(db, { at, actor, action, kind: KIND, id, ...texts });
      return after;
    });
    return preferencesView(id, stored);
  }

  /** Whether there are any or not. */
  async remove(id: string, actor: string): Promise<void> {
    await this.#access.write(async (db) => {
      await ownerOf(db, id);
      await this.removeWith(db, id, actor);
    });
  }

  /** In the transaction that deletes the virtual key, user, team or customer. */
  async removeWith(db: Writer, id: string, actor: string): Promise<void> {
    const before = await found(db, id);
    if (before === undefined) return;
    await db.deleteFrom(TABLE).where('id', '=', id).execute();
    const at = this.#access.now();
    await recordStored(db, { at, actor, action: 'delete', kind: KIND, id, before: audited(before) });
  }
}

async function ownerOf(db: Reader, id: string): Promise<OwnerKind> {
  // Postgres keeps no such character in a text.
  if (!id.includes('\0')) {
    for (const kind of OWNERS) if ((await findRow(db, kind, id)) !== undefined) return kind;
  }
  throw new DetailFault(404, NO_OWNER);
}

async function found(db: Reader, id: string): Promise<StoredPreferences | undefined> {
  const row = await db.selectFrom(TABLE).selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : storedPreferences(row);
}

function assertOrdered({ minTier, maxTier }: StoredPreferences, change: Partial<StoredPreferences>): void {
  if (minTier === null || maxTier === null) return;
  if (TIER_NAMES.indexOf(minTier) <= TIER_NAMES.indexOf(maxTier)) return;
  const member = change.minTier == null ? 'max_tier' : 'min_tier';
  const msg = `min_tier ('${minTier}') should not be above max_tier ('${maxTier}')`;
  throw unprocessable({ type: 'value_error', loc: ['body', member], msg });
}

function isSame(one: StoredPreferences, other: StoredPreferences): boolean {
  return JSON.stringify(audited(one)) === JSON.stringify(audited(other));
}

/** What is said, by the names of the API. */
function audited(stored: StoredPreferences): JsonObject {
  return {
    default_tier: stored.defaultTier,
    min_tier: stored.minTier,
    max_tier: stored.maxTier,
    auto_escalation: stored.autoEscalation,
    cache_aware: stored.cacheAware,
    preferred_providers: stored.preferredProviders === null ? null : [...stored.preferredProviders],
    max_cost_per_request_cents: stored.maxCostPerRequestCents,
    monthly_budget_cents: stored.monthlyBudgetCents,
  };
}
