import type { CacheResult, ExchangeRecord } from './exchange-record.ts';
import type { GenerationRecord } from './generation-record.ts';

interface TokenCounts {
  readonly input: number;
  readonly output: number;
  readonly cached: number;
}

/** What `/stats` says of all requests since the start. */
export interface RequestCounters {
  readonly requests: number;
  /** Answered with 4xx. */
  readonly client_errors: number;
  /** Answered with 5xx. */
  readonly server_errors: number;
  /** Ended because the client left. */
  readonly client_left: number;
  /** Requests by the part the cache took. */
  readonly cache: Readonly<Record<CacheResult, number>>;
  /** Tokens of all answers, replayed ones included. */
  readonly tokens: TokenCounts;
  /** Upstream answers, each counted once: what the providers bill. */
  readonly generations: {
    readonly total: number;
    /** As the providers said. */
    readonly tokens: TokenCounts;
    /** Of generations whose provider did not say how many, counted from the text. */
    readonly estimated_tokens: Pick<TokenCounts, 'input' | 'output'>;
  };
}

export class Stats {
  #requests = 0;
  #clientErrors = 0;
  #serverErrors = 0;
  #clientLeft = 0;
  readonly #cache: Record<CacheResult, number> = { hit: 0, miss: 0, joined: 0, stale: 0, bypass: 0, none: 0 };
  readonly #tokens = { input: 0, output: 0, cached: 0 };
  #generations = 0;
  readonly #billed = { input: 0, output: 0, cached: 0 };
  readonly #estimated = { input: 0, output: 0 };

  count(record: ExchangeRecord): void {
    this.#requests += 1;
    this.#cache[record.cache] += 1;
    if (record.termination.by === 'client') this.#clientLeft += 1;
    else if (record.status >= 500) this.#serverErrors += 1;
    else if (record.status >= 400) this.#clientErrors += 1;
    if (record.tokens === undefined) return;
    this.#tokens.input += record.tokens.input;
    this.#tokens.output += record.tokens.output;
    this.#tokens.cached += record.tokens.cachedInput ?? 0;
  }

  generation({ stated, estimated }: GenerationRecord): void {
    this.#generations += 1;
    this.#billed.input += stated?.input ?? 0;
    this.#billed.output += stated?.output ?? 0;
    this.#billed.cached += stated?.cachedInput ?? 0;
    this.#estimated.input += estimated?.input ?? 0;
    this.#estimated.output += estimated?.output ?? 0;
  }

  read(): RequestCounters {
    return {
      requests: this.#requests,
      client_errors: this.#clientErrors,
      server_errors: this.#serverErrors,
      client_left: this.#clientLeft,
      cache: { ...this.#cache },
      tokens: { ...this.#tokens },
      generations: {
        total: this.#generations,
        tokens: { ...this.#billed },
        estimated_tokens: { ...this.#estimated },
      },
    };
  }
}
