import { expect, test } from 'vitest';
import type { Config } from './config/config.ts';
import { parseConfig } from './config/load.ts';
import { settingsThatNeedRestart } from './restart-notice.ts';

function configOf(redis: string): Config {
  const text = `redis: ${redis}\nmodels: { m: { endpoints: [ { provider: mock } ] } }`;
  return parseConfig(text, 'test.yaml', { environment: {} }).config;
}

test.each([
  ['{ cluster: ["a:1"] }', '{ cluster: ["a:1"] }', []],
  ['{ cluster: ["a:1"] }', '{ cluster: ["a:1", "b:1"] }', ['redis.cluster']],
  ['{ cluster: ["a:1"] }', '{ cluster: ["rediss://a:1"] }', ['redis.cluster']],
  ['{ cluster: ["redis://:x@a:1"] }', '{ cluster: ["redis://:y@a:1"] }', ['redis.password']],
  ['{ sentinels: ["a:1"] }', '{ sentinels: ["redis://:y@a:1"] }', ['redis.sentinels']],
  ['{ sentinels: ["a:1"] }', '{ sentinels: ["a:1"], master: n, username: u }', ['redis.master', 'redis.username']],
  ['{ url: "redis://a" }', '{ sentinels: ["a:1"] }', ['redis.url', 'redis.sentinels', 'redis.master']],
])('from %s to %s', (before, after, changed) => {
  expect(settingsThatNeedRestart(configOf(before), configOf(after))).toEqual(changed);
});
