import type { Config } from './config/config.ts';
import { UNCHECKED } from './generation/checked-events.ts';
import { AUTO } from './pipeline/auto/auto-name.ts';
import type { AutoEntry, AutoTools } from './pipeline/auto/types.ts';
import type { Prices } from './pricing/prices.ts';
import type { SchemaChecker } from './schema-check/checker.ts';
import type { SchemaVerdict } from './schema-check/types.ts';
import type { PriceTable } from './usage/price-table.ts';

export interface AutoPartsOptions {
  readonly prices: Prices;
  /** A structured answer was checked. */
  onVerdict(verdict: SchemaVerdict): void;
}

/** What the model `auto` of every configuration works with; made when it is first asked for. */
export class AutoParts {
  readonly #options: AutoPartsOptions;
  #checker: SchemaChecker | undefined;
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

  async #load({ auto, catalog }: Config, prices: Pick<PriceTable, 'find'> | undefined): Promise<AutoTools> {
    const book = this.#options.prices;
    const [{ Catalogue }, { AUTO_STAGES }, { SchemaChecker: Checker }, found] = await Promise.all([
      import('./auto/catalogue.ts'),
      import('./pipeline/auto/stages.ts'),
      import('./schema-check/checker.ts'),
      prices ?? book.bundled().then((bundled) => book.table(catalog, bundled)),
    ]);
    const checker = (this.#checker ??= new Checker());
    if (this.#closed) checker.close();
    return {
      config: auto,
      catalogue: new Catalogue(catalog),
      prices: found,
      stages: AUTO_STAGES,
      check: async (question, body) => {
        const verdict = await checker.check(question, body);
        this.#options.onVerdict(verdict);
        if (verdict.kind === 'invalid') return verdict.reason;
        return verdict.kind === 'valid' ? undefined : UNCHECKED;
      },
    };
  }
}
