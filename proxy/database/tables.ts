import type { Generated } from 'kysely';
import type { BatchesTable } from './batches-table.ts';
import type { CredentialRow, GatewayProviderRow, OverrideRow } from './credentials-table.ts';
import type { LedgerTable } from './ledger-table.ts';
import type { ObjectsTable } from './objects-table.ts';
import type { PreferencesRow } from './preferences-table.ts';

/*
 * One schema for SQLite and Postgres. A bigint is a JavaScript bigint, a boolean a boolean, times are RFC 3339 text in UTC
 * with milliseconds (they sort as text), lists and maps are JSON text.
 */

/** Facts about the database itself: the pepper of the digests, whose seal it carries. */
interface MetaTable {
  readonly name: string;
  readonly value: string;
}

export interface CustomerRow {
  readonly id: string;
  readonly name: string;
  readonly plan: string | null;
  readonly trial_ends_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface TeamRow {
  readonly id: string;
  readonly name: string;
  readonly customer_id: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly external_id: string | null;
  readonly is_active: boolean;
  readonly team_id: string | null;
  readonly customer_id: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface VirtualKeyRow {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  /** HMAC-SHA-256 of the value under the pepper. */
  readonly digest: string;
  /** The value, encrypted under the master key. */
  readonly sealed_value: string;
  /** Values before a rotation whose grace goes on: JSON of `[{digest, until}]`. */
  readonly retired: string | null;
  readonly is_active: boolean;
  readonly allowed_models: string | null;
  readonly allowed_providers: string | null;
  readonly team_id: string | null;
  readonly customer_id: string | null;
  readonly user_id: string | null;
  readonly expires_at: string | null;
  readonly max_concurrency: number | null;
  readonly model_aliases: string | null;
  readonly model_limits: string | null;
  readonly provider_limits: string | null;
  readonly calendar: string | null;
  readonly time_zone: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** Which table the owner of a budget or a rate limit stands in. */
export type OwnerKind = 'customer' | 'team' | 'user' | 'virtual_key';

export interface BudgetRow {
  readonly id: string;
  readonly owner_kind: OwnerKind;
  readonly owner_id: string;
  /** Whole cents. */
  readonly max_limit: bigint;
  readonly reset_duration: string;
  /** The anchor of the windows. Usage is kept by the counters, not here. */
  readonly last_reset: string;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface RateLimitRow {
  readonly id: string;
  readonly owner_kind: OwnerKind;
  readonly owner_id: string;
  readonly token_max_limit: bigint | null;
  readonly token_reset_duration: string | null;
  readonly token_last_reset: string;
  readonly request_max_limit: bigint | null;
  readonly request_reset_duration: string | null;
  readonly request_last_reset: string;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What a row of the audit log is about. */
export type AuditKind = OwnerKind | 'credential' | 'gateway_provider' | 'override' | 'preferences' | 'endpoint';

/** Every change, in the order of the commits: an audit log for people, a feed for other replicas. */
interface AuditTable {
  /** A number in SQLite, whose own row number it is, and a bigint in Postgres. */
  readonly seq: Generated<number | bigint>;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly kind: AuditKind;
  readonly entity_id: string;
  /** The user whose credential it is about; null for everything else. */
  readonly user_id: string | null;
  /** JSON without secrets; null before a creation. */
  readonly before: string | null;
  /** JSON without secrets; null after a deletion. */
  readonly after: string | null;
}

/** What a limit had counted in its window, as it was last written. */
interface CounterTable {
  /** Id of the limit. */
  readonly id: string;
  /** Requests, tokens or nano-USD, in decimal digits. */
  readonly used: string;
  /** Begin of the window, milliseconds since the epoch. */
  readonly start: bigint;
}

export interface Tables {
  readonly llmproxy_meta: MetaTable;
  readonly llmproxy_customers: CustomerRow;
  readonly llmproxy_teams: TeamRow;
  readonly llmproxy_users: UserRow;
  readonly llmproxy_virtual_keys: VirtualKeyRow;
  readonly llmproxy_budgets: BudgetRow;
  readonly llmproxy_rate_limits: RateLimitRow;
  readonly llmproxy_audit: AuditTable;
  readonly llmproxy_counters: CounterTable;
  readonly llmproxy_ledger: LedgerTable;
  readonly llmproxy_objects: ObjectsTable;
  readonly llmproxy_batches: BatchesTable;
  readonly llmproxy_credentials: CredentialRow;
  readonly llmproxy_gateway_providers: GatewayProviderRow;
  readonly llmproxy_overrides: OverrideRow;
  readonly llmproxy_preferences: PreferencesRow;
}
