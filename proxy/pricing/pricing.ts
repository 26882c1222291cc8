import type { PricingConfig } from '../config/auto.ts';
import type { Prices, PricesOptions } from './prices.ts';

/** The door to the prices of a proxy. They are loaded where one is asked for, or has to be fetched: a proxy that prices nothing does without. */
export class Pricing {
  readonly #options: PricesOptions;
  #settings: PricingConfig = { refreshMs: 0 };
  #loading: Promise<Prices> | undefined;
  #closed = false;

  constructor(options: PricesOptions) {
    this.#options = options;
  }

  /** The same object with every call. */
  load(): Promise<Prices> {
    this.#loading ??= this.#loaded();
    return this.#loading;
  }

  /** Takes the settings of a configuration over; fetching begins in the background. */
  configure(settings: PricingConfig): void {
    this.#settings = settings;
    if (this.#loading !== undefined || settings.url !== undefined)
      this.#later(({ refresh }) => refresh.configure(this.#settings));
  }

  /** Nothing is fetched any more. */
  close(): void {
    this.#closed = true;
    if (this.#loading !== undefined) this.#later(({ refresh }) => refresh.close());
  }

  #later(run: (prices: Prices) => void): void {
    this.load().then(run, (error: unknown) => {
      this.#options.logger.warn({ component: 'pricing', err: error }, 'prices could not be loaded');
    });
  }

  async #loaded(): Promise<Prices> {
    const { Prices: Loaded } = await import('./prices.ts');
    const prices = await Loaded.load(this.#options);
    if (this.#closed) prices.refresh.close();
    else prices.refresh.configure(this.#settings);
    return prices;
  }
}
