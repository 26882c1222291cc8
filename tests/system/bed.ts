import OpenAI from 'openai';
import type { ClientOptions } from 'openai';
import type { JournalEntry, Mock, MockOptions } from '../../mocks/index.ts';
import { startMock } from '../../mocks/index.ts';
import { App, parseConfig } from '../../proxy/index.ts';

export const MODEL = 'gpt-4o-mini';

export interface BedOptions {
  /** Mocks behind the model; default 1. */
  readonly mocks?: number;
  readonly mock?: Omit<MockOptions, 'port'>;
  /** Fields over the default ones of each endpoint, by its place. */
  readonly endpoints?: readonly object[];
  /** Fields of the model beside its endpoints: `strategy`, `routing`, `cache` … */
  readonly model?: object;
  /** Sections of the configuration: `cache`, `redis`, `server` … */
  readonly config?: object;
  /** Further models, as they stand in the configuration; `base_url` is given for a place among the mocks. */
  readonly moreModels?: (mocks: readonly Mock[]) => object;
}

/** A proxy of this test's own, in this process, in front of mocks of its own. */
export interface Bed extends AsyncDisposable {
  readonly app: App;
  /** `http://127.0.0.1:PORT` of the proxy. */
  readonly url: string;
  readonly mocks: readonly Mock[];
  /** The first mock. */
  readonly mock: Mock;
  client(options?: ClientOptions): OpenAI;
  /** What the mocks have seen, by time. */
  requests(): Promise<JournalEntry[]>;
  /** Names of the endpoints in the order in which they were called: `a` is the first mock. */
  sequence(): Promise<string>;
  /** Everything the proxy has logged. */
  log(): string;
  /** The access line of a request. */
  accessLine(requestId: string): Record<string, unknown> | undefined;
  /** What `GET /stats` says. */
  stats(): Promise<Stats>;
}

export interface Stats {
  readonly requests: Readonly<Record<string, number>>;
  readonly cache: Readonly<Record<string, number>>;
  /** Of all models, one after the other. */
  readonly endpoints: readonly (Readonly<Record<string, unknown>> & { readonly id: string; readonly state: string })[];
}

/** `a`, `b`, `c` … */
export function endpointName(index: number): string {
  return String.fromCodePoint(97 + index);
}

export async function startBed(options: BedOptions = {}): Promise<Bed> {
  const mocks = await Promise.all(Array.from({ length: options.mocks ?? 1 }, () => startMock(options.mock)));
  const endpoints = mocks.map((mock, index) => ({
    provider: 'openai',
    name: endpointName(index),
    base_url: mock.baseURL,
    api_key: `sk-endpoint-${endpointName(index)}`,
    ...options.endpoints?.[index],
  }));
  const config = {
    ...options.config,
    models: { [MODEL]: { ...options.model, endpoints }, ...options.moreModels?.(mocks) },
  };
  const lines: string[] = [];
  const app = await startApp(config, (line) => lines.push(line));
  const requests = async (): Promise<JournalEntry[]> => {
    const journals = await Promise.all(mocks.map((mock) => mock.requests()));
    return journals.flat().toSorted((a, b) => a.at - b.at);
  };
  return {
    app,
    url: app.url,
    mocks,
    mock: mocks[0]!,
    client: (over) => clientOf(app.url, over),
    requests,
    sequence: async () => {
      const ports = mocks.map(({ port }) => port);
      return (await requests()).map(({ port }) => endpointName(ports.indexOf(port))).join('');
    },
    log: () => lines.join(''),
    accessLine: (id) => lines.map(readLine).find((line) => line['id'] === id && line['msg'] === 'request'),
    stats: () => statsOf(app.url),
    async [Symbol.asyncDispose]() {
      await app.close();
      await Promise.all(mocks.map((mock) => mock.close()));
    },
  };
}

/** What `GET /stats` says, with the endpoints of all models in one list. */
export async function statsOf<T = Stats>(url: string): Promise<T> {
  const { endpoints, ...rest } = (await (await fetch(`${url}/stats`)).json()) as {
    endpoints: Record<string, object[]>;
  };
  return { ...rest, endpoints: Object.values(endpoints).flat() } as T;
}

/** A proxy in this process; `config` lacks nothing but where it listens. */
export async function startApp(config: object, log: (line: string) => void = () => {}): Promise<App> {
  const text = JSON.stringify({ ...config, server: { drain_timeout: '1s', ...serverOf(config), port: 0 } });
  return App.start({
    load: () => parseConfig(text, 'test.yaml', { environment: {} }),
    logSink: { write: log, flush: () => {} },
  });
}

export function clientOf(url: string, options: ClientOptions = {}): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-client', maxRetries: 0, ...options });
}

function serverOf(config: object): object {
  return 'server' in config && typeof config.server === 'object' && config.server !== null ? config.server : {};
}

function readLine(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return {};
  }
}
