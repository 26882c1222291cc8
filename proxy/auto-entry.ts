import type { Config } from './config/config.ts';
import type { Clock } from './core/clock.ts';
import { AUTO } from './pipeline/auto/auto-name.ts';
import type { AutoEntry, AutoTools } from './pipeline/auto/types.ts';
import type { PriceTable } from './usage/price-table.ts';

export interface AutoParts {
  readonly clock: Clock;
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

async function load({ auto, catalog }: Config, { clock, prices }: AutoParts): Promise<AutoTools> {
  const [{ Catalogue }, { AUTO_STAGES }, found] = await Promise.all([
    import('./auto/catalogue.ts'),
    import('./pipeline/auto/stages.ts'),
    prices ?? priceTable(catalog, clock),
  ]);
  return { config: auto, catalogue: new Catalogue(catalog), prices: found, stages: AUTO_STAGES };
}

async function priceTable(catalog: Config['catalog'], clock: Clock): Promise<PriceTable> {
  const [{ PriceTable: Table }, { loadBundledPrices }] = await Promise.all([
    import('./usage/price-table.ts'),
    import('./usage/bundled-prices.ts'),
  ]);
  return new Table({ clock, catalog, bundled: await loadBundledPrices() });
}
