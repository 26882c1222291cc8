import type { CachedShares } from './auto/cached-shares.ts';
import type { Config } from './config/config.ts';
import type { TimerClock } from './core/clock.ts';
import { UNCHECKED } from './generation/checked-events.ts';
import { AUTO } from './pipeline/auto/auto-name.ts';
import type { AutoEntry, AutoTools } from './pipeline/auto/types.ts';
import type { Pricing } from './pricing/pricing.ts';
import type { SharedStore } from './routing/affinity.ts';
import type { SchemaChecker } from './schema-check/checker.ts';
import type { SchemaVerdict } from './schema-check/types.ts';
import type { PriceTable } from './usage/price-table.ts';

export interface AutoPartsOptions {
  readonly clock: TimerClock;
  readonly pricing: Pick<Pricing, 'load'>;
  /** Where replicas share what they learn of prompts. */
  readonly shared?: SharedStore;
  /** A structured answer was checked. */
  onVerdict(verdict: SchemaVerdict): void;
}

/** What the model `auto` of every configuration works with; made when it is first asked for. */
export class AutoParts {
  readonly #options: AutoPartsOptions;
  #checker: SchemaChecker | undefined;
  #shares: CachedShares | undefined;
  #closed = false;

  constructor(options: AutoPartsOptions) {
    this.#options = options;
  }

  /** The model `auto` of a configuration; undefined where there is none, or another model has its name. `prices`: the ledger's. */
  entry(config: Config, prices: Pick<PriceTable, 'find'> | undefined): AutoEntry | undefined {
    if (!config.auto.enabled || config.models.some(({ name }) => name === AUTO)) return undefined;
    let tools: AutoTools | undefined;
    let loading: Promise<AutoTools> | undefined;
    return {
      config: config.auto,
      tools: () => {
        if (tools) return tools;
        loading ??= this.#load(config, prices)
          .then((loaded) => (tools = loaded))
          // After a failure the next request tries again.
          .finally(() => (loading = undefined));
        return loading;
      },
    };
  }

  close(): void {
    this.#closed = true;
    this.#checker?.close();
  }

  async #load(config: Config, prices: Pick<PriceTable, 'find'> | undefined): Promise<AutoTools> {
    const [known, { AUTO_STAGES }, { SchemaChecker: Checker }, { CachedShares: Shares }] = await Promise.all([
      knownModels(config, { prices, pricing: this.#options.pricing }),
      import('./pipeline/auto/stages.ts'),
      import('./schema-check/checker.ts'),
      import('./auto/cached-shares.ts'),
    ]);
    const { clock, shared } = this.#options;
    const shares = (this.#shares ??= new Shares({ clock, ...(shared ? { shared } : {}) }));
    const checker = (this.#checker ??= new Checker());
    if (this.#closed) checker.close();
    return {
      config: config.auto,
      ...known,
      stages: AUTO_STAGES,
      shares,
      check: async (question, body) => {
        const verdict = await checker.check(question, body);
        this.#options.onVerdict(verdict);
        if (verdict.kind === 'invalid') return verdict.reason;
        return verdict.kind === 'valid' ? undefined : UNCHECKED;
      },
    };
  }
}

export interface KnownParts {
  readonly pricing: Pick<Pricing, 'load'>;
  /** Where the ledger's prices are; left out = there is no ledger. */
  readonly prices?: Pick<PriceTable, 'find'> | undefined;
}

/** What is known of models, whether or not one of them is picked. */
export async function knownModels(
  { catalog }: Pick<Config, 'catalog'>,
  { prices, pricing }: KnownParts,
): Promise<Pick<AutoTools, 'catalogue' | 'prices'>> {
  const [{ Catalogue }, found] = await Promise.all([
    import('./auto/catalogue.ts'),
    prices ?? pricing.load().then((loaded) => loaded.table(catalog)),
  ]);
  return { catalogue: new Catalogue(catalog), prices: found };
}
