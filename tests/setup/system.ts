import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import type { TestValues } from './context.ts';
import { judgeEverythingEmitted } from './emissions.ts';
import { startLive } from './live.ts';
import { shareRedis } from './redis.ts';
import { failWhenSomethingIsLeft } from './run-marker.ts';
import { startMocks, startProxy } from './services.ts';

const CONFIG = fileURLToPath(new URL('../../llmproxy.test.yaml', import.meta.url));
const MOCKS = 3;

interface Stopping {
  stop(): Promise<void>;
}

/** Global setup of the system and conformance projects: Redis, mocks and proxy, each on a free port; all stopped afterwards. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  failWhenSomethingIsLeft();
  judgeEverythingEmitted(project);
  const running: Stopping[] = [];
  const stopAll = async (): Promise<void> => {
    for (const one of running.toReversed()) await one.stop();
  };
  try {
    const mocks = (): Promise<TestValues> => startMocked(running);
    const values = await (process.env['LLMPROXY_LIVE'] === '1' ? startLive(running, mocks) : mocks());
    project.provide('redisUrl', values.redisUrl);
    project.provide('proxyUrl', values.proxyUrl);
    project.provide('mockUrls', values.mockUrls);
    project.provide('live', values.live);
    project.provide('liveModels', values.liveModels);
    project.provide('liveEndpoints', values.liveEndpoints);
  } catch (error) {
    await stopAll();
    throw error;
  }
  return stopAll;
}

async function startMocked(running: Stopping[]): Promise<TestValues> {
  const [redis, mocks] = await Promise.all([shareRedis(), startMocks(MOCKS)]);
  running.push(redis, mocks);
  const env: Record<string, string> = {
    REDIS_URL: redis.url,
    LLMPROXY_TEST_PREFIX: `llmproxy-test-${randomBytes(6).toString('hex')}`,
  };
  for (const [index, url] of mocks.urls.entries()) env[`LLMPROXY_TEST_MOCK_${index + 1}`] = `${url}/v1`;
  const proxy = await startProxy({ config: CONFIG, env });
  running.push(proxy);
  return {
    redisUrl: redis.url,
    proxyUrl: proxy.url,
    mockUrls: [...mocks.urls],
    live: false,
    liveModels: [],
    liveEndpoints: {},
  };
}
