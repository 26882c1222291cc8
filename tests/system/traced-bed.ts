import type OpenAI from 'openai';
import { expect, onTestFinished } from 'vitest';
import { type Mock, type MockOptions, startMock } from '../../mocks/index.ts';
import { type ProxyProcess, startProxy } from '../setup/services.ts';
import { clientOf, endpointName, MODEL } from './bed.ts';
import { type Collector, exportsTo, type Span, startCollector } from './otlp.ts';

/** A proxy in a process of its own, which exports its spans to a collector of the test's. */
export interface TracedBed {
  readonly proxy: ProxyProcess;
  readonly mocks: readonly Mock[];
  readonly mock: Mock;
  readonly collector: Collector;
  readonly client: OpenAI;
  /** The span of a request, once it has come with all that lie below it: so many. */
  readonly trace: (spans: number, requestId?: string | null) => Promise<Trace>;
}

export interface Trace {
  readonly server: Span;
  readonly clients: readonly Span[];
  readonly lookup: Span | undefined;
  readonly all: readonly Span[];
}

export interface TracedOptions {
  readonly mocks?: number;
  readonly mock?: Omit<MockOptions, 'port'>;
  readonly endpoints?: readonly object[];
  readonly model?: object;
  readonly config?: object;
  readonly env?: Record<string, string>;
  readonly collector?: Collector;
  /** A module that is loaded into the proxy before the program. */
  readonly preload?: URL;
}

export async function tracedBed(options: TracedOptions = {}): Promise<TracedBed> {
  const collector = options.collector ?? (await startCollector());
  const mocks = await Promise.all(Array.from({ length: options.mocks ?? 1 }, () => startMock(options.mock)));
  const endpoints = mocks.map(({ baseURL }, at) => ({
    provider: 'openai',
    name: endpointName(at),
    base_url: baseURL,
    api_key: `sk-endpoint-${endpointName(at)}`,
    ...options.endpoints?.[at],
  }));
  const proxy = await startProxy({
    config: { log: { format: 'json' }, ...options.config, models: { [MODEL]: { ...options.model, endpoints } } },
    env: exportsTo(collector, options.env),
    ...(options.preload ? { preload: options.preload } : {}),
  });
  onTestFinished(async () => {
    await proxy.stop();
    await Promise.all(mocks.map((mock) => mock.close()));
  });
  const trace = async (spans: number, requestId?: string | null): Promise<Trace> => {
    const server = (): Span | undefined =>
      collector.spans.find(
        ({ kind, attributes }) =>
          kind === 'server' && (requestId === undefined || attributes['llmproxy.request_id'] === requestId),
      );
    const all = (): Span[] => collector.spans.filter(({ traceId }) => traceId === server()?.traceId);
    await expect.poll(() => [server() !== undefined, all().length], { timeout: 10_000 }).toEqual([true, spans]);
    const found = all();
    return {
      server: server()!,
      clients: found.filter(({ kind }) => kind === 'client'),
      lookup: found.find(({ name }) => name === 'cache lookup'),
      all: found,
    };
  };
  return { proxy, mocks, mock: mocks[0]!, collector, client: clientOf(proxy.url), trace };
}
