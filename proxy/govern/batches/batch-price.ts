import { decimalOf, times } from '../../core/money.ts';
import { providerOfEndpoint } from '../../pipeline/governed/permitted-model.ts';
import { accountOf } from '../../routing/account.ts';
import type { Endpoint } from '../../routing/types.ts';
import type { BilledAttempt } from '../../usage/booking.ts';
import { namesOf } from '../../core/model-name.ts';
import type { FoundPrice, PriceTable } from '../../usage/price-table.ts';
import type { ReadResults, ResultSum } from './batch-results.ts';
import type { EndedBatch } from './shown-batch.ts';

/** An endpoint, with the public name of its model. */
export interface Place {
  readonly model: string;
  readonly endpoint: Endpoint;
}

/** Reads what the requests of a batch cost at the endpoint that ran it. */
export class BatchPrices {
  readonly #endpoint: Endpoint;
  readonly #places: readonly Place[];
  readonly #table: Pick<PriceTable, 'find'>;

  constructor(endpoint: Endpoint, places: readonly Place[], table: Pick<PriceTable, 'find'>) {
    this.#endpoint = endpoint;
    const account = accountOf(endpoint);
    const own = places.filter((place) => place.endpoint.id === endpoint.id);
    this.#places = [...own, ...places.filter((place) => accountOf(place.endpoint) === account)];
    this.#table = table;
  }

  /** Index of the tier that a request with so much input reaches; -1 = none. */
  readonly tierOf = (model: string, input: number): number =>
    this.#find(model)?.price.tiers.findIndex(({ above }) => input > above) ?? -1;

  /** Whether the sum of all requests says what they cost: not where prices depend on each of them. */
  isSumEnough({ usage, model = '' }: EndedBatch): boolean {
    if (usage === undefined || Math.max(usage.input, usage.output) > 1_000_000_000) return false;
    const price = this.#find(model)?.price;
    return model !== '' && (price === undefined || (price.tiers.length === 0 && price.request === undefined));
  }

  /** One attempt for each sum, and one of unknown cost where something could not be read. */
  attempts({ sums, isPartial }: ReadResults, model: string | undefined): BilledAttempt[] {
    const known = sums.map((sum) => this.#attempt(sum.model, { usage: sum.usage, price: this.#priceOf(sum) }));
    if (!isPartial) return known;
    return [...known, this.#attempt(sums[0]?.model ?? model ?? '', { price: undefined })];
  }

  /** Of what the batch itself says. */
  whole({ usage, model = '' }: EndedBatch): BilledAttempt {
    return this.#attempt(model, { usage, price: this.#find(model) });
  }

  #attempt(used: string, billed: Pick<BilledAttempt, 'usage' | 'price'>): BilledAttempt {
    const model = this.#placeOf(used)?.model ?? used;
    const { id, credential } = this.#endpoint;
    return {
      ...billed,
      model,
      provider: providerOfEndpoint(this.#endpoint, model),
      endpoint: id,
      credential: credential.kind === 'key' ? 'system' : null,
      error: null,
      batch: true,
    };
  }

  #priceOf({ model, tier, requests }: ResultSum): FoundPrice | undefined {
    const found = this.#find(model);
    if (found === undefined) return undefined;
    const { price } = found;
    const tokens = price.tiers[tier]?.tokens ?? price.tokens;
    const request = price.request && times(price.request, decimalOf(requests));
    return { ...found, price: { ...price, tokens, tiers: [], ...(request ? { request } : {}) } };
  }

  #find(used: string): FoundPrice | undefined {
    const place = this.#placeOf(used);
    const publicName = place?.model ?? used;
    const provider = providerOfEndpoint(this.#endpoint, publicName);
    return this.#table.find({ model: used, publicName, provider, endpointPrice: place?.endpoint.price });
  }

  /** The model that the account's endpoints have under this name, which answers may write with a date. */
  #placeOf(used: string): Place | undefined {
    for (const name of [used, ...namesOf(used)]) {
      const place = this.#places.find(({ model, endpoint }) => (endpoint.upstreamModel ?? model) === name);
      if (place) return place;
    }
    return undefined;
  }
}
