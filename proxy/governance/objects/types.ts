import type { Awaitable } from '../limits/types.ts';

/** Whose a thing is that a provider keeps, and which endpoint keeps it. */
export interface OwnedObject {
  /** `user:ID`, `team:ID`, `customer:ID` or `key:ID`. */
  readonly owner: string;
  /** Id of the endpoint. */
  readonly endpoint: string;
  /** Id of the user's credential that it was made with; undefined = the operator's key. */
  readonly credential?: string | undefined;
}

/** What is remembered when a thing is made. */
export interface MadeObject extends OwnedObject {
  /** Family of the route that made it. */
  readonly kind: string;
}

/** Owners of what callers with a key have had made. What callers without a key make has none, and is not remembered. */
export interface ObjectOwners {
  /** Never waits and never throws. An id that has an owner keeps it. */
  remember(ids: readonly string[], made: MadeObject): void;
  /** The provider has it no more. */
  forget(id: string): void;
  /** Those of the ids that have an owner. Throws ProxyError `store_unavailable` where that is not known. */
  find(ids: readonly string[]): Awaitable<ReadonlyMap<string, OwnedObject>>;
}

/** One row of the store. Times are milliseconds since the epoch. */
export interface ObjectRow extends MadeObject {
  readonly id: string;
  readonly createdAt: number;
  readonly usedAt: number;
}

/** Where owners are kept for good. */
export interface ObjectStore {
  /** All or none. An id that is there stays as it is; returns those that have another owner or endpoint there. */
  insert(rows: readonly ObjectRow[]): Promise<readonly ObjectRow[]>;
  find(ids: readonly string[]): Promise<readonly ObjectRow[]>;
  used(ids: readonly string[], at: number): Promise<void>;
  remove(ids: readonly string[]): Promise<void>;
  /** Deletes at most `limit` rows that were not used since. Returns how many. */
  deleteBefore(at: number, limit: number): Promise<number>;
  /** Whether an error means that the store cannot be asked now. */
  isAway(error: unknown): boolean;
}
