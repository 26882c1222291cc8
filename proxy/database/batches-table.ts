/** Batches that providers run, one row a batch: whose they are, and whether they were booked. Times are milliseconds since the epoch. */
export interface BatchesTable {
  /** The provider's id. */
  readonly id: string;
  /** Id of the endpoint that runs it. */
  readonly endpoint: string;
  /** `openai` or `anthropic`: whose API it was made with. */
  readonly api: string;
  /** As the provider named it when the batch was made. */
  readonly model: string | null;
  readonly virtual_key_id: string | null;
  readonly user_id: string | null;
  readonly team_id: string | null;
  readonly customer_id: string | null;
  /** Id of the user's credential that it was made with; null = the operator's. */
  readonly credential: string | null;
  readonly made_at: bigint;
  readonly booked_at: bigint | null;
  /** When its endpoint was asked last by a replica; at first when it was made. */
  readonly last_polled_at: bigint;
}

export function batchesSchema(): string[] {
  return [
    `create table llmproxy_batches (id text primary key, endpoint text not null, api text not null, model text,
       virtual_key_id text, user_id text, team_id text, customer_id text,
       made_at bigint not null, booked_at bigint, last_polled_at bigint not null)`,
    `create index llmproxy_batches_open on llmproxy_batches (last_polled_at) where booked_at is null`,
    `create index llmproxy_batches_booked on llmproxy_batches (booked_at) where booked_at is not null`,
  ];
}
