/** What is kept: a response, an item of its output, or a conversation. */
export type StateKind = 'response' | 'item' | 'conversation';

/** Where something is kept. What lies in another scope does not exist. */
export interface Place {
  /** Whose it is: a digest or a name, never a credential. */
  readonly scope: string;
  readonly kind: StateKind;
  readonly id: string;
}

/** Bytes with a time to live, by place. Every method rejects with ProxyError `state_unavailable` where that cannot be had. */
export interface StateStore {
  get(place: Place): Promise<Buffer | undefined>;
  put(place: Place, value: Buffer, ttlMs: number): Promise<void>;
  /**
   * Puts what `change` makes of what is there, unless it has been changed meanwhile: then it is asked again.
   * `change` returns undefined where nothing is to be put. Resolves to whether something was put.
   */
  update(place: Place, change: (current: Buffer | undefined) => Buffer | undefined, ttlMs: number): Promise<boolean>;
  /** Resolves to whether it was there. */
  delete(place: Place): Promise<boolean>;
}
