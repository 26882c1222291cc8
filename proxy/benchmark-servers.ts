import { BundledMocks } from './bundled-mocks.ts';
import type { BenchmarkServers } from './commands/benchmark/session.ts';
import { startProxy } from './start-proxy.ts';

const MOCK = 'benchmark';

/** What `llmproxy benchmark` starts: a proxy that is the product's, and its bundled mock. */
export const benchmarkServers: BenchmarkServers = {
  // What goes wrong is in the results.
  proxy: (config) => startProxy(config, { logLevel: 'silent', environment: {} }),
  mock: async () => {
    const mocks = new BundledMocks();
    await mocks.ensure([MOCK]);
    return { origin: mocks.origin(MOCK) ?? '', close: () => mocks.close() };
  },
};
