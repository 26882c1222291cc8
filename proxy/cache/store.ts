import type { Recording } from './types.ts';

/**
 * The moment a flight began, as far as purges are concerned. Taken before the request goes upstream and handed back with
 * the recording, so that a purge in between keeps it out.
 */
export interface Generation {
  /** Purges that this process had seen. */
  readonly epoch: number;
  /** Purges that Redis had seen, as opaque tokens; undefined when Redis has not told yet. */
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
  /** Makes sure that `generation` can tell all it should, for a flight that no `get` precedes. */
  prepare(key: string): Promise<void>;
  generation(key: string): Generation;
  /** What is stored, also past its end as long as it may serve as a stale answer. */
  get(key: string): Recording | undefined | Promise<Recording | undefined>;
  /** Resolves to whether it was stored. */
  set(key: string, recording: Recording, generation: Generation): Promise<boolean>;
  /** `onKey` is told each key that is removed. */
  purge(prefix: string, onKey?: (key: string) => void): Promise<PurgeResult>;
}
