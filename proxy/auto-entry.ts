import type { Config } from './config/config.ts';
import { AUTO } from './pipeline/auto/auto-name.ts';
import type { AutoEntry, AutoTools } from './pipeline/auto/types.ts';
import type { Pricing } from './pricing/pricing.ts';
import type { PriceTable } from './usage/price-table.ts';

export interface AutoParts {
  readonly pricing: Pick<Pricing, 'load'>;
  /** Where the ledger's prices are; left out = there is no ledger. */
  readonly prices?: Pick<PriceTable, 'find'> | undefined;
}

/** The model `auto` of a configuration; undefined where there is none, or another model has its name. */
export function autoEntry(config: Config, parts: AutoParts): AutoEntry | undefined {
  if (!config.auto.enabled || config.models.some(({ name }) => name === AUTO)) return undefined;
  let tools: AutoTools | Promise<AutoTools> | undefined;
  return {
    config: config.auto,
    tools() {
      tools ??= load(config, parts).then((loaded) => (tools = loaded));
      return tools;
    },
  };
}

async function load({ auto, catalog }: Config, { prices, pricing }: AutoParts): Promise<AutoTools> {
  const [{ Catalogue }, { AUTO_STAGES }, found] = await Promise.all([
    import('./auto/catalogue.ts'),
    import('./pipeline/auto/stages.ts'),
    prices ?? pricing.load().then((loaded) => loaded.table(catalog)),
  ]);
  return { config: auto, catalogue: new Catalogue(catalog), prices: found, stages: AUTO_STAGES };
}
