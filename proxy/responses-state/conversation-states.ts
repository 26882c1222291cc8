import { ProxyError } from '../core/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { parseObject } from '../wire/json-object.ts';
import { continued, listedItem, newId } from './items.ts';
import { pageOf } from './page.ts';
import type { StateLimits } from './response-states.ts';
import type { Place, StateStore } from './store.ts';

/** Items that one request may add, as the provider limits it. */
const MOST_ADDED = 20;

interface ConversationRecord {
  readonly id: string;
  readonly created_at: number;
  readonly metadata: JsonObject;
  readonly items: readonly JsonObject[];
}

/** Conversations that are kept, each for its scope. Every method throws ProxyError. */
export class ConversationStates {
  readonly #store: StateStore;
  readonly #limits: StateLimits;

  constructor(store: StateStore, limits: StateLimits) {
    this.#store = store;
    this.#limits = limits;
  }

  async has(scope: string, id: string): Promise<boolean> {
    return (await this.#store.get(place(scope, id))) !== undefined;
  }

  async create(scope: string, body: JsonObject, createdAt: number): Promise<JsonObject> {
    const items = itemsIn(body['items']).map(listedItem);
    const record = { id: newId('conv'), created_at: createdAt, metadata: metadataIn(body['metadata']), items };
    await this.#store.put(place(scope, record.id), this.#bytes(record), this.#limits.ttlMs);
    return view(record);
  }

  async retrieve(scope: string, id: string): Promise<JsonObject> {
    return view(await this.#get(scope, id));
  }

  async relabel(scope: string, id: string, body: JsonObject): Promise<JsonObject> {
    if (body['metadata'] === undefined) throw missing('metadata');
    const metadata = metadataIn(body['metadata']);
    return view(await this.#change(scope, id, (record) => ({ ...record, metadata })));
  }

  async remove(scope: string, id: string): Promise<JsonObject> {
    if (!(await this.#store.delete(place(scope, id)))) throw notFound(id);
    return { id, object: 'conversation.deleted', deleted: true };
  }

  async addItems(scope: string, id: string, body: JsonObject): Promise<JsonObject> {
    if (body['items'] === undefined || body['items'] === null) throw missing('items');
    const added = itemsIn(body['items']).map(listedItem);
    await this.append(scope, id, added);
    return pageOf(added, new URLSearchParams({ order: 'asc', limit: String(Math.max(1, added.length)) }));
  }

  async listItems(scope: string, id: string, query: URLSearchParams): Promise<JsonObject> {
    return pageOf((await this.#get(scope, id)).items, query);
  }

  async item(scope: string, id: string, itemId: string): Promise<JsonObject> {
    const found = (await this.#get(scope, id)).items.find((item) => item['id'] === itemId);
    if (found === undefined) throw itemNotFound(id, itemId);
    return found;
  }

  async removeItem(scope: string, id: string, itemId: string): Promise<JsonObject> {
    const changed = await this.#change(scope, id, (record) => {
      const items = record.items.filter((item) => item['id'] !== itemId);
      if (items.length === record.items.length) throw itemNotFound(id, itemId);
      return { ...record, items };
    });
    return view(changed);
  }

  /** What a request of the conversation is to be given before its own input. */
  async history(scope: string, id: string): Promise<readonly JsonObject[]> {
    return continued([...(await this.#get(scope, id)).items]);
  }

  /** Adds items behind the others. */
  async append(scope: string, id: string, items: readonly JsonObject[]): Promise<void> {
    await this.#change(scope, id, (record) => ({ ...record, items: [...record.items, ...items] }));
  }

  async #get(scope: string, id: string): Promise<ConversationRecord> {
    const record = recordIn(await this.#store.get(place(scope, id)));
    if (record === undefined) throw notFound(id);
    return record;
  }

  async #change(
    scope: string,
    id: string,
    change: (record: ConversationRecord) => ConversationRecord,
  ): Promise<ConversationRecord> {
    let changed: ConversationRecord | undefined;
    await this.#store.update(
      place(scope, id),
      (current) => {
        const record = recordIn(current);
        changed = record && change(record);
        return changed && this.#bytes(changed);
      },
      this.#limits.ttlMs,
    );
    if (changed === undefined) throw notFound(id);
    return changed;
  }

  #bytes(record: ConversationRecord): Buffer {
    const bytes = Buffer.from(JSON.stringify(record));
    if (bytes.length <= this.#limits.maxEntry) return bytes;
    throw new ProxyError('request_too_large', 'The conversation is larger than the proxy keeps (responses.max_entry).');
  }
}

function place(scope: string, id: string): Place {
  return { scope, kind: 'conversation', id };
}

function recordIn(bytes: Buffer | undefined): ConversationRecord | undefined {
  return bytes && (parseObject(bytes.toString('utf8')) as ConversationRecord | undefined);
}

function view({ id, created_at: createdAt, metadata }: ConversationRecord): JsonObject {
  return { id, object: 'conversation', created_at: createdAt, metadata };
}

function itemsIn(items: Json | undefined): readonly JsonObject[] {
  if (items === undefined || items === null) return [];
  if (!Array.isArray(items) || !items.every(isJsonObject)) {
    throw new ProxyError('invalid_type', "Invalid type for 'items': expected an array of objects.", { param: 'items' });
  }
  if (items.length > MOST_ADDED) {
    const message = `Invalid 'items': at most ${MOST_ADDED} can be added at once, found ${items.length}.`;
    throw new ProxyError('invalid_value', message, { param: 'items' });
  }
  return items;
}

function metadataIn(metadata: Json | undefined): JsonObject {
  if (metadata === undefined || metadata === null) return {};
  if (isJsonObject(metadata)) return metadata;
  throw new ProxyError('invalid_type', "Invalid type for 'metadata': expected an object.", { param: 'metadata' });
}

function missing(param: string): ProxyError {
  return new ProxyError('missing_required_parameter', `Missing required parameter: '${param}'.`, { param });
}

function notFound(id: string): ProxyError {
  return new ProxyError('conversation_not_found', `Conversation with id '${id}' not found.`);
}

function itemNotFound(id: string, itemId: string): ProxyError {
  return new ProxyError(
    'conversation_not_found',
    `Item with id '${itemId}' not found in conversation with id '${id}'.`,
  );
}
