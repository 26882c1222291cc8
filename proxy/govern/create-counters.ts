import type { TimerClock } from '../core/clock.ts';
import { MemoryCounters } from '../governance/limits/memory-counters.ts';
import { SharedCounters } from '../governance/limits/shared-counters.ts';
import type { Counters } from '../governance/limits/types.ts';
import type { RedisClient } from '../redis/client.ts';
import type { ProxyLogger } from '../telemetry/logger.ts';

interface CountersParts {
  readonly clock: TimerClock;
  readonly redis: RedisClient | undefined;
  readonly logger: ProxyLogger;
}

const COMPONENT = { component: 'governance' };

/** The counters of a running proxy: shared by all replicas where there is a Redis. */
export function createCounters({ clock, redis, logger }: CountersParts): Counters {
  if (redis === undefined) return new MemoryCounters({ now: () => clock.now() });
  return new SharedCounters({
    client: redis,
    clock,
    onEvent: (event) => {
      if (event === 'local') logger.warn(COMPONENT, 'Redis is away: limits are counted by this process alone');
      else logger.info(COMPONENT, 'limits are counted on Redis again');
    },
  });
}
