import type { CachePart, CacheUse, RedisReading } from './admin/dashboard/cache-view.ts';
import type { ProcessQuestions } from './admin/processes.ts';
import type { Cache } from './cache/tiers.ts';
import type { Json } from './core/json.ts';
import type { SoughtRequest } from './pipeline/find-entry.ts';
import type { Runtime } from './pipeline/runtime.ts';
import type { CacheResult, ExchangeRecord } from './telemetry/exchange-record.ts';

/** Where requests for names that the configuration does not have are counted. */
const OTHERS = '*';

const COUNTED = {
  hit: 'hits',
  miss: 'misses',
  joined: 'joined',
  stale: 'stale',
  bypass: 'bypassed',
} as const satisfies Partial<Record<CacheResult, keyof CacheUse>>;

type Counts = { -readonly [Name in keyof CacheUse]: number };

export interface DashboardCacheParts {
  readonly cache: Pick<Cache, 'stats' | 'inMemory'>;
  readonly runtime: () => Runtime;
  /** Whether the configuration has a model of this name. */
  readonly hasModel: (name: string) => boolean;
  readonly redis: () => RedisReading;
}

/** What this process knows of the cache, for the dashboard. */
export class DashboardCache {
  readonly questions: ProcessQuestions;
  readonly #parts: DashboardCacheParts;
  /** By model: names of the configuration alone, and those of earlier ones. */
  readonly #use = new Map<string, Counts>();
  #reading: Promise<CachePart> | undefined;

  constructor(parts: DashboardCacheParts) {
    this.#parts = parts;
    this.questions = {
      cache: async () => (await this.#read()) as unknown as Json,
      'cache-entry': async (sought) => {
        const { findEntry } = await import('./pipeline/find-entry.ts');
        return (await findEntry(sought as unknown as SoughtRequest, this.#parts.runtime())) as unknown as Json;
      },
    };
  }

  exchange({ cache, model = OTHERS }: ExchangeRecord): void {
    if (cache === 'none') return;
    this.#countsOf(model)[COUNTED[cache]] += 1;
  }

  #countsOf(model: string): Counts {
    const known = this.#use.get(model);
    if (known) return known;
    const name = this.#parts.hasModel(model) ? model : OTHERS;
    const counts = this.#use.get(name) ?? { hits: 0, misses: 0, joined: 0, stale: 0, bypassed: 0 };
    this.#use.set(name, counts);
    return counts;
  }

  /** Pages that ask at the same time get one reading. */
  #read(): Promise<CachePart> {
    this.#reading ??= this.#part().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #part(): Promise<CachePart> {
    const { cache, redis } = this.#parts;
    return { stats: cache.stats(), memory: await cache.inMemory(), use: [...this.#use], redis: redis() };
  }
}
