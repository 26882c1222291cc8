import type { Recording } from './types.ts';

/**
 * The moment an upstream generation began, as far as purges are concerned. Taken before the request goes upstream and
 * handed back with the recording, so that a purge in between keeps it out.
 */
export interface PurgeMark {
  /** Purges that this process had seen. */
  readonly epoch: number;
  /** Purges that Redis had seen, as opaque tokens; undefined while they have not been read. */
  readonly shared?: string;
}

export interface PurgeResult {
  readonly deleted: number;
  /** False when the shared store could not be reached; it is purged before it is read again. */
  readonly complete: boolean;
}

/**
 * Where recordings are kept. No method ever rejects: a store in trouble finds nothing and keeps nothing.
 * Purges take a prefix of the keys: '' for all, a model's tag, or a whole key.
 */
export interface Store {
  /** Reads what `mark` needs to be complete, for a request that no `get` precedes. */
  prepare(key: string): Promise<void>;
  mark(key: string): PurgeMark;
  /** What is stored, also past its end as long as it may serve as a stale answer. */
  get(key: string): Recording | undefined | Promise<Recording | undefined>;
  /** Resolves to whether it was stored. A refusal never takes the place of an answer. */
  set(key: string, recording: Recording, mark: PurgeMark): Promise<boolean>;
  /** `onKey` gets each key that is removed. */
  purge(prefix: string, onKey?: (key: string) => void): Promise<PurgeResult>;
  /** Removes the entries of an answer that the provider no longer has. */
  forgetAnswer(answerId: string): Promise<void>;
}
