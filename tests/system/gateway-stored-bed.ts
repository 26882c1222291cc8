import { onTestFinished } from 'vitest';
import { startBed, type Bed, type BedOptions } from './bed.ts';
import { read, type Reply } from './credentials-bed.ts';
import { SERVICE_KEY } from './gateway-generate-bed.ts';
import { send } from './http.ts';

export interface StoredBed {
  readonly bed: Bed;
  /** The origin of the mock that stands for every provider. */
  readonly origin: string;
  /** A call below `/api/v1`, with the service key. */
  readonly call: (method: string, path: string, body?: unknown) => Promise<Reply>;
  readonly generate: (fields?: object) => Promise<Reply>;
  /** Stores a provider or an override and gives its id; throws with the answer when it was refused. */
  readonly store: (kind: 'providers' | 'overrides', fields: object) => Promise<string>;
}

/** A proxy in this process without providers in its file: what `generate` uses is stored over HTTP. */
export async function storedBed(options: BedOptions = {}): Promise<StoredBed> {
  const upstream = await startBed({ ...options, config: {} });
  onTestFinished(() => upstream[Symbol.asyncDispose]());
  const bed = await startBed({
    config: {
      database: { url: ':memory:' },
      auth: { admin: 'open' },
      gateway: { service_key: SERVICE_KEY },
      ...options.config,
    },
  });
  onTestFinished(() => bed[Symbol.asyncDispose]());
  const call: StoredBed['call'] = async (method, path, body) =>
    read(await send(`${bed.url}/api/v1${path}`, { method, body, headers: { 'x-service-key': SERVICE_KEY } }));
  return {
    bed: { ...bed, requests: () => upstream.requests() },
    origin: `http://127.0.0.1:${upstream.mock.port}`,
    call,
    generate: (fields = {}) =>
      call('POST', '/generate', { user_id: 'u1', service: 'chat', prompt: 'Say hello', ...fields }),
    store: async (kind, fields) => {
      const { status, text, json } = await call('POST', `/${kind}`, fields);
      if (status !== 201) throw new Error(`${status} ${text}`);
      return (json as { id: string }).id;
    },
  };
}
