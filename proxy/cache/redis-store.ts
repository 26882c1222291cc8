import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../core/clock.ts';
import type { Command, RedisClient } from '../redis/client.ts';
import { tagOf } from '../redis/slot.ts';
import { UNAVAILABLE } from '../redis/unavailable.ts';
import type { Unavailable } from '../redis/unavailable.ts';
import type { PurgeEpochs } from './purge-epochs.ts';
import { EntryCodec } from './codec.ts';
import { isCacheKey, tagPrefix } from './key.ts';
import { leavesAt } from './recording.ts';
import { storeCommands } from './store-command.ts';
import type { PurgeMark, PurgeResult, Store } from './store.ts';
import type { Recording } from './types.ts';

/** Tokens live this long after the last entry was written under them; without its token an entry is never read. */
const TOKEN_LIFE_MS = 60 * 24 * 3_600_000;
/** Longer than a generation takes that was begun before the purge of its key, and could still be joined. */
const PURGE_MARK_LIFE_MS = 3_600_000;
const MAX_TOKENS = 10_000;
/** Purges that may wait for Redis, one by one. */
const MAX_PENDING = 10_000;
/** Answers that are to be forgotten once Redis is back. */
const MAX_FORGOTTEN = 10_000;
const SWEEP_MS = 2_000;
const SWEEP_COUNT = 1_000;

/** What of the client the store needs. */
export type StoreClient = Pick<RedisClient, 'keys' | 'nodes' | 'read' | 'send' | 'subscribe' | 'onUp' | 'clockAheadMs'>;

export interface RedisStoreOptions {
  readonly client: StoreClient;
  readonly clock: Clock;
  readonly staleMs: number;
  readonly purges: PurgeEpochs;
  /** The secret that entries are sealed with. */
  readonly secret?: Buffer;
  /** Another replica has purged the keys with this prefix; '' also when a message may have been missed. */
  readonly onPurged: (prefix: string) => unknown;
}

interface Token {
  readonly value: string;
  /** Purges this process had seen when the token was read. */
  readonly epoch: number;
}

/**
 * Recordings on Redis, for all replicas.
 *
 * Purging is O(1): there is one token for all entries and one per model, each entry carries the two under which it was
 * generated, and a purge replaces a token. Tokens and entry are read by one command; in a cluster each part of the entries
 * has tokens of its own beside it, and a purge replaces them all. A token that Redis has lost is
 * replaced by a new one, so whatever is lost there, entries can only disappear and never come back.
 */
export class RedisStore implements Store {
  readonly #client: StoreClient;
  readonly #clock: Clock;
  readonly #staleMs: number;
  readonly #purges: PurgeEpochs;
  readonly #onPurged: (prefix: string) => unknown;
  readonly #codec: EntryCodec;
  readonly #tokens = new LRUCache<string, Token>({ max: MAX_TOKENS });
  /** Purges that Redis has not confirmed; nothing they concern is read before. */
  readonly #pending = new Set<string>();
  /** Answers whose entries are not removed yet. */
  readonly #forgetLater = new LRUCache<string, true>({ max: MAX_FORGOTTEN });
  readonly #running = new Map<string, Promise<number | Unavailable>>();
  readonly #origin = randomUUID();

  constructor(options: RedisStoreOptions) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#staleMs = options.staleMs;
    this.#purges = options.purges;
    this.#onPurged = options.onPurged;
    this.#codec = new EntryCodec(options.secret);
    this.#client.subscribe(
      this.#client.keys.purgeChannel,
      (message) => this.#onMessage(message),
      () => this.#onPurged(''),
    );
    this.#client.onUp(() => {
      for (const prefix of this.#pending) void this.#invalidate(prefix);
      for (const answerId of this.#forgetLater.keys()) void this.#removeEntries(answerId);
    });
  }

  async prepare(key: string): Promise<void> {
    if (this.mark(key).shared === undefined) await this.get(key);
  }

  mark(key: string): PurgeMark {
    const [all, model] = [this.#known('', key), this.#known(tagPrefix(key), key)];
    const { epoch } = this.#purges;
    return all === undefined || model === undefined ? { epoch } : { epoch, shared: joined(all, model) };
  }

  async get(key: string): Promise<Recording | undefined> {
    if (this.#pending.size > 0 && !(await this.#settlePending(key))) return undefined;
    const { epoch } = this.#purges;
    const { keys } = this.#client;
    const model = tagPrefix(key);
    const names = [keys.purgeToken('', key), keys.purgeToken(model, key), keys.cacheEntry(key)];
    const values = await this.#client.read(names);
    if (values === UNAVAILABLE || !this.#purges.isCurrent(key, epoch)) return undefined;
    const [allToken, modelToken, entry] = values;
    const shared =
      this.#unchanged(key, allToken, modelToken) ?? (await this.#learn(key, [allToken, modelToken], epoch));
    // A purge that was only discovered by this read has happened before it, so `entry` is what came after.
    const now = this.#purges.epoch;
    const unpacked = entry && shared !== undefined ? this.#codec.decode(key, entry) : undefined;
    const decoded = unpacked instanceof Promise ? await unpacked : unpacked;
    if (decoded?.tokens !== shared || !this.#purges.isCurrent(key, now)) return undefined;
    if (!decoded) return undefined;
    const recording = Object.assign(decoded.recording, timesMoved(decoded.recording, -this.#client.clockAheadMs));
    return leavesAt(recording, this.#staleMs) > this.#clock.now() ? recording : undefined;
  }

  async set(key: string, recording: Recording, mark: PurgeMark): Promise<boolean> {
    if (mark.shared === undefined) return false;
    const shared = { ...recording, ...timesMoved(recording, this.#client.clockAheadMs) };
    const entry = await this.#codec.encode(key, shared, mark.shared);
    const lifeMs = Math.ceil(leavesAt(recording, this.#staleMs) - this.#clock.now());
    if (lifeMs <= 0 || !this.#purges.isCurrent(key, mark.epoch)) return false;
    const terms = { recording, tokens: mark.shared, lifeMs, tokenLifeMs: TOKEN_LIFE_MS };
    let answers: unknown[] | Unavailable = [];
    for (const command of storeCommands(this.#client.keys, key, entry, terms)) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      answers = await this.#client.send([command]);
      if (answers === UNAVAILABLE) return false;
    }
    return answers[0] === 1;
  }

  async purge(prefix: string, onKey: (key: string) => void = () => undefined): Promise<PurgeResult> {
    this.#purges.record(prefix);
    this.#addPending(prefix);
    const unlinked = await this.#invalidate(prefix);
    if (unlinked === UNAVAILABLE) return { deleted: 0, complete: false };
    if (!isCacheKey(prefix)) return { deleted: await this.#sweep(prefix, onKey), complete: true };
    if (unlinked > 0) onKey(prefix);
    return { deleted: unlinked, complete: true };
  }

  forgetAnswer(answerId: string): Promise<void> {
    this.#forgetLater.set(answerId, true);
    return this.#removeEntries(answerId);
  }

  async #removeEntries(answerId: string): Promise<void> {
    const list = this.#client.keys.cacheAnswer(answerId);
    const answers = await this.#client.send([['LRANGE', list, 0, -1]]);
    if (answers === UNAVAILABLE) return;
    const listed = (answers[0] as string[]).filter(isCacheKey);
    const purged = await Promise.all(listed.map((key) => this.purge(key)));
    // What could not be purged is pending by its key.
    if (purged.every(({ complete }) => complete)) await this.#client.send([['UNLINK', list]]);
    this.#forgetLater.delete(answerId);
  }

  /** With too many purges open, all entries are purged instead. */
  #addPending(prefix: string): void {
    if (this.#pending.size >= MAX_PENDING) {
      this.#pending.clear();
      this.#pending.add('');
      this.#purges.record('');
    }
    this.#pending.add(prefix);
  }

  /** The token of these entries that lies with `key`. */
  #known(prefix: string, key: string): string | undefined {
    const token = this.#tokens.get(this.#client.keys.purgeToken(prefix, key));
    return token !== undefined && this.#purges.isCurrent(prefix, token.epoch) ? token.value : undefined;
  }

  #keep(prefix: string, key: string, value: string, epoch: number): void {
    this.#tokens.set(this.#client.keys.purgeToken(prefix, key), { value, epoch });
  }

  /** Both tokens, when they are the ones that are known already. */
  #unchanged(key: string, all: Buffer | null | undefined, own: Buffer | null | undefined): string | undefined {
    if (!all || !own) return undefined;
    const [knownAll, knownOwn] = [this.#known('', key), this.#known(tagPrefix(key), key)];
    if (knownAll === undefined || knownOwn === undefined) return undefined;
    return knownAll === all.toString('latin1') && knownOwn === own.toString('latin1')
      ? joined(knownAll, knownOwn)
      : undefined;
  }

  /**
   * Takes note of both tokens as they were read at `epoch`, making those that are missing. Returns them, or undefined
   * when a purge has overtaken the read.
   */
  async #learn(key: string, read: readonly (Buffer | null | undefined)[], epoch: number): Promise<string | undefined> {
    const model = tagPrefix(key);
    const prefixes = ['', model];
    const values = await Promise.all(
      prefixes.map(async (prefix, index) => read[index]?.toString() ?? this.#mint(prefix, key)),
    );
    const [all, own] = values;
    if (all === undefined || own === undefined || !this.#purges.isCurrent(model, epoch)) return undefined;
    const missed = prefixes.filter((prefix, index) => (this.#known(prefix, key) ?? values[index]) !== values[index]);
    // Another replica has purged and its message has not come, or not yet.
    for (const prefix of missed) this.#onPurged(prefix);
    const now = this.#purges.epoch;
    this.#keep('', key, all, now);
    this.#keep(model, key, own, now);
    return joined(all, own);
  }

  /** The token that all replicas agree on: that of the first to set one. */
  async #mint(prefix: string, key: string): Promise<string | undefined> {
    const name = this.#client.keys.purgeToken(prefix, key);
    const answers = await this.#client.send([
      ['SET', name, randomUUID(), 'PX', TOKEN_LIFE_MS, 'NX'],
      ['GET', name],
    ]);
    const token = answers === UNAVAILABLE ? undefined : answers[1];
    return typeof token === 'string' ? token : undefined;
  }

  #invalidate(prefix: string): Promise<number | Unavailable> {
    const run = this.#replaceToken(prefix).finally(() => {
      if (this.#running.get(prefix) === run) this.#running.delete(prefix);
    });
    this.#running.set(prefix, run);
    return run;
  }

  /** Makes old entries unreadable everywhere, then informs the other replicas: in this order, or they could read them again. */
  async #replaceToken(prefix: string): Promise<number | Unavailable> {
    const { keys } = this.#client;
    const value = randomUUID();
    const names = keys.purgeTokens(prefix);
    const replace: Command[] = isCacheKey(prefix)
      ? [
          ['UNLINK', keys.cacheEntry(prefix)],
          ['SET', keys.purgeMark(prefix), value, 'PX', PURGE_MARK_LIFE_MS],
        ]
      : names.map((name) => ['SET', name, value, 'PX', TOKEN_LIFE_MS]);
    const inform: Command = ['PUBLISH', keys.purgeChannel, `${this.#origin} ${prefix}`];
    // Between the nodes of a cluster there is no order but that of answers.
    const answers = await this.#client.send(keys.clustered ? replace : [...replace, inform]);
    if (answers === UNAVAILABLE) return UNAVAILABLE;
    if (keys.clustered && (await this.#client.send([inform])) === UNAVAILABLE) return UNAVAILABLE;
    this.#pending.delete(prefix);
    const { epoch } = this.#purges;
    if (!isCacheKey(prefix)) for (const name of names) this.#tokens.set(name, { value, epoch });
    return typeof answers[0] === 'number' ? answers[0] : 0;
  }

  /** Catches up on purges that Redis missed; false while one that concerns the key is still open. */
  async #settlePending(key: string): Promise<boolean> {
    for (const prefix of this.#pending) {
      if (!key.startsWith(prefix)) continue;
      if ((await (this.#running.get(prefix) ?? this.#invalidate(prefix))) === UNAVAILABLE) return false;
    }
    return true;
  }

  /** Deletes what is unreadable already, to free its memory and to count it; within bounds, the rest expires. */
  async #sweep(prefix: string, onKey: (key: string) => void): Promise<number> {
    const until = this.#clock.monotonic() + SWEEP_MS;
    const counts = await Promise.all(this.#client.nodes.map((node) => this.#sweepNode(node, prefix, until, onKey)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async #sweepNode(
    node: string | undefined,
    prefix: string,
    until: number,
    onKey: (key: string) => void,
  ): Promise<number> {
    const { keys } = this.#client;
    const scan = ['MATCH', keys.cacheEntries(prefix), 'COUNT', SWEEP_COUNT] as const;
    let deleted = 0;
    let cursor = '0';
    do {
      // oxlint-disable-next-line no-await-in-loop -- page after page
      const page = await this.#client.send([['SCAN', cursor, ...scan]], node);
      const [next, names] = page === UNAVAILABLE ? ['0', []] : (page[0] as [string, string[]]);
      cursor = next;
      if (names.length > 0) {
        const unlink = [...Map.groupBy(names, tagOf).values()].map((group): Command => ['UNLINK', ...group]);
        // oxlint-disable-next-line no-await-in-loop -- see above
        const answers = await this.#client.send(unlink);
        if (answers !== UNAVAILABLE) for (const count of answers) deleted += Number(count);
        for (const name of names) onKey(keys.cacheKeyOf(name));
      }
    } while (cursor !== '0' && this.#clock.monotonic() < until);
    return deleted;
  }

  #onMessage(message: string): void {
    const [origin, prefix] = message.split(' ');
    if (origin !== this.#origin && prefix !== undefined) this.#onPurged(prefix);
  }
}

/** The times of a recording on a clock that is `aheadMs` ahead. */
function timesMoved({ storedAt, expiresAt }: Recording, aheadMs: number): Pick<Recording, 'storedAt' | 'expiresAt'> {
  return { storedAt: storedAt + aheadMs, expiresAt: expiresAt + aheadMs };
}

function joined(all: string, model: string): string {
  return `${all} ${model}`;
}
