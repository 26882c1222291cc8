import { hash } from 'node:crypto';

/** Parts that the keys of a cluster are spread over; each lies in one slot. */
const PARTS = Array.from({ length: 256 }, (_, part) => part.toString(16).padStart(2, '0'));

/**
 * Every key and channel that the proxy uses in Redis. The prefix stands in braces, a hash tag. On one Redis all keys carry
 * the same tag, `{prefix}`, so they may be read by one command also behind a cluster proxy. In a cluster the tags are
 * `{prefix/PART}`: an entry, its purge tokens and whatever else is touched with it share one of 256 parts; what is counted
 * against limits has a part of its own, and so has the health of endpoints. Names that clients choose are hashed, so that
 * they can neither carry braces nor reach into another kind of key.
 */
export class Keyspace {
  /** Whether keys are spread over the slots of a cluster. */
  readonly clustered: boolean;
  readonly #prefix: string;
  readonly #root: string;
  readonly #limits: string;
  readonly #health: string;

  constructor(prefix: string, clustered = false) {
    this.clustered = clustered;
    this.#prefix = safe(prefix);
    this.#root = `{${this.#prefix}}`;
    this.#limits = this.#tag('limits');
    this.#health = this.#tag('health');
  }

  cacheEntry(key: string): string {
    return `${this.#tagOfEntry(key)}:cache:entry:${key}`;
  }

  /** The cache key in the name of an entry. */
  cacheKeyOf(entryName: string): string {
    return entryName.slice(this.cacheEntry('').length);
  }

  /** Glob pattern of all cache entries whose key starts with `prefix`. */
  cacheEntries(prefix: string): string {
    const name = `${this.#tag('')}:cache:entry:${prefix}`.replaceAll(/[*?[\]\\^]/g, String.raw`\$&`);
    return `${this.clustered ? name.replace('/}', '/??}') : name}*`;
  }

  /** The purge token of all entries whose key starts with `prefix`: the one that lies with the entry of `key`. */
  purgeToken(prefix: string, key: string): string {
    return `${this.#tagOfEntry(key)}:cache:generation:${prefix}`;
  }

  /** Wherever the purge token of these entries lies. */
  purgeTokens(prefix: string): string[] {
    return this.#tags.map((tag) => `${tag}:cache:generation:${prefix}`);
  }

  /** List of the cache keys whose entries hold this answer. */
  cacheAnswer(answerId: string): string {
    return this.#hashed('cache:answer', answerId);
  }

  get purgeChannel(): string {
    return `${this.#root}:cache:purged`;
  }

  /** Written to find out whether Redis takes writes; in a cluster one in each part. */
  get probes(): string[] {
    return this.#tags.map((tag) => `${tag}:probe`);
  }

  /** Never written: the node where it would lie has the clock that replicas share. */
  get clock(): string {
    return `${this.#limits}:clock`;
  }

  /** Replaced when the entry of this key is purged: what was begun before is shared no more. */
  purgeMark(key: string): string {
    return `${this.#tagOfEntry(key)}:cache:purged:${key}`;
  }

  /** Who leads a generation that replicas share; `variant` is a digest. */
  flightLease(key: string, variant: string): string {
    return `${this.#tagOfEntry(key)}:flight:lease:${key}:${variant}`;
  }

  /** Stream of what the leader with this token has made. */
  flightLog(key: string, token: string): string {
    return `${this.#tagOfEntry(key)}:flight:log:${key}:${token}`;
  }

  /** Sorted set of those that follow the leader with this token → the time until which they are believed to. */
  flightFollowers(key: string, token: string): string {
    return `${this.#tagOfEntry(key)}:flight:followers:${key}:${token}`;
  }

  /** Is there while a process lives that leads. */
  flightProcess(process: string): string {
    return this.#hashed('flight:process', process);
  }

  /** What concerns the generations that a process leads or follows; the name of the process is added. */
  get flightChannel(): string {
    return `${this.#root}:flight:process:`;
  }

  /** Owner of a response or an encrypted item. */
  affinity(id: string): string {
    return this.#hashed('affinity', id);
  }

  /** Which share of such prompts providers have read from their caches. */
  cachedShare(pair: string): string {
    return this.#hashed('cached-share', pair);
  }

  /** A response or conversation that is kept for its scope. */
  state(kind: string, scope: string, id: string): string {
    return this.#hashed(`state:${kind}`, JSON.stringify([scope, id]));
  }

  /** Usage of one limit: a hash. */
  limitCounter(id: string): string {
    return `${this.#limits}:limits:counter:${digestOf(id)}`;
  }

  /** Requests that run under a limit of concurrency: a sorted set of lease → the time when it expires. */
  limitSlots(id: string): string {
    return `${this.#limits}:limits:slots:${digestOf(id)}`;
  }

  /** Changes of one replica that were carried out and not yet acknowledged by it. */
  limitsApplied(replica: string): string {
    return `${this.#limits}:limits:applied:${digestOf(replica)}`;
  }

  /** A random name that is lost with everything else that Redis loses. */
  get limitsEpoch(): string {
    return `${this.#limits}:limits:epoch`;
  }

  /** Keys, users, teams or customers have changed: what, stands in the database. */
  get governanceChannel(): string {
    return `${this.#root}:governance:changed`;
  }

  /** Hash of endpoint id → its state. */
  get health(): string {
    return `${this.#health}:health`;
  }

  get healthChannel(): string {
    return `${this.#root}:health:changed`;
  }

  /** All tags that keys of the cache carry. */
  get #tags(): string[] {
    return this.clustered ? PARTS.map((part) => this.#tag(part)) : [this.#root];
  }

  #tag(part: string): string {
    return this.clustered ? `{${this.#prefix}/${part}}` : this.#root;
  }

  /** A cache key ends in a digest. */
  #tagOfEntry(key: string): string {
    return this.clustered ? this.#tag(key === '' ? '00' : key.slice(-2)) : this.#root;
  }

  #hashed(kind: string, name: string): string {
    const digest = digestOf(name);
    return `${this.#tag(digest.slice(-2))}:${kind}:${digest}`;
  }
}

function digestOf(name: string): string {
  return hash('sha256', name, 'hex').slice(0, 40);
}

/** What could end the hash tag or make a prefix of another's keys is percent-encoded. */
function safe(prefix: string): string {
  return prefix.replaceAll(/[^A-Za-z0-9:_.-]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}
