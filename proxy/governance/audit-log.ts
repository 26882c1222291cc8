import type { Reader } from '../database/open.ts';
import type { AuditKind } from '../database/tables.ts';

/** What the API calls the kinds of the audit log. */
export const AUDIT_ENTITIES = {
  llm_credential: 'credential',
  gateway_provider: 'gateway_provider',
  override: 'override',
  preferences: 'preferences',
  virtual_key: 'virtual_key',
  user: 'user',
  team: 'team',
  customer: 'customer',
  endpoint: 'endpoint',
} as const satisfies Readonly<Record<string, AuditKind>>;

export type AuditEntity = keyof typeof AUDIT_ENTITIES;

export interface AuditQuery {
  readonly entity?: AuditEntity | undefined;
  readonly entityId?: string | undefined;
  /** The user whose credentials changed. */
  readonly userId?: string | undefined;
  readonly limit: number;
  readonly offset: number;
}

/** One change, without the values. */
export interface AuditView {
  readonly id: string;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly entity: string;
  readonly entity_id: string;
  /** Members that were set, changed or cleared. */
  readonly changes: readonly string[];
}

const NAMES = Object.fromEntries(Object.entries(AUDIT_ENTITIES).map(([name, kind]) => [kind, name]));
/** Members that say nothing about a change. */
const SILENT = new Set(['id', 'created_at', 'updated_at']);

/** The newest first, and how many there are in all. */
export async function readAudit(
  db: Reader,
  { entity, entityId, userId, limit, offset }: AuditQuery,
): Promise<{ audit_logs: AuditView[]; count: number }> {
  let query = db.selectFrom('llmproxy_audit');
  if (entity !== undefined) query = query.where('kind', '=', AUDIT_ENTITIES[entity]);
  if (entityId !== undefined) query = query.where('entity_id', '=', entityId);
  if (userId !== undefined) query = query.where('user_id', '=', userId);
  const { count } = await query
    .select(({ fn }) => fn.countAll<bigint | number>().as('count'))
    .executeTakeFirstOrThrow();
  const rows = await query.selectAll().orderBy('seq', 'desc').limit(limit).offset(offset).execute();
  const audit_logs = rows.map((row) => ({
    id: String(row.seq),
    at: row.at,
    actor: row.actor,
    action: row.action,
    entity: NAMES[row.kind] ?? row.kind,
    entity_id: row.entity_id,
    changes: changesOf(row.before, row.after),
  }));
  return { audit_logs, count: Number(count) };
}

function changesOf(before: string | null, after: string | null): string[] {
  const [old, now] = [membersOf(before), membersOf(after)];
  const names = new Set([...Object.keys(old), ...Object.keys(now)]);
  return [...names].filter((name) => !SILENT.has(name) && textOf(old[name]) !== textOf(now[name]));
}

function membersOf(text: string | null): Readonly<Record<string, unknown>> {
  return text === null ? {} : (JSON.parse(text) as Record<string, unknown>);
}

/** What was never set and what is empty are one. */
function textOf(value: unknown): string {
  return JSON.stringify(value ?? null);
}
