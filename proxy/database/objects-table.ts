/** What providers keep for callers with a key: one row an object. Times are milliseconds since the epoch. */
export interface ObjectsTable {
  /** The provider's id. */
  readonly id: string;
  /** `user:ID`, `team:ID`, `customer:ID` or `key:ID`. */
  readonly owner: string;
  /** Id of the endpoint that keeps it. */
  readonly endpoint: string;
  /** Family of the route that made it. */
  readonly kind: string;
  readonly created_at: bigint;
  /** When it was last read from here; exact to a day. */
  readonly used_at: bigint;
  /** Id of the user's credential that it was made with; null = the operator's. */
  readonly credential: string | null;
}

export function objectsSchema(): string[] {
  return [
    `create table llmproxy_objects (id text primary key, owner text not null, endpoint text not null, kind text not null,
       created_at bigint not null, used_at bigint not null)`,
    `create index llmproxy_objects_used_at on llmproxy_objects (used_at)`,
  ];
}
