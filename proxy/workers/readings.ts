import type { Reading } from '../admin/reading.ts';
import { endedPart, mergedStats } from '../routing/merged-stats.ts';
import type { EndpointPart } from '../routing/stats.ts';
import type { WorkerReading } from './messages.ts';

/** What several workers show as one; `parts` may be empty. */
export function mergedReading(
  parts: readonly WorkerReading[],
  whole: Pick<Reading, 'uptimeMs'> & Required<Pick<Reading, 'workers'>>,
): Reading {
  const governed = parts.flatMap((part) => part.governed ?? []);
  return {
    ...whole,
    counters: added(NO_COUNTERS, ...parts.map(({ counters }) => counters)),
    cache: added(NO_CACHE, ...parts.map(({ cache }) => cache)),
    endpoints: new Map(
      byModel(parts).map(([model, groups]) => [model, groups.map((group) => mergedStats(group))] as const),
    ),
    redisConnected: parts.some(({ redisConnected }) => redisConnected === false)
      ? false
      : (parts.find(({ redisConnected }) => redisConnected !== null)?.redisConnected ?? null),
    redisRefusal: parts.find(({ redisRefusal }) => redisRefusal !== null)?.redisRefusal ?? null,
    ...(governed.length === 0
      ? {}
      : {
          governed: {
            databaseConnected: governed.every(({ databaseConnected }) => databaseConnected),
            countsLocally: governed.some(({ countsLocally }) => countsLocally),
          },
        }),
  };
}

/** What is left of workers that are gone: their counts. At least one. */
export function endedReading(parts: readonly WorkerReading[]): WorkerReading {
  const cache = added(NO_CACHE, ...parts.map((part) => part.cache));
  return {
    counters: added(NO_COUNTERS, ...parts.map(({ counters }) => counters)),
    cache: { ...cache, entries: 0, bytes: 0 },
    endpoints: byModel(parts).map(([model, groups]) => [
      model,
      groups.map((group): EndpointPart => {
        const successes = group.reduce((sum, part) => sum + part.successes, 0);
        return endedPart({ stats: mergedStats(group), successes, latency: [], ttft: [] });
      }),
    ]),
    redisConnected: null,
    redisRefusal: null,
  };
}

const NO_TOKENS = { input: 0, output: 0, cached: 0 };
const NO_COUNTERS: Reading['counters'] = {
  requests: 0,
  client_errors: 0,
  server_errors: 0,
  client_left: 0,
  cache: { hit: 0, miss: 0, joined: 0, stale: 0, bypass: 0, none: 0 },
  tokens: NO_TOKENS,
  generations: { total: 0, tokens: NO_TOKENS, estimated_tokens: { input: 0, output: 0 } },
};
const NO_CACHE: Reading['cache'] = {
  entries: 0,
  bytes: 0,
  evictions: 0,
  memoryHits: 0,
  redisHits: 0,
  misses: 0,
  stored: 0,
};

/** Members that are numbers, at any depth, added up; all have those of the first. */
function added<T extends object>(first: T, ...others: readonly T[]): T {
  return Object.fromEntries(
    Object.entries(first).map(([name, value]: [string, unknown]) => {
      const rest = others.map((other) => (other as Readonly<Record<string, unknown>>)[name]);
      if (typeof value === 'number') return [name, rest.reduce<number>((sum, one) => sum + Number(one), value)];
      return [name, added(value as object, ...(rest as object[]))];
    }),
  ) as T;
}

type Group = [EndpointPart, ...EndpointPart[]];

/** The endpoints of each model, each with what every worker knows of it; those that no running worker has any more are left out. */
function byModel(parts: readonly WorkerReading[]): (readonly [model: string, endpoints: readonly Group[]])[] {
  const models = new Map<string, Map<string, Group>>();
  const current = parts[0];
  for (const [model, endpoints] of current?.endpoints ?? []) {
    models.set(model, new Map(endpoints.map((part) => [part.stats.id, [part]])));
  }
  for (const { endpoints } of parts.slice(1)) {
    for (const [model, list] of endpoints) {
      for (const part of list) models.get(model)?.get(part.stats.id)?.push(part);
    }
  }
  return [...models].map(([model, endpoints]) => [model, [...endpoints.values()]] as const);
}
