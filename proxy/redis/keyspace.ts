import { hash } from 'node:crypto';

/**
 * Every key and channel that the proxy uses in Redis. The prefix stands in braces, a hash tag: all keys lie in one slot
 * and may be read by one command also behind a cluster proxy. Names that clients choose are hashed, so that they can
 * neither carry braces nor reach into another kind of key.
 */
export class Keyspace {
  readonly #root: string;

  constructor(prefix: string) {
    this.#root = `{${safe(prefix)}}`;
  }

  cacheEntry(key: string): string {
    return `${this.#root}:cache:entry:${key}`;
  }

  /** The cache key in the name of an entry. */
  cacheKeyOf(entryName: string): string {
    return entryName.slice(this.cacheEntry('').length);
  }

  /** Glob pattern of all cache entries whose key starts with `prefix`. */
  cacheEntries(prefix: string): string {
    return `${this.cacheEntry(prefix).replaceAll(/[*?[\]\\^]/g, String.raw`\$&`)}*`;
  }

  /** The purge token of all entries whose key starts with `prefix`. */
  purgeToken(prefix: string): string {
    return `${this.#root}:cache:generation:${prefix}`;
  }

  /** List of the cache keys whose entries hold this answer. */
  cacheAnswer(answerId: string): string {
    return `${this.#root}:cache:answer:${hash('sha256', answerId, 'hex').slice(0, 40)}`;
  }

  get purgeChannel(): string {
    return `${this.#root}:cache:purged`;
  }

  /** Written to find out whether Redis takes writes. */
  get probe(): string {
    return `${this.#root}:probe`;
  }

  /** Owner of a response or an encrypted item. */
  affinity(id: string): string {
    return `${this.#root}:affinity:${hash('sha256', id, 'hex').slice(0, 40)}`;
  }

  /** Which share of such prompts providers have read from their caches. */
  cachedShare(pair: string): string {
    return `${this.#root}:cached-share:${hash('sha256', pair, 'hex').slice(0, 40)}`;
  }

  /** A response or conversation that is kept for its scope. */
  state(kind: string, scope: string, id: string): string {
    return `${this.#root}:state:${kind}:${hash('sha256', JSON.stringify([scope, id]), 'hex').slice(0, 40)}`;
  }

  /** Usage of one limit: a hash. */
  limitCounter(id: string): string {
    return `${this.#root}:limits:counter:${hash('sha256', id, 'hex').slice(0, 40)}`;
  }

  /** Requests that run under a limit of concurrency: a sorted set of lease → the time when it expires. */
  limitSlots(id: string): string {
    return `${this.#root}:limits:slots:${hash('sha256', id, 'hex').slice(0, 40)}`;
  }

  /** Changes of one replica that were carried out and not yet acknowledged by it. */
  limitsApplied(replica: string): string {
    return `${this.#root}:limits:applied:${hash('sha256', replica, 'hex').slice(0, 40)}`;
  }

  /** A random name that is lost with everything else that Redis loses. */
  get limitsEpoch(): string {
    return `${this.#root}:limits:epoch`;
  }

  /** Keys, users, teams or customers have changed: what, stands in the database. */
  get governanceChannel(): string {
    return `${this.#root}:governance:changed`;
  }

  /** Hash of endpoint id → its state. */
  get health(): string {
    return `${this.#root}:health`;
  }

  get healthChannel(): string {
    return `${this.#root}:health:changed`;
  }
}

/** What could end the hash tag or make a prefix of another's keys is percent-encoded. */
function safe(prefix: string): string {
  return prefix.replaceAll(/[^A-Za-z0-9:_.-]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}
