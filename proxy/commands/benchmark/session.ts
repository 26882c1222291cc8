import { systemClock } from '../../core/clock.ts';
import { isJsonObject } from '../../core/json.ts';
import { loadBundledPrices } from '../../usage/bundled-prices.ts';
import type { Price } from '../../usage/price.ts';
import { PriceTable } from '../../usage/price-table.ts';
import { authorization, boundedText, type Door } from './call.ts';
import { CallFailure, reasonOf } from './faults.ts';
import type { Chosen, Source } from './options.ts';
import {
  holdsConversation,
  isKey,
  keyOf,
  providerNamed,
  targetOf,
  type BenchmarkProvider,
  type FoundKey,
} from './providers.ts';
import type { Target } from './record.ts';
import { CommandFault } from '../place.ts';

/** The servers that the benchmark asks, made by who may make them. */
export interface BenchmarkServers {
  /** A proxy in this process, on a free port of the loopback. `baseURL` ends in `/v1`. */
  proxy(config: Readonly<Record<string, unknown>>): Promise<{ readonly baseURL: string; close(): Promise<void> }>;
  /** The bundled mock. `origin` has no path. */
  mock(): Promise<{ readonly origin: string; close(): Promise<void> }>;
}

/** A model, and where and with which key it is asked. */
export interface Asked extends Target, Door {}

/** What is asked, once everything that it needs runs. */
export interface Session {
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Keyed = Chosen & { readonly key: FoundKey };

/** What stands in for a key at the mock. */
const MOCK_KEY = 'mock-key';

/** The providers whose keys are set, and a sentence about each of the others. */
export interface KeySearch {
  readonly found: readonly Keyed[];
  readonly skipped: readonly string[];
}

export function findKeys(chosen: readonly Chosen[], environment: Environment): KeySearch {
  const found: Keyed[] = [];
  const skipped: string[] = [];
  for (const one of chosen) {
    const key = keyOf(one.provider, environment);
    if (key === undefined) skipped.push(`${one.provider.id} is skipped: ${one.provider.keys.join(' or ')} is not set.`);
    else if (!isKey(key.value)) skipped.push(`${one.provider.id} is skipped: ${key.variable} holds no key.`);
    else found.push({ ...one, key });
  }
  return { found, skipped };
}

/** Asks the providers themselves, through a proxy in this process. */
export async function keyedSession(
  found: readonly Keyed[],
  env: Environment,
  servers: BenchmarkServers,
): Promise<Session> {
  const endpoints = found.map((one) => ({ ...one, key: one.key.value, address: env[one.provider.address]?.trim() }));
  return throughProxy(endpoints, servers);
}

/** Asks the bundled mock in the dialect of each provider, through a proxy in this process. */
export async function mockSession(chosen: readonly Chosen[], servers: BenchmarkServers): Promise<Session> {
  const mock = await servers.mock();
  const address = (provider: BenchmarkProvider): string => `${mock.origin}${provider.mockPath}`;
  try {
    const endpoints = chosen.map((one) => ({ ...one, key: MOCK_KEY, address: address(one.provider) }));
    const session = await throughProxy(endpoints, servers);
    return { ...session, close: () => session.close().finally(() => mock.close()) };
  } catch (error) {
    await mock.close();
    throw error;
  }
}

interface Reached extends Chosen {
  readonly key: string;
  readonly address: string | undefined;
}

/**
 * The proxy holds no key: each request brings the one that goes on to the provider, so that no other program of this machine can
 * spend it. Nothing is cached or tried twice, since one call is what is measured.
 */
async function throughProxy(reached: readonly Reached[], servers: BenchmarkServers): Promise<Session> {
  const all = reached.flatMap(({ provider, models, key, address }) =>
    models.map((model) => ({ provider, model, key, address, name: `${provider.id}/${model}` })),
  );
  const proxy = await servers.proxy({
    server: { drain_timeout: '1s' },
    cache: { enabled: false },
    routing: { attempts: 1, allowed_fails: 1_000, cooldown: '1ms' },
    models: Object.fromEntries(
      all.map(({ provider, model, address, name }) => {
        const place = address === undefined || address === '' ? {} : { base_url: address };
        return [name, { endpoints: [{ provider: provider.provider, model, api_key: 'forward', ...place }] }];
      }),
    ),
  });
  const asked = all.map(({ provider, model, key }) => ({ provider: provider.id, model, baseUrl: proxy.baseURL, key }));
  return { asked, close: () => proxy.close() };
}

/** What a model is called where it is asked: the proxy of this process serves it as `PROVIDER/MODEL`. */
export function nameAt(source: Source, { provider, model }: Target): string {
  return source.kind === 'url' ? model : `${provider}/${model}`;
}

/** Models that a benchmark takes of a list by itself. */
/** No model of its own: the proxy would pick one of the others. */
const PICKED = 'auto';
const MOST_LISTED = 20;
const MOST_LIST_BYTES = 4 * 1024 * 1024;
const LONGEST_MODEL = 200;
const LIST_TIMEOUT_MS = 30_000;

/** Asks a proxy that runs. Throws CommandFault where it does not answer, or has no model that can be asked. */
export async function urlSession(
  source: Source & { readonly kind: 'url' },
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<Session> {
  const { baseUrl, key, models, providers } = source;
  const targets =
    models === undefined ? await listedTargets(source, signal) : models.map((model) => targetOf(model, 'unknown'));
  const wanted = targets.filter(({ provider }) => providers === undefined || providers.includes(provider));
  if (wanted.length === 0) throw new CommandFault('the proxy has no such model; name those to ask with --models.');
  const asked = models === undefined ? wanted.slice(0, MOST_LISTED) : wanted;
  if (asked.length < wanted.length) {
    say(`The proxy lists ${wanted.length} models; the first ${MOST_LISTED} are asked. --models chooses others.`);
  }
  return { asked: asked.map((target) => ({ ...target, baseUrl, key })), close: () => Promise.resolve() };
}

async function listedTargets({ baseUrl, key }: Door, signal: AbortSignal): Promise<Target[]> {
  const text = await listOf({ baseUrl, key }, signal);
  const entries = entriesIn(text).flatMap(({ id, owned_by: owner }) =>
    typeof id === 'string' && id !== PICKED && id.length <= LONGEST_MODEL && holdsConversation(id)
      ? [targetOf(id, typeof owner === 'string' ? owner : 'unknown')]
      : [],
  );
  return entries.filter(({ model }, index) => entries.findIndex((one) => one.model === model) === index);
}

async function listOf({ baseUrl, key }: Door, signal: AbortSignal): Promise<string> {
  try {
    const response = await fetch(`${baseUrl}/models`, {
      headers: authorization(key),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(LIST_TIMEOUT_MS)]),
    });
    if (!response.ok) {
      await response.body?.cancel();
      const why =
        response.status === 401 || response.status === 403 ? 'it refuses the key' : 'it does not list its models';
      throw new CommandFault(`the proxy at ${baseUrl} answers HTTP ${response.status}: ${why}.`);
    }
    return await boundedText(response, MOST_LIST_BYTES);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CommandFault) throw error;
    if (error instanceof CallFailure) throw new CommandFault('the list of models is too long.', { cause: error });
    throw new CommandFault(`cannot reach the proxy at ${baseUrl}: ${reasonOf(error)}.`, { cause: error });
  }
}

function entriesIn(text: string): readonly Readonly<Record<string, unknown>>[] {
  try {
    const list: unknown = JSON.parse(text);
    const data: unknown = isJsonObject(list) ? list['data'] : undefined;
    return Array.isArray(data) ? data.filter(isJsonObject) : [];
  } catch {
    return [];
  }
}

/** The price of each model, out of the one table. */
export async function loadPrices(): Promise<(target: Target) => Price | undefined> {
  const table = new PriceTable({ clock: systemClock, bundled: await loadBundledPrices() });
  return ({ provider, model }) => {
    const known = providerNamed(provider)?.provider;
    return table.find({ model, ...(known === undefined ? {} : { provider: known }) })?.price;
  };
}
