/**
 * What a model costs, as a configuration or a price list says it: US dollars per million tokens unless said. A member that is
 * left out is unknown; an explicit 0 is a known price.
 */
export interface PriceEntry extends TokenRates {
  /** Left out = `output`. */
  readonly reasoning?: number;
  /** Left out = `input`. */
  readonly audioInput?: number;
  /** Left out = `output`. */
  readonly audioOutput?: number;
  /** US dollars for each image. */
  readonly image?: number;
  /** US dollars for each second of audio or video. */
  readonly second?: number;
  /** US dollars for each request, beside everything else. */
  readonly request?: number;
  /** What the whole is multiplied by in a batch. Left out = 0.5. */
  readonly batch?: number;
  /** In any order. The one with the highest `above` that the input exceeds prices the whole request. */
  readonly tiers?: readonly PriceTier[];
}

export interface TokenRates {
  readonly input?: number;
  readonly output?: number;
  /** Tokens read from the provider's cache. Left out = `input`. */
  readonly cachedInput?: number;
  /** Tokens written to the provider's cache. Left out = `input`. */
  readonly cacheWrite?: number;
}

export interface PriceTier extends TokenRates {
  /** Input tokens. */
  readonly above: number;
}
