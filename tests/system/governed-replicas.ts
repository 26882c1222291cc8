import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { type Mock, startMock } from '../../mocks/index.ts';
import { startPostgres, type OwnPostgres } from '../setup/postgres.ts';
import { startProxy, type ProxyProcess } from '../setup/services.ts';
import { tempFolder } from '../setup/temp-folder.ts';
import { nonce } from './ask.ts';
import { type Answer, client, type Governed, MODELS } from './governed.ts';

const MASTER_KEY = '0123456789abcdef0123456789abcdeffedcba9876543210fedcba9876543210';
export const SKEWED_CLOCK = new URL('skewed-clock.ts', import.meta.url);

export interface Replica extends Omit<Governed, 'proxy' | 'mock' | 'close' | 'upstreamCalls'> {
  readonly proxy: ProxyProcess;
}

export interface ReplicaOptions {
  readonly database: string;
  /** `inject('redisUrl')`, or one of the test's own. Undefined = none. */
  readonly redis?: object | undefined;
  readonly mock?: Mock;
  readonly config?: object;
  readonly preload?: URL;
}

/** Each request of a model costs one cent, whatever it says. */
export async function startReplica(options: ReplicaOptions): Promise<Replica> {
  const { database, redis, config, preload } = options;
  const mock = options.mock ?? (await testMock());
  const endpoint = { provider: 'openai', base_url: mock.baseURL, api_key: 'sk-endpoint' };
  const proxy = await startProxy({
    config: {
      auth: { admin: 'open' },
      database: { url: database },
      prices: { '*': { request: 0.01 } },
      models: Object.fromEntries(MODELS.map((name) => [name, { endpoints: [endpoint] }])),
      ...(redis === undefined ? {} : { redis }),
      ...config,
    },
    env: { LLMPROXY_MASTER_KEY: MASTER_KEY },
    ...(preload === undefined ? {} : { preload }),
  });
  onTestFinished(() => proxy.stop());
  return { proxy, ...client(proxy.url, {}) };
}

export async function testMock(): Promise<Mock> {
  const mock = await startMock();
  onTestFinished(() => mock.close());
  return mock;
}

/** The Redis of the run, under a prefix of the test's own. */
export function testRedis(): object {
  return { url: inject('redisUrl'), prefix: `llmproxy-test-${nonce()}`, timeout: '10s' };
}

export function sqliteFile(): string {
  return `sqlite:${join(tempFolder('replicas'), 'llmproxy.db')}`;
}

/** A Postgres of the test's own, empty. */
export async function testPostgres(): Promise<OwnPostgres> {
  const server = await startPostgres();
  onTestFinished(() => server.stop());
  return server;
}

/** Runs `total` calls, `atOnce` at a time; the answers in the order in which they ended. */
export async function inParallel(
  total: number,
  atOnce: number,
  call: (index: number) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < total) answers.push(await call(next++));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return answers;
}

/** How many answers there are of each status and code. */
export function counted(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, json } of answers) {
    const code = (json as { error?: { code?: string } }).error?.code;
    const name = code === undefined ? String(status) : `${status} ${code}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Cents that the key has spent, and requests that it has made, as this replica knows them. */
export async function usageOf(replica: Replica, id: string): Promise<{ cents: number; requests: number }> {
  const key = await replica.get('virtual-keys', id);
  const { budget, rate_limit: limit } = key as unknown as {
    budget: { current_usage: number } | null;
    rate_limit: { request_current_usage: number } | null;
  };
  return { cents: budget?.current_usage ?? 0, requests: limit?.request_current_usage ?? 0 };
}

/** Requests in the ledger. */
export async function ledgerRows(replica: Replica): Promise<number> {
  const { json } = await replica.api('GET', '/usage');
  return (json['totals'] as { requests: number }).requests;
}
