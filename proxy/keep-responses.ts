import type { Config } from './config/config.ts';
import type { Clock } from './core/clock.ts';
import { BackgroundRuns } from './pipeline/background-runs.ts';
import type { KeptTools } from './pipeline/kept.ts';
import { runPipeline } from './pipeline/pipeline.ts';
import type { RedisClient } from './redis/client.ts';
import { ConversationStates } from './responses-state/conversation-states.ts';
import { MemoryStateStore } from './responses-state/memory-store.ts';
import { RedisStateStore } from './responses-state/redis-store.ts';
import { ResponseStates } from './responses-state/response-states.ts';
import type { StateStore } from './responses-state/store.ts';
import { StateSeal } from './responses-state/seal.ts';
import { TieredStateStore } from './responses-state/tiered-store.ts';

/** What keeps responses for endpoints that do not: on Redis where there is one, else in `states`, else in memory. */
export function keepResponses(
  { responses, cache }: Config,
  clock: Clock,
  { redis, states: others }: { readonly redis: RedisClient | undefined; readonly states?: StateStore | undefined },
): KeptTools {
  const memory = new MemoryStateStore(responses.memory, clock);
  const seal = new StateSeal(cache.key && Buffer.from(cache.key.reveal(), 'latin1'));
  const store = redis ? new TieredStateStore(new RedisStateStore(redis, seal), memory) : (others ?? memory);
  const states = new ResponseStates(store, responses);
  const runs = new BackgroundRuns({
    states,
    most: responses.background,
    maxEntry: responses.maxEntry,
    start: (context, runtime) => runPipeline('operation', context, runtime),
  });
  return { responses: states, conversations: new ConversationStates(store, responses), runs };
}
