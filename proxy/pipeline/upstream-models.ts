import { ownRequest } from './own-request.ts';
import type { IncomingHttpHeaders } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../core/clock.ts';
import type { Json } from '../core/json.ts';
import { credentialDigest } from '../providers/credential-digest.ts';
import { providerOf } from '../providers/table.ts';
import type { ListedModel, ModelListing } from '../providers/types.ts';
import { targetId } from '../routing/target-id.ts';
import type { Endpoint } from '../routing/types.ts';
import type { UpstreamClient } from '../upstream/client.ts';

export interface UpstreamListing {
  readonly models: readonly ListedModel[];
  /** Ids of the endpoints whose list is missing or out of date. */
  readonly incomplete: readonly string[];
}

export interface UpstreamModelsOptions {
  readonly clock: Clock;
  readonly upstream: Pick<UpstreamClient, 'send'>;
  /** Called when an endpoint has not listed its models. */
  readonly onFailure: (endpoint: string, reason: string) => void;
  /** Milliseconds that an endpoint has for its list. Default 5 s. */
  readonly timeoutMs?: number;
}

interface Known {
  readonly models: readonly ListedModel[];
  readonly complete: boolean;
  /** Monotonic milliseconds. */
  readonly until: number;
}

const TIMEOUT_MS = 5_000;
const FRESH_MS = 5 * 60_000;
/** An endpoint that failed is not asked again, and waited for, before this many milliseconds. */
const RETRY_MS = 15_000;
/** Lists that are remembered: one an endpoint, or one a caller where the caller's credential is passed on. */
const MAX_LISTS = 64;
const MAX_MODELS = 5_000;
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_NAME = 256;

/** What the endpoints of the model `*` list at `GET /models`: cached, bounded in time, size and number. */
export class UpstreamModels {
  readonly #options: UpstreamModelsOptions;
  readonly #known = new LRUCache<string, Known>({ max: MAX_LISTS });
  readonly #running = new Map<string, Promise<Known>>();

  constructor(options: UpstreamModelsOptions) {
    this.#options = options;
  }

  /** `headers` are the caller's: an endpoint that forwards the credential is asked with it. Never rejects. */
  async list(endpoints: readonly Endpoint[], headers: IncomingHttpHeaders): Promise<UpstreamListing> {
    // An endpoint that is given one fixed name serves every name as that model.
    const asked = endpoints.filter(({ upstreamModel }) => upstreamModel === undefined);
    const lists = await Promise.all(asked.map((endpoint) => this.#listOf(endpoint, headers)));
    const models = new Map<string, ListedModel>();
    for (const list of lists) for (const model of list.models) if (!models.has(model.id)) models.set(model.id, model);
    return {
      models: [...models.values()],
      incomplete: asked.filter((_endpoint, index) => lists[index]?.complete === false).map(({ id }) => id),
    };
  }

  async #listOf(endpoint: Endpoint, headers: IncomingHttpHeaders): Promise<Known> {
    const caller = endpoint.credential.kind === 'forward' ? ` ${credentialDigest(headers)}` : '';
    const key = `${targetId(endpoint)}${caller}`;
    const known = this.#known.get(key);
    if (known && known.until > this.#options.clock.monotonic()) return known;
    let running = this.#running.get(key);
    if (!running) {
      running = this.#fetch(endpoint, headers, known).then((list) => {
        this.#known.set(key, list);
        this.#running.delete(key);
        return list;
      });
      this.#running.set(key, running);
    }
    return running;
  }

  async #fetch(endpoint: Endpoint, headers: IncomingHttpHeaders, before: Known | undefined): Promise<Known> {
    const { clock, onFailure } = this.#options;
    const { listing } = providerOf(endpoint);
    if (listing === undefined) return { models: [], complete: false, until: clock.monotonic() + FRESH_MS };
    try {
      const models = readList(await this.#ask(endpoint, listing, headers), listing);
      return { models, complete: true, until: clock.monotonic() + FRESH_MS };
    } catch (error) {
      onFailure(endpoint.id, error instanceof Error ? error.message : String(error));
      return { models: before?.models ?? [], complete: false, until: clock.monotonic() + RETRY_MS };
    }
  }

  #ask(endpoint: Endpoint, listing: ModelListing, headers: IncomingHttpHeaders): Promise<Buffer> {
    const { upstream, timeoutMs = TIMEOUT_MS } = this.#options;
    const view = { ...listing.view, protocol: undefined, headers, facts: undefined };
    const wanted = providerOf(endpoint).request(view, endpoint);
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const stop = (reason: string): void => {
        reject(new Error(reason));
        call.abort();
      };
      const timer = setTimeout(() => stop(`no list of models within ${timeoutMs} ms`), timeoutMs);
      const call = upstream.send(ownRequest(endpoint, wanted, timeoutMs), {
        onHead: (status) => {
          if (status !== 200) stop(`status ${status}`);
        },
        onData: (chunk) => {
          bytes += chunk.length;
          if (bytes > MAX_BYTES) stop(`more than ${MAX_BYTES} bytes`);
          else chunks.push(chunk);
        },
        onEnd: () => {
          clearTimeout(timer);
          resolve(Buffer.concat(chunks));
        },
        onFailure: ({ reason }) => {
          clearTimeout(timer);
          reject(new Error(reason));
        },
      });
    });
  }
}

function readList(body: Buffer, listing: ModelListing): ListedModel[] {
  const entries = listing.read(JSON.parse(body.toString()) as Json);
  if (entries === undefined) throw new Error('the answer is no list of models');
  return entries.slice(0, MAX_MODELS).flatMap((entry) => {
    const model = listing.entry(entry);
    if (model === undefined || model.id === '' || model.id.length > MAX_NAME) return [];
    const { owner = '', ...rest } = model;
    return [{ ...rest, ...(owner === '' || owner.length > MAX_NAME ? {} : { owner }) }];
  });
}
