import { Histogram } from '../../core/histogram.ts';
import type { ExchangeRecord } from '../exchange-record.ts';
import type { GenerationRecord } from '../generation-record.ts';
import type { Figure } from './figure.ts';

/** Seconds that are kept. */
export const FIGURES_KEPT = 3_600;

/** Tokens of one model at one endpoint in a second. */
export interface TokensAt {
  readonly endpoint: string;
  /** Name that the client asked for. */
  readonly model: string;
  input: number;
  output: number;
  cached: number;
}

export interface FigureSources {
  /** Milliseconds since 1970. */
  now(): number;
  inFlight(): number;
  generations(): number;
  /** US dollars; undefined where the price is unknown. */
  cost(tokens: TokensAt): number | undefined;
}

interface Counts {
  requests: number;
  lookups: number;
  hits: number;
  errors: number;
  refused: number;
  left: number;
}

const NONE: Counts = { requests: 0, lookups: 0, hits: 0, errors: 0, refused: 0, left: 0 };

/** What the last hour was like, second by second: counted with every request, closed by `tick`. */
export class FigureRing {
  readonly #sources: FigureSources;
  readonly #kept: Figure[] = [];
  /** Place of the oldest once the ring is full. */
  #first = 0;
  #counts = { ...NONE };
  readonly #ttft = new Histogram();
  readonly #tokens = new Map<string, TokensAt>();

  constructor(sources: FigureSources) {
    this.#sources = sources;
  }

  exchange({ cache, status, termination, ttftMs }: ExchangeRecord): void {
    const counts = this.#counts;
    counts.requests += 1;
    if (cache !== 'none' && cache !== 'bypass') {
      counts.lookups += 1;
      if (cache !== 'miss') counts.hits += 1;
    }
    if (termination.by === 'client') counts.left += 1;
    else if (status >= 500) counts.errors += 1;
    else if (status >= 400) counts.refused += 1;
    if (ttftMs !== undefined) this.#ttft.record(ttftMs);
  }

  generation({ endpoint, model, stated, estimated }: GenerationRecord): void {
    const key = `${endpoint}\n${model}`;
    let tokens = this.#tokens.get(key);
    if (tokens === undefined) {
      tokens = { endpoint, model, input: 0, output: 0, cached: 0 };
      this.#tokens.set(key, tokens);
    }
    tokens.input += (stated?.input ?? 0) + (estimated?.input ?? 0);
    tokens.output += (stated?.output ?? 0) + (estimated?.output ?? 0);
    tokens.cached += stated?.cachedInput ?? 0;
  }

  /** Closes the second that has passed. */
  tick(): void {
    const figure = this.#figure();
    this.#counts = { ...NONE };
    this.#ttft.clear();
    this.#tokens.clear();
    if (this.#kept.length < FIGURES_KEPT) this.#kept.push(figure);
    else {
      this.#kept[this.#first] = figure;
      this.#first = (this.#first + 1) % FIGURES_KEPT;
    }
  }

  /** The seconds after `at` (since 1970), oldest first. */
  since(at: number): readonly Figure[] {
    const news: Figure[] = [];
    for (let back = 1; back <= this.#kept.length; back += 1) {
      const figure = this.#kept[(this.#first + this.#kept.length - back) % this.#kept.length];
      if (figure === undefined || figure.at <= at) break;
      news.push(figure);
    }
    return news.toReversed();
  }

  #figure(): Figure {
    const tokens = [...this.#tokens.values()];
    return {
      at: Math.round(this.#sources.now() / 1_000),
      ...this.#counts,
      input: tokens.reduce((sum, { input }) => sum + input, 0),
      output: tokens.reduce((sum, { output }) => sum + output, 0),
      cost: this.#cost(tokens),
      inFlight: this.#sources.inFlight(),
      generations: this.#sources.generations(),
      ttft: this.#ttft.counts().flat(),
    };
  }

  #cost(tokens: readonly TokensAt[]): number | null {
    const costs = tokens.map((one) => this.#sources.cost(one));
    const known = costs.filter((cost) => cost !== undefined);
    return known.length === 0 && costs.length > 0 ? null : known.reduce((sum, cost) => sum + cost, 0);
  }
}
