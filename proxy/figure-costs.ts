import type { AssembledModel } from './assemble.ts';
import type { Config } from './config/config.ts';
import { NANO_PER_USD } from './core/money.ts';
import type { providerOfEndpoint } from './pipeline/governed/permitted-model.ts';
import type { Pricing } from './pricing/pricing.ts';
import type { Prices } from './pricing/prices.ts';
import type { TokenUsage } from './protocols/types.ts';
import type { TokensAt } from './telemetry/figures/ring.ts';
import type { costOf } from './usage/cost.ts';
import type { PriceTable } from './usage/price-table.ts';

export interface FigureCostsOptions {
  readonly pricing: Pick<Pricing, 'load'>;
  readonly config: () => Config | undefined;
  readonly models: () => ReadonlyMap<string, AssembledModel>;
}

/** What was used of a model at an endpoint. */
export interface UsageAt {
  /** Id of the endpoint. */
  readonly endpoint: string;
  /** Name that the client asked for. */
  readonly model: string;
  readonly usage: TokenUsage;
}

/** What is loaded when someone looks: a proxy whose dashboard stays closed does without. */
interface Loaded {
  readonly prices: Prices;
  readonly providerOfEndpoint: typeof providerOfEndpoint;
  readonly costOf: typeof costOf;
}

/** What the tokens of live figures and of single requests cost. Prices are loaded when someone looks; until then no cost is known. */
export class FigureCosts {
  readonly #options: FigureCostsOptions;
  #loaded: Loaded | undefined;
  #isAsked = false;
  #table: { readonly of: Config; readonly table: PriceTable } | undefined;

  constructor(options: FigureCostsOptions) {
    this.#options = options;
  }

  /** Has the prices loaded. */
  load(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    void this.#load().then(
      (loaded) => (this.#loaded = loaded),
      () => (this.#isAsked = false),
    );
  }

  /** US dollars; undefined where the price is unknown. */
  of({ endpoint, model, input, output, cached: cachedInput }: TokensAt): number | undefined {
    return this.ofUsage({ endpoint, model, usage: { input, output, cachedInput } });
  }

  /** US dollars of what an endpoint was used for; undefined where the price is unknown. */
  ofUsage({ endpoint: id, model: name, usage }: UsageAt): number | undefined {
    const loaded = this.#loaded;
    const table = loaded && this.#tableInForce(loaded);
    if (!loaded || !table) return undefined;
    const endpoint = endpointAt(this.#options.models(), id);
    const found = table.find({
      model: endpoint?.upstreamModel ?? name,
      publicName: name,
      ...(endpoint ? { provider: loaded.providerOfEndpoint(endpoint, name), endpointPrice: endpoint.price } : {}),
    });
    const { amount } = loaded.costOf(usage, found?.price);
    return amount === null ? undefined : Number(amount) / Number(NANO_PER_USD);
  }

  async #load(): Promise<Loaded> {
    const [prices, { providerOfEndpoint }, { costOf }] = await Promise.all([
      this.#options.pricing.load(),
      import('./pipeline/governed/permitted-model.ts'),
      import('./usage/cost.ts'),
    ]);
    return { prices, providerOfEndpoint, costOf };
  }

  #tableInForce({ prices }: Loaded): PriceTable | undefined {
    const config = this.#options.config();
    if (config === undefined) return undefined;
    if (this.#table?.of !== config) this.#table = { of: config, table: prices.table(config.catalog) };
    return this.#table.table;
  }
}

function endpointAt(models: ReadonlyMap<string, AssembledModel>, id: string) {
  for (const { router } of models.values()) {
    const found = router.endpoints.find((endpoint) => endpoint.id === id);
    if (found) return found;
  }
  return undefined;
}
