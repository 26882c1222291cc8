import type { RowId, Rows } from './measured.ts';

/** A load, and how full processes and Redis may be. */
export interface Load {
  /** Requests a second at the peak. */
  readonly rps: number;
  /** Share of the requests that stream; the others are answered as JSON. */
  readonly streams: number;
  /** Shares of the requests that are answered from a replica's memory and from Redis. */
  readonly memoryHits: number;
  readonly redisHits: number;
  /** Mean time of an answer of an endpoint, in seconds. */
  readonly answerSeconds: number;
  /** Different answers that Redis is to keep, and the mean size of one in KB. */
  readonly entries: number;
  readonly entryKb: number;
  /** `cache.memory`, in MiB. */
  readonly cacheMib: number;
  /** Replicas that may be away at the peak. */
  readonly spare: number;
}

export interface Plan {
  /** Processes, one core each, the spare ones included. */
  readonly replicas: number;
  /** CPU seconds a second of all processes. */
  readonly cores: number;
  readonly openStreams: number;
  /** Resident memory of one replica, in MB, with the streams of those that are away. */
  readonly replicaMb: number;
  readonly redisCommands: number;
  readonly redisCores: number;
  readonly redisMb: number;
  readonly redisShards: number;
}

/** How busy a core is to be at the peak: beyond it the waits grow. */
const BUSY = 0.6;
/** Memory that one Redis is given, in MB. */
const SHARD_MB = 16_000;
/** Milliseconds between two looks of a replica at the health that is kept. */
const RELOAD_MS = 15_000;

export function planFor(load: Load, rows: Rows): Plan {
  const misses = 1 - load.memoryHits - load.redisHits;
  const micros = (id: RowId): number => rows.bench.cases[id]?.micros ?? Number.NaN;
  const perMiss = load.streams * micros('stream-paced') + (1 - load.streams) * micros('record-small');
  const perHit = load.memoryHits * micros('hit-small') + load.redisHits * micros('hit-redis');
  const perRequest = misses * perMiss + perHit;
  const cores = (load.rps * perRequest) / 1e6;
  const working = Math.max(1, Math.ceil(cores / BUSY));
  const openStreams = load.rps * misses * load.streams * load.answerSeconds;
  const { lookupMicros, storeMicros, entryBytes, answerBytes, idleMb, residentPerCacheByte } = rows;
  const cacheMb = (load.cacheMib * 2 ** 20 * residentPerCacheByte) / 1e6;
  const lookups = load.rps * (1 - load.memoryHits);
  const stores = load.rps * misses;
  const redisCores = (lookups * lookupMicros + stores * storeMicros) / 1e6;
  const redisMb = (load.entries * (entryBytes - answerBytes + load.entryKb * 1_000)) / 1e6;
  const replicas = working + load.spare;
  return {
    replicas,
    cores,
    openStreams,
    replicaMb: idleMb + cacheMb + ((openStreams / working) * rows.bench.streamBytes) / 1e6,
    redisCommands: lookups + stores + (replicas * 1_000) / RELOAD_MS,
    redisCores,
    redisMb,
    redisShards: Math.max(1, Math.ceil(redisCores / BUSY), Math.ceil(redisMb / SHARD_MB)),
  };
}
