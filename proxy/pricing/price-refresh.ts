import type { PricingConfig } from '../config/auto.ts';
import type { CancelTimer } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import { type FetchedPrices, STALE_AFTER_MS } from '../usage/fetched-prices.ts';
import { fetchList, type FetchTools } from './fetch-list.ts';
import { PriceFault, readPriceList } from './price-list.ts';

export interface PriceRefreshOptions extends FetchTools {
  readonly random: Random;
  readonly fetched: FetchedPrices;
  readonly logger: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

/** What became of a question for new prices; `no_source`: the configuration names none. */
export type Refreshed =
  | { readonly state: 'replaced'; readonly models: number }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'no_source' };

const FIRST_RETRY_MS = 30_000;
/** Times between two fetches are moved by up to this part, so that replicas do not ask at the same moment. */
const JITTER = 0.1;
const COMPONENT = { component: 'pricing' };

/** Fetches the configured table of prices, again and again. Whatever goes wrong, the prices that are in force stay. */
export class PriceRefresh {
  readonly #options: PriceRefreshOptions;
  #settings: PricingConfig = { refreshMs: 0 };
  #running: { readonly result: Promise<Refreshed>; readonly abort: AbortController } | undefined;
  #cancelNext: CancelTimer | undefined;
  #cancelStale: CancelTimer | undefined;
  #failures = 0;
  #closed = false;

  constructor(options: PriceRefreshOptions) {
    this.#options = options;
  }

  /** Takes the settings of a configuration over. Prices of an address that is no longer configured go once others are there. */
  configure(settings: PricingConfig): void {
    const before = this.#settings;
    this.#settings = settings;
    if (this.#closed || (before.url === settings.url && before.refreshMs === settings.refreshMs)) return;
    this.#cancelNext?.();
    if (before.url !== settings.url) {
      this.#running?.abort.abort();
      this.#running = undefined;
      this.#failures = 0;
    }
    if (settings.url === undefined) this.#drop();
    else if (settings.refreshMs > 0) void this.refresh();
  }

  /** Fetches now; who asks while it is being fetched gets the same answer. Never rejects. */
  refresh(): Promise<Refreshed> {
    const { url } = this.#settings;
    if (url === undefined) return Promise.resolve({ state: 'no_source' });
    if (this.#running !== undefined) return this.#running.result;
    if (this.#closed) return Promise.resolve({ state: 'failed', reason: 'the proxy is closing' });
    this.#cancelNext?.();
    const abort = new AbortController();
    const result = this.#replaced(url, abort.signal).then((refreshed) => {
      if (this.#running?.abort === abort) this.#ended(refreshed);
      return refreshed;
    });
    this.#running = { result, abort };
    return result;
  }

  /** Ends what runs; nothing is fetched any more. */
  close(): void {
    this.#closed = true;
    this.#running?.abort.abort();
    this.#running = undefined;
    this.#cancelNext?.();
    this.#cancelStale?.();
  }

  async #replaced(url: string, signal: AbortSignal): Promise<Refreshed> {
    const { fetched, clock, logger } = this.#options;
    try {
      const { prices, invalid } = await readPriceList(await fetchList(url, this.#options, signal));
      // The configuration has changed, or the proxy closes.
      if (signal.aborted) throw new PriceFault('fetching was ended');
      fetched.replace(prices, clock.now());
      if (invalid > 0)
        logger.warn({ ...COMPONENT, entries: invalid }, 'entries of the fetched prices are invalid and left out');
      const models = fetched.state?.models ?? 0;
      logger.info({ ...COMPONENT, models }, 'prices fetched');
      return { state: 'replaced', models };
    } catch (error) {
      return {
        state: 'failed',
        reason: error instanceof PriceFault ? error.message : `it could not be read (${String(error)})`,
      };
    }
  }

  #ended(refreshed: Refreshed): void {
    const { clock, random, logger } = this.#options;
    this.#running = undefined;
    if (refreshed.state === 'replaced') {
      this.#failures = 0;
      this.#cancelStale?.();
      this.#cancelStale = clock.after(STALE_AFTER_MS + 1, () => {
        logger.warn(COMPONENT, 'the fetched prices are more than a day old; they stay in force');
      });
    } else if (refreshed.state === 'failed') {
      this.#failures += 1;
      logger.warn(
        { ...COMPONENT, reason: refreshed.reason },
        'prices could not be fetched; the known ones stay in force',
      );
    }
    const { refreshMs } = this.#settings;
    if (refreshMs === 0) return;
    const wait = this.#failures === 0 ? refreshMs : Math.min(refreshMs, FIRST_RETRY_MS * 2 ** (this.#failures - 1));
    this.#cancelNext = clock.after(wait * (1 - JITTER + 2 * JITTER * random()), () => void this.refresh());
  }

  #drop(): void {
    this.#cancelStale?.();
    this.#options.fetched.clear();
  }
}
