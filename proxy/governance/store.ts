import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { DistinctTimes } from '../core/distinct-times.ts';
import type { JsonObject } from '../core/json.ts';
import { isDatabaseAway } from '../database/fault.ts';
import type { Connection, Reader, Writer } from '../database/open.ts';
import type { VirtualKeyRow } from '../database/tables.ts';
import type { BudgetUnit } from './amounts.ts';
import { recordChange, recordStored, snapshotOf, type AuditAction, type StoredChange } from './audit.ts';
import { readAudit, type AuditQuery, type AuditView } from './audit-log.ts';
import type { GovernanceCounters, ScopeUsage } from './counters.ts';
import { GovernanceFault, unavailable } from './fault.ts';
import type { Body } from './fields.ts';
import { newKeyValue, type KeyDigests } from './key-values.ts';
import { mergedBudget, mergedRateLimit, type Owner } from './limits.ts';
import { mergedNamedLimits, namedScopeIds, parseNamedLimits, scopeIdsOf, writeNamedLimits } from './named-limits.ts';
import { readPatch, type ColumnValue, type EntityKind, type Patch } from './patches.ts';
import { assertReferences, assertUnique, detachFrom } from './references.ts';
import { loadRelations, shownScopeIds, type Relations } from './relations.ts';
import { retiredAfter } from './retired-values.ts';
import {
  budgetsOf,
  deleteOwned,
  deleteRow,
  findRow,
  insertRow,
  listRows,
  rateLimitsOf,
  replaceOwned,
  updateRow,
  type EntityRow,
  type ListQuery,
} from './rows.ts';
import type { ValueSeal } from './value-seal.ts';
import { entityView } from './views.ts';

export interface StoreDeps {
  readonly database: Connection;
  readonly clock: Clock;
  readonly digests: KeyDigests;
  readonly seal: ValueSeal;
  readonly counters: GovernanceCounters;
  unit(): BudgetUnit;
  plans(): readonly string[];
  /** Awaited after each commit, before the answer: the change acts on the next request. */
  changed(): Promise<void>;
  /** In the transaction that deletes an entity, before its row goes: takes away what other tables keep of it. */
  deleting?(db: Writer, owner: Owner, actor: string): Promise<void>;
}

interface Loaded {
  readonly rows: readonly EntityRow[];
  readonly relations: Relations;
}

/**
 * Users, virtual keys, teams and customers. Every change is one transaction with its audit row, and all or nothing. Throws
 * GovernanceFault: 400 what is wrong, 404 what is not there, 503 while the database is away.
 */
export class GovernanceStore {
  readonly #deps: StoreDeps;
  readonly #made: DistinctTimes;

  constructor(deps: StoreDeps) {
    this.#deps = deps;
    this.#made = new DistinctTimes(deps.clock);
  }

  async list(kind: EntityKind, query: ListQuery): Promise<{ entities: JsonObject[]; count: number }> {
    const found = await this.#read(async (db) => {
      const { rows, count } = await listRows(db, kind, query);
      return { rows, relations: await loadRelations(db, kind, rows), count };
    });
    return { entities: await this.#views(kind, found), count: found.count };
  }

  async get(kind: EntityKind, id: string): Promise<JsonObject> {
    return this.#view(kind, await this.#read((db) => load(db, kind, id)));
  }

  async create(kind: EntityKind, body: Body, actor: string): Promise<JsonObject> {
    const patch = this.#patch(kind, body, true);
    const loaded = await this.#written(async (db) => {
      const now = new Date(this.#made.next()).toISOString();
      const id = randomUUID();
      await assertReferences(db, patch.columns);
      await assertUnique(db, kind, id, patch.columns);
      const common = { ...DEFAULTS[kind], ...patch.columns, id, created_at: now, updated_at: now };
      const row = kind === 'virtual_key' ? { ...common, ...this.#newValue(id) } : common;
      const named = this.#namedColumns({ kind, id }, undefined, patch, now);
      await insertRow(db, kind, { ...row, ...named } as unknown as EntityRow);
      await writeLimits(db, { kind, id }, patch, now);
      return this.#recorded(db, { kind, id }, { action: 'create', actor });
    });
    return this.#view(kind, loaded);
  }

  async update(kind: EntityKind, id: string, body: Body, actor: string): Promise<JsonObject> {
    const patch = this.#patch(kind, body, false);
    const gone: string[] = [];
    const loaded = await this.#written(async (db) => {
      const old = await found(db, kind, id);
      const now = this.#now();
      const before = await snapshotOf(db, { kind, id }, old);
      await assertReferences(db, patch.columns);
      await assertUnique(db, kind, id, patch.columns);
      const named = this.#namedColumns({ kind, id }, old, patch, now);
      await updateRow(db, kind, id, { ...patch.columns, ...named, updated_at: now });
      await writeLimits(db, { kind, id }, patch, now);
      gone.push(...scopeIdsOf(patch.budget === null ? before.budget : undefined));
      gone.push(...scopeIdsOf(patch.rateLimit === null ? before.rateLimit : undefined));
      return this.#recorded(db, { kind, id }, { action: 'update', actor, before });
    });
    if (gone.length > 0) await this.#deps.counters.forget({ scopeIds: gone });
    return this.#view(kind, loaded);
  }

  async remove(kind: EntityKind, id: string, actor: string): Promise<void> {
    const scopeIds = await this.#written(async (db) => {
      const row = await found(db, kind, id);
      const now = this.#now();
      const before = await snapshotOf(db, { kind, id }, row);
      await this.#deps.deleting?.(db, { kind, id }, actor);
      await detachFrom(db, kind, id, now);
      await deleteOwned(db, 'llmproxy_budgets', { kind, id });
      await deleteOwned(db, 'llmproxy_rate_limits', { kind, id });
      await deleteRow(db, kind, id);
      await recordChange(db, { at: now, actor, action: 'delete', owner: { kind, id }, before });
      const own = scopeIdsOf(before.budget, before.rateLimit);
      return kind === 'virtual_key' ? [...own, ...namedIdsOf(row as VirtualKeyRow)] : own;
    });
    await this.#deps.counters.forget({ ...(kind === 'virtual_key' ? { keyId: id } : {}), scopeIds });
  }

  /** A new value; the old one works for `graceMs` more. A grace of zero ends all earlier values at once. */
  async rotate(id: string, graceMs: number, actor: string): Promise<JsonObject> {
    const kind = 'virtual_key';
    const loaded = await this.#written(async (db) => {
      const row = await found(db, kind, id);
      const before = await snapshotOf(db, { kind, id }, row);
      const retired = retiredAfter(row as VirtualKeyRow, graceMs, this.#deps.clock.now());
      await updateRow(db, kind, id, { ...this.#newValue(id), retired, updated_at: this.#now() });
      return this.#recorded(db, { kind, id }, { action: 'rotate', actor, before });
    });
    return this.#view(kind, loaded);
  }

  /** Sets usage to zero: with a provider or model those counters alone, else everything of the key itself. */
  async resetUsage(keyId: string, of: { provider?: string; model?: string }, actor: string): Promise<void> {
    const kind = 'virtual_key';
    const scopeIds = await this.#written(async (db) => {
      const row = await found(db, kind, keyId);
      const { budget, rateLimit } = await snapshotOf(db, { kind, id: keyId }, row);
      await recordChange(db, { at: this.#now(), actor, action: 'reset_usage', owner: { kind, id: keyId } });
      return [...scopeIdsOf(budget, rateLimit), ...namedIdsOf(row as VirtualKeyRow)];
    });
    await this.#deps.counters.reset({ keyId, scopeIds, ...of });
  }

  async exists(kind: EntityKind, id: string): Promise<boolean> {
    return this.#read(async (db) => !id.includes('\0') && (await findRow(db, kind, id)) !== undefined);
  }

  /** Changes, the newest first. */
  async audit(query: AuditQuery): Promise<{ audit_logs: AuditView[]; count: number }> {
    return this.#read((db) => readAudit(db, query));
  }

  /** Puts a change into the audit log that none of its tables has. */
  async record(change: StoredChange): Promise<void> {
    await this.#asked(() => this.#deps.database.write((db) => recordStored(db, change)));
  }

  /** Forgets changes from before `time` (milliseconds since the epoch). Returns how many. */
  async trimAudit(time: number): Promise<number> {
    const until = new Date(time).toISOString();
    const { numDeletedRows } = await this.#asked(() =>
      this.#deps.database.write((db) => db.deleteFrom('llmproxy_audit').where('at', '<', until).executeTakeFirst()),
    );
    return Number(numDeletedRows);
  }

  /** How many rows the tables have. */
  async counts(): Promise<Readonly<Record<string, number>>> {
    return this.#read(async (db) => {
      const counts: Record<string, number> = {};
      for (const [name, table] of Object.entries(COUNTED)) {
        const query = db.selectFrom(table as 'llmproxy_audit').select(({ fn }) => fn.countAll<bigint>().as('count'));
        counts[name] = Number((await query.executeTakeFirstOrThrow()).count);
      }
      return counts;
    });
  }

  #patch(kind: EntityKind, body: Body, isNew: boolean): Patch {
    return readPatch(kind, body, isNew, { unit: this.#deps.unit(), plans: this.#deps.plans() });
  }

  #now(): string {
    return new Date(this.#deps.clock.now()).toISOString();
  }

  #newValue(id: string): Pick<VirtualKeyRow, 'digest' | 'sealed_value'> {
    const value = newKeyValue();
    const digest = this.#deps.digests.of(value);
    if (digest === undefined) throw new Error('a new key has no digest');
    return { digest, sealed_value: this.#deps.seal.close(`virtual_key/${id}`, value) };
  }

  #namedColumns(owner: Owner, old: EntityRow | undefined, patch: Patch, now: string): Record<string, ColumnValue> {
    const row = old as VirtualKeyRow | undefined;
    const columns: Record<string, ColumnValue> = {};
    for (const [column, named] of [
      ['model_limits', patch.modelLimits],
      ['provider_limits', patch.providerLimits],
    ] as const) {
      if (named === undefined) continue;
      const before = parseNamedLimits(row?.[column] ?? null);
      columns[column] = named === null ? null : writeNamedLimits(mergedNamedLimits(owner, before, named, now));
    }
    return columns;
  }

  async #recorded(
    db: Writer,
    owner: Owner,
    change: { action: AuditAction; actor: string; before?: Awaited<ReturnType<typeof snapshotOf>> },
  ): Promise<Loaded> {
    const loaded = await load(db, owner.kind, owner.id);
    const [row] = loaded.rows;
    if (row === undefined) throw new Error('what was written is not there');
    await recordChange(db, { at: this.#now(), owner, ...change, after: await snapshotOf(db, owner, row) });
    return loaded;
  }

  async #view(kind: EntityKind, loaded: Loaded): Promise<JsonObject> {
    const [view] = await this.#views(kind, loaded);
    if (view === undefined) throw new Error('an entity without a row');
    return view;
  }

  async #views(kind: EntityKind, { rows, relations }: Loaded): Promise<JsonObject[]> {
    const scopeIds = shownScopeIds(kind, rows, relations);
    const usage: ReadonlyMap<string, ScopeUsage> =
      scopeIds.length === 0 ? new Map() : await this.#deps.counters.read(scopeIds);
    const valueOf = (row: VirtualKeyRow): string | null =>
      this.#deps.seal.open(`virtual_key/${row.id}`, row.sealed_value) ?? null;
    return rows.map((row) => entityView(kind, row, { relations, usage, unit: this.#deps.unit(), valueOf }));
  }

  async #written<T>(work: (db: Writer) => Promise<T>): Promise<T> {
    const result = await this.#asked(() => this.#deps.database.write(work));
    await this.#deps.changed();
    return result;
  }

  #read<T>(work: (db: Reader) => Promise<T>): Promise<T> {
    return this.#asked(() => this.#deps.database.read(work));
  }

  async #asked<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw isDatabaseAway(error) ? unavailable() : error;
    }
  }
}

const DEFAULTS: Readonly<Record<EntityKind, Readonly<Record<string, ColumnValue>>>> = {
  customer: { plan: null, trial_ends_at: null },
  team: { customer_id: null },
  user: { is_active: true },
  virtual_key: { is_active: true },
};

const COUNTED = {
  virtual_keys_count: 'llmproxy_virtual_keys',
  teams_count: 'llmproxy_teams',
  customers_count: 'llmproxy_customers',
  users_count: 'llmproxy_users',
  budgets_count: 'llmproxy_budgets',
  rate_limits_count: 'llmproxy_rate_limits',
  audit_logs_count: 'llmproxy_audit',
} as const;

const WORDS: Readonly<Record<EntityKind, string>> = {
  customer: 'customer',
  team: 'team',
  user: 'user',
  virtual_key: 'virtual key',
};

async function found(db: Reader, kind: EntityKind, id: string): Promise<EntityRow> {
  const row = id.includes('\0') ? undefined : await findRow(db, kind, id);
  if (row === undefined) throw new GovernanceFault(404, `There is no ${WORDS[kind]} with this id.`);
  return row;
}

async function load(db: Reader, kind: EntityKind, id: string): Promise<Loaded> {
  const rows = [await found(db, kind, id)];
  return { rows, relations: await loadRelations(db, kind, rows) };
}

function namedIdsOf(row: VirtualKeyRow): string[] {
  return namedScopeIds(parseNamedLimits(row.model_limits), parseNamedLimits(row.provider_limits));
}

async function writeLimits(db: Writer, owner: Owner, { budget, rateLimit }: Patch, now: string): Promise<void> {
  const { kind, id } = owner;
  if (budget === null) await deleteOwned(db, 'llmproxy_budgets', owner);
  else if (budget !== undefined) {
    const old = (await budgetsOf(db, kind, [id])).get(id);
    await replaceOwned(db, 'llmproxy_budgets', mergedBudget(owner, old, budget, now));
  }
  if (rateLimit === null) await deleteOwned(db, 'llmproxy_rate_limits', owner);
  else if (rateLimit !== undefined) {
    const old = (await rateLimitsOf(db, kind, [id])).get(id);
    await replaceOwned(db, 'llmproxy_rate_limits', mergedRateLimit(owner, old, rateLimit, now));
  }
}
