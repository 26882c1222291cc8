import type { LedgerRow } from '../ledger.ts';

/** Whose API a batch was made with. */
export type BatchApi = 'openai' | 'anthropic';

/** A batch that a provider runs. Ids are null where its maker has none. */
export interface BatchRow extends Pick<LedgerRow, 'virtualKeyId' | 'userId' | 'teamId' | 'customerId'> {
  /** The provider's. */
  readonly id: string;
  /** Id of the endpoint that runs it. */
  readonly endpoint: string;
  readonly api: BatchApi;
  /** As the provider named it when the batch was made; null where it named none. */
  readonly model: string | null;
  /** Id of the user's credential that it was made with; null = the operator's key. */
  readonly credential: string | null;
  /** Milliseconds since the epoch. */
  readonly madeAt: number;
}

/** A batch that was not booked yet. */
export interface OpenBatch extends BatchRow {
  /** When its endpoint was asked last, by any replica; at first `madeAt`. */
  readonly polledAt: number;
}

/** Batches in the database. */
export interface BatchStore {
  /** An id that is there stays as it is. */
  insert(row: BatchRow): Promise<void>;
  /** The batch as long as it is not booked. */
  open(id: string): Promise<OpenBatch | undefined>;
  /** Batches that are not booked and whose endpoint was not asked after `polledBy`, those that wait longest first. */
  due(polledBy: number, limit: number): Promise<readonly OpenBatch[]>;
  /** Of several replicas that ask for the same batch, one alone gets true. */
  claimPoll(batch: OpenBatch, at: number): Promise<boolean>;
  /** Books the batch and writes its row of the ledger, both or none. False where it was booked before: nothing is written then. */
  book(id: string, at: number, row: LedgerRow): Promise<boolean>;
  /** Deletes at most `limit` batches that were booked before `at`. Returns how many. */
  deleteBefore(at: number, limit: number): Promise<number>;
  /** Whether an error means that the store cannot be asked now. */
  isAway(error: unknown): boolean;
}
