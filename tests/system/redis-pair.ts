import { chat, nonce } from './ask.ts';
import { MODEL, startBed, type Bed } from './bed.ts';
import { jsonOf, send } from './http.ts';

/** Two proxies that share one Redis, in front of the same two endpoints; the mocks belong to the first. */
export interface Pair extends AsyncDisposable {
  readonly first: Bed;
  readonly second: Bed;
}

/** `config` are sections of the configuration. */
export async function startPair(config: object, model: object = {}): Promise<Pair> {
  const options = { mocks: 2, config, model: { strategy: 'round-robin', ...model } };
  const first = await startBed(options);
  const endpoints = first.mocks.map(({ baseURL }) => ({ base_url: baseURL }));
  const second = await startBed({ ...options, endpoints });
  return {
    first,
    second,
    async [Symbol.asyncDispose]() {
      await second[Symbol.asyncDispose]();
      await first[Symbol.asyncDispose]();
    },
  };
}

/** What `x-llmproxy-cache` says of the answer. */
export async function ask(bed: Bed, content: string): Promise<string | null> {
  const { response } = await bed.client().chat.completions.create(chat(content)).withResponse();
  return response.headers.get('x-llmproxy-cache');
}

/** What a client that wants no new answer gets: `hit`, or the status. */
export async function askCache(bed: Bed, content: string): Promise<string | number | null> {
  const response = await fetch(`${bed.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'cache-control': 'only-if-cached' },
    body: JSON.stringify(chat(content)),
  });
  await response.arrayBuffer();
  return response.ok ? response.headers.get('x-llmproxy-cache') : response.status;
}

/** Entries that a purge of everything has deleted. */
export async function purgeAll(bed: Bed): Promise<Record<string, unknown>> {
  return jsonOf(await send(`${bed.url}/cache`, { method: 'DELETE' }));
}

export interface Health {
  readonly status: string;
  readonly redis_connected: boolean | null;
  readonly redis_refuses: string | null;
}

export async function healthOf(bed: Bed): Promise<Health> {
  return (await (await fetch(`${bed.url}/health`)).json()) as Health;
}

/** What the proxy has logged of Redis, line by line. */
export function saidOfRedis(bed: Bed): string[] {
  return bed
    .log()
    .split('\n')
    .filter((line) => line.includes('"component":"redis"'));
}

export interface Traffic {
  readonly sent: number;
  readonly hits: number;
  /** Statuses other than 200, and connections that broke. */
  readonly failed: readonly string[];
  readonly slowestMs: number;
}

const CLIENTS = 4;
/** Questions that come again and again, beside those that come once. */
const REPEATED = 40;

/** Clients of both proxies that ask without a pause, half of it what was asked before, until `stop`. */
export function startTraffic(beds: readonly Bed[]): { sent(): number; stop(): Promise<Traffic> } {
  const word = nonce();
  const counts = { sent: 0, hits: 0, slowestMs: 0 };
  const failed: string[] = [];
  const over = new AbortController();
  const client = async (bed: Bed): Promise<void> => {
    while (!over.signal.aborted) {
      const index = counts.sent;
      counts.sent += 1;
      const content = index % 2 === 0 ? `${word} ${index % REPEATED}` : nonce();
      const began = performance.now();
      try {
        const response = await fetch(`${bed.url}/v1/chat/completions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ ...chat(content), model: MODEL }),
        });
        await response.arrayBuffer();
        if (!response.ok) failed.push(String(response.status));
        if (response.headers.get('x-llmproxy-cache') === 'hit') counts.hits += 1;
      } catch (error) {
        failed.push(String(error));
      }
      counts.slowestMs = Math.max(counts.slowestMs, performance.now() - began);
    }
  };
  const clients = Array.from({ length: CLIENTS }, (_, index) => client(beds[index % beds.length]!));
  return {
    sent: () => counts.sent,
    stop: async () => {
      over.abort();
      await Promise.all(clients);
      return { ...counts, failed };
    },
  };
}
