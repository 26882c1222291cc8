import type { EntryFinding } from '../../cache/entry-finding.ts';
import type { CacheStats, InMemory } from '../../cache/tiers.ts';
import type { SoughtEntry } from '../../pipeline/find-entry.ts';

/** What the cache did for the requests of one model. */
export interface CacheUse {
  readonly hits: number;
  readonly misses: number;
  readonly joined: number;
  readonly stale: number;
  readonly bypassed: number;
}

export interface RedisReading {
  /** Null without Redis. */
  readonly connected: boolean | null;
  /** Why Redis refuses commands although it answers; null when it does not. */
  readonly refusal: string | null;
}

/** What one process knows of the cache. */
export interface CachePart {
  readonly stats: CacheStats;
  readonly memory: InMemory;
  /** By model. */
  readonly use: readonly (readonly [model: string, use: CacheUse])[];
  readonly redis: RedisReading;
}

export interface CacheView {
  readonly memory: {
    readonly entries: number;
    readonly bytes: number;
    /** Bound on the bytes. */
    readonly limit_bytes: number;
    /** Entries that have left to make room. */
    readonly evictions: number;
  };
  readonly redis: { readonly configured: boolean; readonly connected: boolean; readonly refuses: string | null };
  /** Answers that were stored since the start, and where requests were answered from. */
  readonly stored: number;
  readonly found_in: { readonly memory: number; readonly redis: number };
  /** Entries in memory by age: up to so many seconds; null = older than all. `looked`: of so many, a sample where there are many. */
  readonly ages: { readonly looked: number; readonly counts: readonly AgeCount[] };
  readonly models: readonly ModelCacheView[];
}

export interface AgeCount {
  readonly up_to_seconds: number | null;
  readonly entries: number;
}

export interface ModelCacheView extends CacheUse {
  readonly model: string;
  /** Share of the requests that asked the cache and were answered from it (hits, joined, stale), 0..1; null where none asked. */
  readonly hit_share: number | null;
  /** In memory. */
  readonly entries: number;
  readonly bytes: number;
}

const NO_USE: CacheUse = { hits: 0, misses: 0, joined: 0, stale: 0, bypassed: 0 };
const SECOND_MS = 1_000;

/** The cache of all processes together. `limitsMs`: ages up to which entries are counted together. */
export function cacheView(parts: readonly CachePart[], limitsMs: readonly number[]): CacheView {
  const sum = (read: (part: CachePart) => number): number => parts.reduce((total, part) => total + read(part), 0);
  const connected = parts.map(({ redis }) => redis.connected).filter((one) => one !== null);
  return {
    memory: {
      entries: sum(({ stats }) => stats.entries),
      bytes: sum(({ stats }) => stats.bytes),
      limit_bytes: sum(({ memory }) => memory.limitBytes),
      evictions: sum(({ stats }) => stats.evictions),
    },
    redis: {
      configured: connected.length > 0,
      connected: connected.length > 0 && connected.every(Boolean),
      refuses: parts.find(({ redis }) => redis.refusal !== null)?.redis.refusal ?? null,
    },
    stored: sum(({ stats }) => stats.stored),
    found_in: { memory: sum(({ stats }) => stats.memoryHits), redis: sum(({ stats }) => stats.redisHits) },
    ages: {
      looked: sum(({ memory }) => memory.ages.looked),
      counts: [...limitsMs, null].map((limit, index) => ({
        up_to_seconds: limit === null ? null : limit / SECOND_MS,
        entries: sum(({ memory }) => memory.ages.counts[index] ?? 0),
      })),
    },
    models: modelsOf(parts),
  };
}

function modelsOf(parts: readonly CachePart[]): ModelCacheView[] {
  const uses = Map.groupBy(
    parts.flatMap(({ use }) => use),
    ([model]) => model,
  );
  const held = Map.groupBy(
    parts.flatMap(({ memory }) => memory.models),
    ({ model }) => model,
  );
  const names = [...new Set([...uses.keys(), ...held.keys()])].toSorted();
  return names.map((model) => {
    const use = (uses.get(model) ?? []).map(([, one]) => one).reduce(added, NO_USE);
    const answered = use.hits + use.joined + use.stale;
    const asked = answered + use.misses;
    const here = held.get(model) ?? [];
    return {
      model,
      ...use,
      hit_share: asked === 0 ? null : answered / asked,
      entries: here.reduce((total, { entries }) => total + entries, 0),
      bytes: here.reduce((total, { bytes }) => total + bytes, 0),
    };
  });
}

function added(one: CacheUse, other: CacheUse): CacheUse {
  return {
    hits: one.hits + other.hits,
    misses: one.misses + other.misses,
    joined: one.joined + other.joined,
    stale: one.stale + other.stale,
    bypassed: one.bypassed + other.bypassed,
  };
}

/** What the cache has for a request. */
export interface FoundView {
  readonly model: string | null;
  /** Keys that are looked for. */
  readonly keys: readonly string[];
  /** A request like this is answered from the cache now. */
  readonly answers: boolean;
  /** Whether the request may be answered from the cache, and its answer stored. */
  readonly reads: boolean;
  readonly writes: boolean;
  /** Why the cache is not asked; null where it is. */
  readonly why: string | null;
  readonly entries: readonly FoundEntry[];
}

export interface FoundEntry {
  readonly key: string;
  readonly tier: 'memory' | 'redis';
  readonly answers: boolean;
  /** Why it does not answer the request; null where it does. */
  readonly why: string | null;
  /** Seconds since it was stored, and until its end; negative once that is past. */
  readonly age_seconds: number;
  readonly ttl_seconds: number;
  readonly bytes: number;
  readonly shape: 'body' | 'stream';
  /** Events of a stream. */
  readonly events: number;
  /** 200, or that of a refusal. */
  readonly status: number;
  readonly model: string;
  readonly endpoint: string;
}

/** What all processes have found: each entry once a tier, the one that answers first. */
export function foundView(parts: readonly SoughtEntry[]): FoundView {
  const [first] = parts;
  if (first === undefined) throw new Error('at least this process answers');
  const entries = new Map<string, EntryFinding>();
  for (const entry of parts.flatMap((part) => part.entries)) {
    const name = `${entry.tier} ${entry.key}`;
    if (entry.answers || !entries.has(name)) entries.set(name, entry);
  }
  const { model, keys, reads, writes, why } = first;
  const found = [...entries.values()].map(({ ageMs, leftMs, ...entry }) => ({
    ...entry,
    age_seconds: Math.floor(ageMs / SECOND_MS),
    ttl_seconds: Math.ceil(leftMs / SECOND_MS),
  }));
  return { model, keys, answers: reads && found.some(({ answers }) => answers), reads, writes, why, entries: found };
}
