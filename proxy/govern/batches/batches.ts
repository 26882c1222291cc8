import type { CancelTimer, TimerClock } from '../../core/clock.ts';
import type { EndpointCredential } from '../../core/credential.ts';
import type { JsonObject } from '../../core/json.ts';
import { withUsersKey } from '../../generation/attempt-keys.ts';
import type { BatchTracking, MadeBatch } from '../../pipeline/governed/batches.ts';
import { accountOf } from '../../routing/account.ts';
import { type BilledAttempt, bookAttempts } from '../../usage/booking.ts';
import type { BatchApi, BatchRow, BatchStore, OpenBatch } from '../../usage/batches/types.ts';
import type { PriceTable } from '../../usage/price-table.ts';
import { parseObject } from '../../wire/json-object.ts';
import { batchLedgerRow, chargeBatch, type ChargeTools } from './batch-charge.ts';
import { BatchPrices, type Place } from './batch-price.ts';
import { BatchResults } from './batch-results.ts';
import type { Ask } from './question.ts';
import { batchPath, type EndedBatch, endedBatch, MAX_ID } from './shown-batch.ts';

export interface BatchesOptions extends ChargeTools {
  readonly clock: TimerClock;
  readonly store: BatchStore;
  readonly ask: Ask;
  /** The key of a user's that has this id; undefined where it was deleted, switched off or cannot be read. */
  readonly open: (credential: string) => Extract<EndpointCredential, { readonly kind: 'key' }> | undefined;
  /** A batch was booked; `cost` in nano-dollars, null = unknown. */
  readonly onBooked: (batch: BatchRow, cost: bigint | null) => void;
  readonly onTrouble: (error: unknown) => void;
}

/** Of the configuration in force. */
export interface BatchesSettings {
  readonly prices: Pick<PriceTable, 'find'>;
  /** All endpoints. */
  readonly places: readonly Place[];
}

const HOUR_MS = 3_600_000;
/** How long the endpoint of a batch is asked. */
const ASKED_MS = 7 * 24 * HOUR_MS;
/** Booked batches are known so long. */
const KEEP_MS = 30 * 24 * HOUR_MS;
/** How often it is looked up which batches are to be asked for. */
const EVERY_MS = 300_000;
const FIRST_MS = 60_000;
const RETRY_MS = 5_000;
/** How long a request waits that deletes a batch. */
const ENDING_MS = 30_000;
const DUE_AT_ONCE = 100;
const DELETED_AT_ONCE = 5_000;
/** Batches that may wait to be written, to be booked; ids that are known to be booked. What is beyond is left to the polls. */
const CAPACITY = 10_000;
/** Bytes of a batch that an endpoint shows. */
const SHOWN_LIMIT = 1024 * 1024;

/**
 * Books each batch once, for the key that made it: when an answer shows that it has ended, else when its endpoint says so, which is
 * asked each hour for seven days. Of several replicas one asks, and one books.
 */
export class Batches implements BatchTracking {
  readonly #options: BatchesOptions;
  #settings: BatchesSettings = { prices: { find: () => undefined }, places: [] };
  readonly #made = new Map<string, BatchRow>();
  readonly #known = new Set<string>();
  #writing: Promise<void> | undefined;
  #retry: CancelTimer | undefined;
  /** Results are read one batch after another. */
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;
  #timer: CancelTimer | undefined;
  #isClosed = false;

  constructor(options: BatchesOptions) {
    this.#options = options;
  }

  configure(settings: BatchesSettings): void {
    this.#settings = settings;
  }

  made(batch: MadeBatch): void {
    if (this.#isClosed || !isId(batch.id)) return;
    if (this.#made.size >= CAPACITY) {
      this.#options.onTrouble(new Error('too many batches wait to be written'));
      return;
    }
    this.#made.set(batch.id, { ...batch, madeAt: this.#options.clock.now() });
    void this.#write();
  }

  shown(endpoint: string, api: BatchApi, objects: readonly JsonObject[]): void {
    for (const object of objects) {
      const { id } = object;
      const ended = endedBatch(api, object);
      if (!ended || !isId(id) || this.#known.has(id) || this.#isClosed || this.#waiting >= CAPACITY) continue;
      void this.#enqueue(async () => {
        await this.#write();
        const batch = await this.#options.store.open(id);
        if (batch === undefined) this.#remember(id);
        else if (batch.api === api && this.#isSameAccount(batch.endpoint, endpoint)) await this.#end(batch, ended);
      });
    }
  }

  async ending(id: string): Promise<void> {
    if (!isId(id) || this.#known.has(id) || this.#isClosed) return;
    let cancel: (() => void) | undefined;
    const late = new Promise<void>((resolve) => (cancel = this.#options.clock.after(ENDING_MS, resolve)));
    const booked = this.#enqueue(async () => {
      await this.#write();
      const batch = await this.#options.store.open(id);
      if (batch) await this.#askFor(batch);
    });
    await Promise.race([booked, late]);
    cancel?.();
  }

  /** Begins to ask for what no answer has shown. */
  start(): void {
    this.#schedule(FIRST_MS);
  }

  /** Asks for every batch that was not asked for since an hour. Never rejects. */
  poll(): Promise<void> {
    return this.#enqueue(async () => {
      const { store, clock } = this.#options;
      await this.#write();
      for (let due = await this.#due(); due.length > 0; due = await this.#due()) {
        for (const batch of due) {
          if (this.#isClosed) return;
          // oxlint-disable-next-line no-await-in-loop -- one after another
          if (await store.claimPoll(batch, clock.now())) await this.#askFor(batch);
        }
      }
      await store.deleteBefore(clock.now() - KEEP_MS, DELETED_AT_ONCE);
    });
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#writing;
    await this.#tail;
  }

  /** Writes what waits, once, and stops. Returns how many batches are lost. */
  async close(): Promise<number> {
    this.#isClosed = true;
    this.#timer?.();
    this.#retry?.();
    await this.#tail;
    await this.#write();
    return this.#made.size;
  }

  #due(): Promise<readonly OpenBatch[]> {
    const { store, clock } = this.#options;
    return store.due(clock.now() - HOUR_MS, DUE_AT_ONCE);
  }

  async #askFor(batch: OpenBatch): Promise<void> {
    const { ask, clock } = this.#options;
    const isLast = clock.now() - batch.madeAt >= ASKED_MS;
    const endpoint = this.#asked(batch);
    const chunks: Buffer[] = [];
    let bytes = 0;
    const read = (chunk: Buffer): boolean => {
      chunks.push(chunk);
      bytes += chunk.length;
      return bytes <= SHOWN_LIMIT;
    };
    const { api, id } = batch;
    const reply = endpoint ? await ask(endpoint, { api, path: batchPath(api, id), read }) : 'away';
    const shown = reply === 'whole' ? parseObject(Buffer.concat(chunks).toString()) : undefined;
    const ended = shown?.['id'] === id ? endedBatch(api, shown) : undefined;
    if (ended) await this.#end(batch, ended, isLast);
    else if (isLast) await this.#book(batch, [this.#unknown(batch)]);
  }

  /** Books a batch that has ended; one whose results cannot be read now waits for the next poll, unless that was the last. */
  async #end(batch: OpenBatch, ended: EndedBatch, isLast = false): Promise<void> {
    const attempts = await this.#attempts(batch, ended);
    if (attempts) await this.#book(batch, attempts);
    else if (isLast) await this.#book(batch, [this.#unknown(batch)]);
  }

  /** Undefined where the endpoint cannot be asked now. */
  async #attempts(batch: BatchRow, said: EndedBatch): Promise<readonly BilledAttempt[] | undefined> {
    const endpoint = this.#endpoint(batch.endpoint);
    if (endpoint === undefined) return undefined;
    const ended = { ...said, model: said.model ?? batch.model ?? undefined };
    const prices = new BatchPrices(endpoint, this.#settings.places, this.#settings.prices);
    if (prices.isSumEnough(ended)) return [prices.whole(ended)];
    if (ended.results === undefined) return ended.usage || !ended.isEmpty ? [prices.whole(ended)] : [];
    const results = new BatchResults(prices.tierOf);
    const question = { api: batch.api, path: ended.results, read: (chunk: Buffer) => results.push(chunk) };
    const asked = this.#asked(batch);
    const reply = asked ? await this.#options.ask(asked, question) : 'gone';
    if (reply === 'away') return undefined;
    const read = results.end(reply !== 'whole');
    return read.isPartial && ended.usage ? [prices.whole(ended)] : prices.attempts(read, ended.model);
  }

  async #book(batch: BatchRow, attempts: readonly BilledAttempt[]): Promise<void> {
    const { store, clock, onBooked } = this.#options;
    const { credential } = batch;
    const booking = bookAttempts(credential === null ? attempts : attempts.map((one) => ({ ...one, credential })));
    const at = clock.now();
    const isBooked = await store.book(batch.id, at, batchLedgerRow(batch, booking, at));
    this.#remember(batch.id);
    if (!isBooked) return;
    onBooked(batch, booking.cost);
    await chargeBatch(batch, booking, this.#options, at);
  }

  #unknown({ endpoint, model }: BatchRow): BilledAttempt {
    const place = this.#endpoint(endpoint);
    const provider = place?.providerName ?? place?.provider ?? '';
    return { model: model ?? '', provider, endpoint, credential: null, error: null, price: undefined, batch: true };
  }

  #endpoint(id: string): Place['endpoint'] | undefined {
    return this.#settings.places.find(({ endpoint }) => endpoint.id === id)?.endpoint;
  }

  /** The endpoint as it may be asked for the batch: with the key that made it, or not at all. */
  #asked({ endpoint: id, credential }: BatchRow): Place['endpoint'] | undefined {
    const endpoint = this.#endpoint(id);
    if (endpoint === undefined || credential === null) return endpoint && canAsk(endpoint) ? endpoint : undefined;
    const key = endpoint.takesOwnKeys && this.#options.open(credential);
    return key ? withUsersKey(endpoint, key) : undefined;
  }

  #isSameAccount(one: string, other: string): boolean {
    const [a, b] = [this.#endpoint(one), this.#endpoint(other)];
    return one === other || (a !== undefined && b !== undefined && accountOf(a) === accountOf(b));
  }

  #remember(id: string): void {
    if (this.#known.size >= CAPACITY) this.#known.clear();
    this.#known.add(id);
  }

  /** Jobs run one after another, and none rejects. */
  #enqueue(job: () => Promise<void>): Promise<void> {
    this.#waiting += 1;
    this.#tail = this.#tail
      .then(job)
      .catch((error: unknown) => this.#options.onTrouble(error))
      .finally(() => (this.#waiting -= 1));
    return this.#tail;
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => (this.#writing = undefined));
    return this.#writing;
  }

  /** Never rejects: what could not be written is tried again. */
  async #writeAll(): Promise<void> {
    const { store, clock, onTrouble } = this.#options;
    this.#retry?.();
    this.#retry = undefined;
    try {
      for (let next = first(this.#made); next !== undefined; next = first(this.#made)) {
        // oxlint-disable-next-line no-await-in-loop -- batches are few
        await this.#insert(store, next);
        this.#made.delete(next.id);
      }
    } catch (error) {
      onTrouble(error);
      if (!this.#isClosed) this.#retry = clock.after(RETRY_MS, () => void this.#write());
    }
  }

  /** A row that the database refuses does not hold the others up. Rejects while the database is away. */
  async #insert(store: BatchStore, row: BatchRow): Promise<void> {
    try {
      await store.insert(row);
    } catch (error) {
      if (store.isAway(error)) throw error;
      this.#options.onTrouble(error);
    }
  }

  #schedule(ms: number): void {
    if (this.#isClosed) return;
    this.#timer = this.#options.clock.after(ms, () => {
      void this.poll().then(() => this.#schedule(EVERY_MS));
    });
  }
}

function first(made: ReadonlyMap<string, BatchRow>): BatchRow | undefined {
  return made.values().next().value;
}

/** Not where the callers' own credentials are passed on. */
function canAsk({ credential }: Place['endpoint']): boolean {
  return credential.kind !== 'forward';
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_ID && /^[\x21-\x7e]+$/.test(value);
}
