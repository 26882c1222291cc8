/** One row a request. Times are milliseconds since the epoch, money is nano-USD, `attempts` is JSON. */
export interface LedgerTable {
  /** Made by the writer: a client may name two requests alike. Sorts by time. */
  readonly id: string;
  readonly request_id: string;
  readonly at: bigint;
  readonly virtual_key_id: string | null;
  readonly user_id: string | null;
  readonly team_id: string | null;
  readonly customer_id: string | null;
  readonly user_label: string | null;
  readonly service: string | null;
  readonly task: string | null;
  readonly operation: string;
  readonly endpoint: string | null;
  readonly model_asked: string | null;
  readonly model: string | null;
  readonly provider: string | null;
  readonly credential: string | null;
  readonly complexity: string | null;
  readonly tier: string | null;
  readonly input_tokens: bigint;
  readonly cached_tokens: bigint;
  readonly output_tokens: bigint;
  readonly cost: bigint | null;
  readonly saved_by_routing: bigint | null;
  readonly saved_by_cache: bigint | null;
  readonly price_source: string;
  readonly usage_source: string;
  readonly cached: boolean;
  readonly status: number;
  readonly error_code: string | null;
  readonly latency_ms: bigint;
  readonly attempts: string;
  /** Added by migration 5. */
  readonly prompt_preview: string | null;
}

export function ledgerSchema(): string[] {
  return [
    `create table llmproxy_ledger (id text primary key, request_id text not null, at bigint not null,
       virtual_key_id text, user_id text, team_id text, customer_id text, user_label text, service text, task text,
       operation text not null, endpoint text, model_asked text, model text, provider text, credential text,
       complexity text, tier text, input_tokens bigint not null, cached_tokens bigint not null,
       output_tokens bigint not null, cost bigint, saved_by_routing bigint, saved_by_cache bigint,
       price_source text not null, usage_source text not null, cached boolean not null, status integer not null,
       error_code text, latency_ms bigint not null, attempts text not null)`,
    `create index llmproxy_ledger_at on llmproxy_ledger (at)`,
    `create index llmproxy_ledger_key on llmproxy_ledger (virtual_key_id, at) where virtual_key_id is not null`,
    `create index llmproxy_ledger_user on llmproxy_ledger (user_id, at) where user_id is not null`,
    `create index llmproxy_ledger_team on llmproxy_ledger (team_id, at) where team_id is not null`,
    `create index llmproxy_ledger_customer on llmproxy_ledger (customer_id, at) where customer_id is not null`,
  ];
}
