import type { TestProject } from 'vitest/node';
import { shareRedis } from './redis.ts';
import { failWhenSomethingIsLeft } from './run-marker.ts';

/** Global setup of the unit project: one real Redis. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  failWhenSomethingIsLeft();
  const redis = await shareRedis();
  project.provide('redisUrl', redis.url);
  return () => redis.stop();
}
