/** Who is calling, as far as the head of the request tells. Members are absent where the caller has none. */
export interface Principal {
  /** Id of the virtual key that the caller presented. */
  readonly key?: string;
}

/** A caller without a virtual key. */
export const ANONYMOUS: Principal = {};
