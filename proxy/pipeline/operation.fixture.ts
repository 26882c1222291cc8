import type { IncomingHttpHeaders } from 'node:http';
import { createCache } from '../cache/create-cache.ts';
import type { CacheSettings } from '../cache/policy.ts';
import { targetsOf } from '../cache/target.ts';
import { seededRandom } from '../core/random.ts';
import { Flights } from '../flights/flights.ts';
import { FakeUpstream, tools } from '../generation/generation.fixture.ts';
import type { Generation } from '../generation/generation.ts';
import { PROTOCOLS } from '../protocols/table.ts';
import { RetryBudget } from '../routing/retry-budget.ts';
import { endpoint, routerOf } from '../routing/routing.fixture.ts';
import type { ExchangeRecord } from '../telemetry/exchange-record.ts';
import type { BodyFindings } from '../wire/model-finder.ts';
import { type ContextSeed, createContext, type RequestContext } from './context.ts';
import { runPipeline } from './pipeline.ts';
import { Slices } from '../core/slices.ts';
import { RequestMemo } from './request-memo.ts';
import { FakeResponder } from './responder.fixture.ts';
import type { ModelRuntime, Runtime } from './runtime.ts';

export const TTL_MS = 60_000;
const TIMEOUTS = { connectMs: 1, firstByteMs: 2, idleMs: 3, firstContentMs: 1_000, answerMs: 2_000, totalMs: 9_000 };

const CACHE = {
  enabled: true,
  ttlMs: TTL_MS,
  staleMs: 10 * TTL_MS,
  swrMs: 0,
  staleIfErrorMs: 0,
  negativeMs: 0,
  variants: 1,
  splitEmbeddings: false,
  maxEntryBytes: 1_000_000,
  namespace: '',
  ignore: ['stream', 'stream_options', 'cache', 'user'],
  forwardsCredential: false,
};

export interface Asked {
  readonly responder: FakeResponder;
  readonly context: RequestContext;
  /** Resolves when the exchange has settled. */
  readonly over: Promise<void>;
}

const NO_FINDINGS = { mentions: [] } as unknown as BodyFindings;
const resolved = (): Promise<void> => Promise.resolve();
function nothingGoesOut(): never {
  throw new Error('there is no body');
}

/** When a request comes; with a trace where the test has put tracing on. */
function arrivalOf({ telemetry, clock }: Runtime): Pick<ContextSeed, 'startedAt' | 'trace'> {
  const startedAt = clock.monotonic();
  if (!telemetry.tracing) return { startedAt };
  return { startedAt, trace: telemetry.trace(startedAt, { id: 'req', operation: 'chat.completions', headers: {} }) };
}

/** The `operation` pipeline with a real memory cache, real flights and routers, in front of a network that the test answers. */
export function operationBed(
  model: Partial<ModelRuntime> = {},
  names: readonly string[] = ['a', 'b'],
  cache: Partial<CacheSettings> = {},
) {
  const upstream = new FakeUpstream();
  const { tools: parts, clock, reports } = tools(upstream);
  const exchanges: ExchangeRecord[] = [];
  const endpoints = names.map((name, index) => endpoint(`m/${name}`, { weight: index === 0 ? 1 : 0 }));
  const settings = {
    ...CACHE,
    targets: targetsOf(endpoints.map((one) => ({ ...one, mock: false, bundled: false }))),
    ...cache,
  };
  const { router } = routerOf(endpoints, { model: 'm', clock });
  const configured: ModelRuntime = {
    name: 'm',
    router,
    attempts: 3,
    timeouts: TIMEOUTS,
    retries: new RetryBudget(20),
    cache: settings,
    scopedByCredential: false,
    strictTranslation: false,
    ...model,
  };
  const runtime = {
    ...parts,
    cache: createCache({ memoryBytes: 1_000_000, staleMs: settings.staleMs, clock, protocols: PROTOCOLS }),
    flights: new Flights<Generation>(),
    memo: new RequestMemo(),
    slices: new Slices(),
    telemetry: {
      ...parts.telemetry,
      exchange: (record: ExchangeRecord) => void exchanges.push(record),
      shared: () => undefined,
    },
    bodyLimit: 1_000_000,
    streamKeepaliveMs: 0,
    requireKey: false,
    random: seededRandom(7),
    model: (name: string) => (name === configured.name ? configured : undefined),
    models: [configured],
  } as unknown as Runtime;
  const ask = (body: object | string, headers: IncomingHttpHeaders = {}): Asked => {
    const protocol = PROTOCOLS['chat.completions'];
    const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const responder = new FakeResponder();
    const context = createContext({
      id: `req_${exchanges.length + 1}`,
      operation: protocol.id,
      protocol,
      head: { method: 'POST', path: protocol.path, query: '', headers },
      source: { collect: () => Promise.resolve([bytes]), inspect: () => Promise.reject(new Error('not asked for')) },
      responder,
      subject: undefined,
      ...arrivalOf(runtime),
      cacheStatus: 'bypass',
    });
    return { responder, context, over: Promise.resolve(runPipeline('operation', context, runtime)) };
  };
  /** A request about a stored response, without a body. */
  const askStored = (method: string, id: string): Asked => {
    const protocol = PROTOCOLS.responses;
    const responder = new FakeResponder();
    const nothing = { findings: NO_FINDINGS, inMemory: true, bytes: 0, outgoing: nothingGoesOut, close: resolved };
    const context = createContext({
      id: `req_${exchanges.length + 1}`,
      operation: 'responses.retrieve',
      protocol,
      head: { method, path: `${protocol.path}/${id}`, query: '', headers: {} },
      source: { collect: () => Promise.reject(new Error('not asked for')), inspect: () => Promise.resolve(nothing) },
      responder,
      subject: id,
      startedAt: clock.monotonic(),
      cacheStatus: 'none',
    });
    return { responder, context, over: Promise.resolve(runPipeline('stored-response', context, runtime)) };
  };
  return { upstream, clock, reports, exchanges, runtime, ask, askStored };
}
