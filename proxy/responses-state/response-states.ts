import { ProxyError } from '../core/errors.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import { parseObject } from '../wire/json-object.ts';
import { continued } from './items.ts';
import { historyOf, isRunning, type ResponseRecord } from './record.ts';
import type { Place, StateStore } from './store.ts';

export interface StateLimits {
  readonly ttlMs: number;
  /** Bytes of one response or conversation, its context included. */
  readonly maxEntry: number;
}

/** Responses that are kept, each for its scope. */
export class ResponseStates {
  readonly #store: StateStore;
  readonly #limits: StateLimits;

  constructor(store: StateStore, limits: StateLimits) {
    this.#store = store;
    this.#limits = limits;
  }

  async find(scope: string, id: string): Promise<ResponseRecord | undefined> {
    return recordIn(await this.#store.get(place(scope, id)));
  }

  /** Throws ProxyError `response_not_found`. */
  async get(scope: string, id: string): Promise<ResponseRecord> {
    const record = await this.find(scope, id);
    if (record === undefined) throw notFound(id);
    return record;
  }

  /**
   * What a request is to be given that goes on from a response; `unstored` is one that only its caller's connection knows.
   * Throws ProxyError `previous_response_not_found`.
   */
  async history(scope: string, id: string, unstored?: ResponseRecord): Promise<readonly JsonObject[]> {
    return historyOf(unstored ?? (await this.find(scope, id)), id);
  }

  /** Resolves to whether it is kept: one that is too large is not, nor, where that is possible, are its events. */
  async put(scope: string, record: ResponseRecord): Promise<boolean> {
    const bytes = this.#fitting(record);
    if (bytes === undefined) return false;
    await this.#store.put(place(scope, record.id), bytes, this.#limits.ttlMs);
    await this.#putItems(scope, record);
    return true;
  }

  /** Keeps the items of its output, so that a request can name them alone. */
  async #putItems(scope: string, { response }: ResponseRecord): Promise<void> {
    await Promise.all(
      namedItems(response).map(([id, item]) =>
        this.#store.put({ scope, kind: 'item', id }, Buffer.from(JSON.stringify(item)), this.#limits.ttlMs),
      ),
    );
  }

  /** The items with those that are named alone (`item_reference`) in full. Throws ProxyError `invalid_value`. */
  async resolved(scope: string, items: readonly JsonObject[]): Promise<readonly JsonObject[]> {
    if (!items.some(isReference)) return items;
    const whole = await Promise.all(items.map(async (item) => (isReference(item) ? this.#item(scope, item) : [item])));
    return continued(whole.flat());
  }

  /** Whether a record is small enough to be kept. */
  fits(record: ResponseRecord): boolean {
    return this.#fitting(record) !== undefined;
  }

  /** Puts how a background response goes on, unless it has been cancelled or deleted meanwhile. Resolves to whether it was put. */
  async advance(scope: string, record: ResponseRecord): Promise<boolean> {
    const bytes = this.#fitting(record) ?? this.#fitting(withoutOutput(record));
    if (bytes === undefined) return false;
    const change = (current: Buffer | undefined): Buffer | undefined => {
      const there = recordIn(current);
      return there && isRunning(there) ? bytes : undefined;
    };
    const isPut = await this.#store.update(place(scope, record.id), change, this.#limits.ttlMs);
    if (isPut && !isRunning(record)) await this.#putItems(scope, record);
    return isPut;
  }

  /** Throws ProxyError `response_not_found`. */
  async remove(scope: string, id: string): Promise<JsonObject> {
    const record = await this.find(scope, id);
    if (!(await this.#store.delete(place(scope, id)))) throw notFound(id);
    const items = record ? namedItems(record.response) : [];
    await Promise.all(items.map(([itemId]) => this.#store.delete({ scope, kind: 'item', id: itemId })));
    return { id, object: 'response', deleted: true };
  }

  /** Cancels a background response that runs; what has ended stays as it is. Throws ProxyError. */
  async cancel(scope: string, id: string): Promise<ResponseRecord> {
    const record = await this.get(scope, id);
    if (!record.background) {
      throw new ProxyError('invalid_value', 'Cannot cancel a synchronous response.', { param: 'response_id' });
    }
    if (!isRunning(record)) return record;
    const cancelled = { ...record, response: { ...record.response, status: 'cancelled' } };
    return (await this.advance(scope, cancelled)) ? cancelled : this.get(scope, id);
  }

  async #item(scope: string, { id }: JsonObject): Promise<JsonObject[]> {
    const name = typeof id === 'string' ? id : '';
    const bytes = await this.#store.get({ scope, kind: 'item', id: name });
    const item = bytes && parseObject(bytes.toString('utf8'));
    if (item) return [item];
    throw new ProxyError('invalid_value', `Item with id '${name}' not found.`, { param: 'input' });
  }

  #fitting(record: ResponseRecord): Buffer | undefined {
    const whole = Buffer.from(JSON.stringify(record));
    if (whole.length <= this.#limits.maxEntry) return whole;
    if (record.events === undefined) return undefined;
    const { events: _events, ...rest } = record;
    return this.#fitting(rest);
  }
}

/** Of a background response that grew too large its client is told that much. */
function withoutOutput(record: ResponseRecord): ResponseRecord {
  const error = { code: 'server_error', message: 'The response is larger than the proxy keeps (responses.max_entry).' };
  const { events: _events, ...rest } = record;
  return { ...rest, context: [], response: { ...record.response, status: 'failed', error, output: [] } };
}

function isReference({ type }: JsonObject): boolean {
  return type === 'item_reference';
}

function namedItems({ output }: JsonObject): (readonly [string, JsonObject])[] {
  const items = Array.isArray(output) ? output.filter(isJsonObject) : [];
  return items.flatMap((item) => (typeof item['id'] === 'string' ? [[item['id'], item] as const] : []));
}

function place(scope: string, id: string): Place {
  return { scope, kind: 'response', id };
}

function recordIn(bytes: Buffer | undefined): ResponseRecord | undefined {
  return bytes && (parseObject(bytes.toString('utf8')) as ResponseRecord | undefined);
}

function notFound(id: string): ProxyError {
  return new ProxyError('response_not_found', `Response with id '${id}' not found.`);
}
