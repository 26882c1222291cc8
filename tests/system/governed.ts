import { expect } from 'vitest';
import { startMock, type Mock } from '../../mocks/index.ts';
import { startProxy, type ProxyProcess } from '../setup/services.ts';
import { nonce } from './ask.ts';
import { send, type RawAnswer } from './http.ts';

/** An answer of `/api/governance` or `/v1`, read as JSON where it is JSON. */
export interface Answer extends RawAnswer {
  readonly text: string;
  /** Empty where the answer is no JSON. */
  readonly json: Readonly<Record<string, unknown>>;
}

export interface Entity {
  readonly id: string;
  readonly [name: string]: unknown;
}

export type Plural = 'virtual-keys' | 'teams' | 'customers' | 'users';

const SINGULAR = {
  'virtual-keys': 'virtual_key',
  teams: 'team',
  customers: 'customer',
  users: 'user',
} as const satisfies Readonly<Record<Plural, string>>;

export const singularOf = (plural: Plural): string => SINGULAR[plural];

export interface GovernedOptions {
  /** Sections over those of every test: `auth`, `database`, `redis` … */
  readonly config?: object;
  /** Models beside those of every test; `endpoint` is one at the mock. */
  readonly models?: (endpoint: object) => object;
  /** For the administration of the proxy. */
  readonly token?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A proxy with keys in a child process, in front of a mock of its own in this one. Each answer of its models costs one cent. */
export interface Governed {
  readonly proxy: ProxyProcess;
  readonly mock: Mock;
  readonly url: string;
  /** Below `/api/governance`. */
  api(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Creates; fails the test with the answer when it is refused. */
  make(plural: Plural, fields?: object): Promise<Entity>;
  /** Changes; fails the test when it is refused. */
  put(plural: Plural, id: string, fields: object): Promise<Entity>;
  get(plural: Plural, id: string): Promise<Entity>;
  /** The value of a new key. */
  key(fields?: object): Promise<string>;
  /** A chat with the key in `authorization`, about something new unless `content` says what. */
  chat(key: string | undefined, body?: object, headers?: Record<string, string>): Promise<Answer>;
  call(path: string, options: { method?: string; headers?: Record<string, string>; body?: unknown }): Promise<Answer>;
  /** How many requests of models have come to the mock. */
  upstreamCalls(): Promise<number>;
  close(): Promise<void>;
}

export const MODELS = ['gpt-4', 'gpt-4o-mini', 'gpt-3.5-turbo', 'claude-3-5-sonnet-20240620', 'gemini-2.5-flash'];

export async function startGoverned(options: GovernedOptions = {}): Promise<Governed> {
  const mock = await startMock();
  const endpoint = { provider: 'openai', base_url: mock.baseURL, api_key: 'sk-endpoint' };
  const models = Object.fromEntries(MODELS.map((name) => [name, { endpoints: [endpoint] }]));
  const proxy = await startProxy({
    config: {
      auth: options.token === undefined ? { admin: 'open' } : { admin_token: options.token },
      database: { url: ':memory:' },
      prices: { '*': { request: 0.01 } },
      ...options.config,
      models: { ...models, ...options.models?.(endpoint) },
    },
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  const admin: Record<string, string> = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };
  return { proxy, mock, ...client(proxy.url, admin), upstreamCalls: () => callsOf(mock), close: closer(proxy, mock) };
}

const closer = (proxy: ProxyProcess, mock: Mock) => async (): Promise<void> => {
  await proxy.stop();
  await mock.close();
};

/** Everything that a client and an administrator of the proxy at `url` may do. */
export function client(
  url: string,
  admin: Record<string, string>,
): Omit<Governed, 'proxy' | 'mock' | 'close' | 'upstreamCalls'> {
  const call: Governed['call'] = async (path, request) => read(await send(`${url}${path}`, request));
  const api: Governed['api'] = (method, path, body, headers = {}) =>
    call(`/api/governance${path}`, { method, headers: { ...admin, ...headers }, body });
  const entity = async (plural: Plural, status: number, answer: Promise<Answer>): Promise<Entity> => {
    const { status: given, json, text } = await answer;
    expect(given, text).toBe(status);
    return (json as Record<string, Entity>)[SINGULAR[plural]]!;
  };
  const make: Governed['make'] = (plural, fields = {}) =>
    entity(plural, 201, api('POST', `/${plural}`, { name: `${plural} ${nonce()}`, ...fields }));
  return {
    url,
    api,
    make,
    call,
    put: (plural, id, fields) => entity(plural, 200, api('PUT', `/${plural}/${id}`, fields)),
    get: (plural, id) => entity(plural, 200, api('GET', `/${plural}/${id}`)),
    key: async (fields) => String((await make('virtual-keys', fields))['value']),
    chat: (key, body = {}, headers = {}) =>
      call('/v1/chat/completions', {
        method: 'POST',
        headers: { ...bearer(key), ...headers },
        body: { model: 'gpt-4', messages: [{ role: 'user', content: nonce() }], ...body },
      }),
  };
}

function read(answer: RawAnswer): Answer {
  const text = answer.body.toString();
  try {
    return { ...answer, text, json: JSON.parse(text) as Record<string, unknown> };
  } catch {
    return { ...answer, text, json: {} };
  }
}

async function callsOf(mock: Mock): Promise<number> {
  return (await mock.requests()).length;
}

/** What a test of gates looks at; the code of a good answer is `ok`. */
export function verdict({ status, json, text }: Answer): string {
  const { error } = json as { error?: { code?: string } };
  return `${status} ${status < 400 ? 'ok' : (error?.code ?? text)}`;
}

/** Budgets and rate limits as most tests need them. */
export const budget = (cents: number, duration = '1h'): object => ({
  budget: { max_limit: cents, reset_duration: duration },
});
export const requestLimit = (max: number, duration = '1h'): object => ({
  rate_limit: { request_max_limit: max, request_reset_duration: duration },
});
export const tokenLimit = (max: number, duration = '1h'): object => ({
  rate_limit: { token_max_limit: max, token_reset_duration: duration },
});

export const bearer = (key: string | undefined): Record<string, string> =>
  key === undefined ? {} : { authorization: `Bearer ${key}` };

/** A caller without a key, which is refused under `auth.require_key`, and keys that fail at one gate each. */
export async function refusedCallers(
  bed: Governed,
): Promise<readonly (readonly [status: number, code: string, key: string | undefined])[]> {
  const spent = await bed.key(requestLimit(1));
  await bed.chat(spent);
  return [
    [401, 'virtual_key_required', undefined],
    [402, 'budget_exceeded', await bed.key(budget(0))],
    [403, 'virtual_key_not_found', 'sk-lp-unknown'],
    [403, 'model_blocked', await bed.key({ allowed_models: ['none'] })],
    [403, 'provider_blocked', await bed.key({ allowed_providers: ['none'] })],
    [429, 'request_limited', spent],
  ];
}
