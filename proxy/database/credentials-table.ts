/**
 * Keys of providers that users have stored, and those of gateway providers. A row that was deleted stays for the audit, with
 * an empty `sealed_key`. Times are RFC 3339 text in UTC with milliseconds.
 */
export interface CredentialRow {
  readonly id: string;
  readonly owner_kind: 'system' | 'user';
  /** Id of the user, or of the gateway provider. */
  readonly owner_id: string;
  /** Canonical name: `openai`, `anthropic`, `gemini`, or a name under `providers`. */
  readonly provider: string;
  readonly model_name: string | null;
  /** Encrypted under the master key; empty once the row is deleted. */
  readonly sealed_key: string;
  /** What may be shown of the key. */
  readonly masked_key: string;
  readonly is_default: boolean;
  readonly is_active: boolean;
  readonly last_validated_at: string | null;
  readonly deleted_at: string | null;
  /**
   * Null, or what no second row of the user may have: the provider, with `credentials.unique: provider_model` also the model.
   * Null in rows that are inactive or deleted.
   */
  readonly slot: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** A provider that `/api/v1/generate` can use beside those of the configuration. Its key is a credential of the owner kind `system`. */
export interface GatewayProviderRow {
  readonly id: string;
  /** `claude`, `openai`, `gemini`, `llama`, `mistral` or `custom`. */
  readonly name: string;
  readonly display_name: string;
  readonly base_url: string | null;
  /** JSON list. */
  readonly models: string;
  readonly is_enabled: boolean;
  /** 0 or less = unlimited. */
  readonly rate_limit_rpm: number;
  readonly rate_limit_tpm: number;
  /** Lower first. */
  readonly priority: number;
  /** JSON object. */
  readonly extra_config: string;
  readonly created_at: string;
  readonly updated_at: string;
}

/** Which provider and model `/api/v1/generate` uses for a user, of one service or of all. */
export interface OverrideRow {
  readonly id: string;
  /** As services write it. */
  readonly user_id: string;
  /** Empty = all services. */
  readonly service_name: string;
  readonly provider_name: string;
  readonly model_name: string;
  readonly created_at: string;
  readonly updated_at: string;
}

const TIMES = 'created_at text not null, updated_at text not null';

export function credentialsSchema(): string[] {
  return [
    `create table llmproxy_credentials (id text primary key, owner_kind text not null, owner_id text not null,
       provider text not null, model_name text, sealed_key text not null, masked_key text not null,
       is_default boolean not null, is_active boolean not null, last_validated_at text, deleted_at text, slot text, ${TIMES},
       unique (owner_kind, owner_id, slot))`,
    `create unique index llmproxy_credentials_default on llmproxy_credentials (owner_kind, owner_id) where is_default`,
    `create table llmproxy_gateway_providers (id text primary key, name text not null unique, display_name text not null,
       base_url text, models text not null, is_enabled boolean not null, rate_limit_rpm integer not null,
       rate_limit_tpm integer not null, priority integer not null, extra_config text not null, ${TIMES})`,
    `create table llmproxy_overrides (id text primary key, user_id text not null, service_name text not null,
       provider_name text not null, model_name text not null, ${TIMES}, unique (user_id, service_name))`,
    `alter table llmproxy_audit add column user_id text`,
    `create index llmproxy_audit_user on llmproxy_audit (user_id)`,
    `alter table llmproxy_objects add column credential text`,
    `alter table llmproxy_batches add column credential text`,
    `alter table llmproxy_ledger add column prompt_preview text`,
  ];
}
