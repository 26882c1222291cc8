import type { JsonObject } from '../core/json.ts';
import type { Reader, Writer } from '../database/open.ts';
import type { AuditKind, BudgetRow, RateLimitRow } from '../database/tables.ts';
import type { Owner } from './limits.ts';
import { budgetsOf, rateLimitsOf, type EntityRow } from './rows.ts';

export type AuditAction =
  | 'create'
  | 'update'
  | 'delete'
  | 'rotate'
  | 'reset_usage'
  | 'default'
  | 'validate'
  | 'use_refused'
  | 'eject'
  | 'admit';

/** What an entity looked like, without secrets. */
export interface Snapshot {
  readonly row: EntityRow;
  readonly budget: BudgetRow | undefined;
  readonly rateLimit: RateLimitRow | undefined;
}

export async function snapshotOf(db: Reader, { kind, id }: Owner, row: EntityRow): Promise<Snapshot> {
  const [budgets, rateLimits] = [await budgetsOf(db, kind, [id]), await rateLimitsOf(db, kind, [id])];
  return { row, budget: budgets.get(id), rateLimit: rateLimits.get(id) };
}

export interface AuditEntry {
  readonly at: string;
  /** Who made the change, as the administration knows them. */
  readonly actor: string;
  readonly action: AuditAction;
  readonly owner: Owner;
  readonly before?: Snapshot | undefined;
  readonly after?: Snapshot | undefined;
}

/** One row a change. Inside `write` their numbers have the order of the commits, so that other replicas can follow them. */
export async function recordChange(db: Writer, { at, actor, action, owner, before, after }: AuditEntry): Promise<void> {
  const row = { at, actor, action, kind: owner.kind, entity_id: owner.id };
  await db
    .insertInto('llmproxy_audit')
    .values({ ...row, before: textOf(before), after: textOf(after) })
    .execute();
}

const SECRET = new Set(['digest', 'sealed_value', 'retired']);

function textOf(snapshot: Snapshot | undefined): string | null {
  if (snapshot === undefined) return null;
  const { row, budget, rateLimit } = snapshot;
  return JSON.stringify({ ...row, budget: budget ?? null, rate_limit: rateLimit ?? null }, (name, value: unknown) => {
    if (SECRET.has(name)) return undefined;
    return typeof value === 'bigint' ? String(value) : value;
  });
}

/** A change of something that has no limits. `before` and `after` hold no secret. */
export interface StoredChange {
  readonly at: string;
  readonly actor: string;
  readonly action: AuditAction;
  readonly kind: AuditKind;
  readonly id: string;
  /** The user whose credential it is about. */
  readonly userId?: string;
  readonly before?: JsonObject;
  readonly after?: JsonObject;
}

export async function recordStored(db: Writer, change: StoredChange): Promise<void> {
  const { at, actor, action, kind, id, userId = null, before, after } = change;
  await db
    .insertInto('llmproxy_audit')
    .values({
      at,
      actor,
      action,
      kind,
      entity_id: id,
      user_id: userId,
      before: before === undefined ? null : JSON.stringify(before),
      after: after === undefined ? null : JSON.stringify(after),
    })
    .execute();
}
