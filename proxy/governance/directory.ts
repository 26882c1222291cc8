import type { Connection, Reader } from '../database/open.ts';
import type { AuditKind } from '../database/tables.ts';
import type { CustomerEntry, Entry, KeyEntry, TeamEntry, UserEntry } from './entries.ts';
import type { KeyDigests } from './key-values.ts';
import { holderOfUser, lookedUp, type KeyLookup, type UserLookup } from './lookup.ts';
import type { EntityKind } from './patches.ts';
import { storedEntries, storedEntry } from './stored-entries.ts';

const KINDS = ['customer', 'team', 'user', 'virtual_key'] as const;
/** Changes that are read one by one; after more of them everything is loaded anew. */
const MAX_CHANGES = 2_000;

interface Loaded {
  readonly customers: Map<string, CustomerEntry>;
  readonly teams: Map<string, TeamEntry>;
  readonly users: Map<string, UserEntry>;
  readonly usersByExternalId: Map<string, UserEntry>;
  readonly keys: Map<string, KeyEntry>;
  readonly byDigest: Map<string, KeyEntry>;
}

/** Hears of every entity that was loaded or has changed, and with undefined of those that are gone. Must not throw. */
export type EntryListener = (kind: EntityKind, id: string, entry: Entry | undefined) => void;

/** What else is kept in memory of the database, and changes with the same log. */
export interface Follower {
  follows(kind: AuditKind): boolean;
  /** Everything anew, in place of what was there. */
  load(db: Reader): Promise<void>;
  /** One row that was changed, made or deleted. */
  apply(db: Reader, kind: AuditKind, id: string): Promise<void>;
}

/**
 * Every key in memory, with its user, team and customer and all limits: requests never wait for the database. It follows the
 * audit log, whose numbers have the order of the commits, so that a change that was missed is found with the next one.
 */
export class KeyDirectory {
  readonly #database: Connection;
  readonly #listener: EntryListener | undefined;
  readonly #followers: readonly Follower[];
  #digests: KeyDigests | undefined;
  #loaded: Loaded = emptyState();
  #seq = -1n;
  #isFresh = false;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(database: Connection, listener?: EntryListener, followers: readonly Follower[] = []) {
    this.#database = database;
    this.#listener = listener;
    this.#followers = followers;
  }

  /** Whether the last look at the database has succeeded. */
  get isFresh(): boolean {
    return this.#isFresh;
  }

  /** Keys in memory. */
  get size(): number {
    return this.#loaded.keys.size;
  }

  /** Must be called before the first lookup; the pepper is a row of the database. */
  useDigests(digests: KeyDigests): void {
    this.#digests = digests;
  }

  /** Who a key value stands for at the time `now`. An unknown value leaves nothing behind. */
  lookup(value: string, now: number): KeyLookup {
    const digest = this.#digests?.of(value);
    const key = digest === undefined ? undefined : this.#loaded.byDigest.get(digest);
    if (key === undefined || digest === undefined) return { state: this.#isFresh ? 'unknown' : 'unavailable' };
    return lookedUp(key, digest, this.#loaded, now);
  }

  /** Who the key of that id stands for at the time `now`. */
  lookupId(id: string, now: number): KeyLookup {
    const key = this.#loaded.keys.get(id);
    if (key === undefined) return { state: this.#isFresh ? 'unknown' : 'unavailable' };
    return lookedUp(key, key.digest, this.#loaded, now);
  }

  /** By its id, whatever its state. */
  key(id: string): KeyEntry | undefined {
    return this.#loaded.keys.get(id);
  }

  /** A user by external id, then by id: who a service speaks of. */
  user(name: string): UserEntry | undefined {
    return this.#loaded.usersByExternalId.get(name) ?? this.#loaded.users.get(name);
  }

  /** Who pays for what a service asks for that user. */
  lookupUser(name: string): UserLookup {
    const user = this.user(name);
    if (user === undefined) return { state: this.#seq < 0n ? 'unavailable' : 'unknown' };
    return { state: user.isActive ? 'active' : 'blocked', holder: holderOfUser(user, this.#loaded) };
  }

  get activeKeys(): number {
    let active = 0;
    for (const { isActive } of this.#loaded.keys.values()) if (isActive) active += 1;
    return active;
  }

  keys(): IterableIterator<KeyEntry> {
    return this.#loaded.keys.values();
  }

  /**
   * Reads what has changed since the last time. Calls that come while one runs share the next one: it begins after what they
   * have committed. Rejects while the database is away; what is in memory goes on being served.
   */
  refresh(): Promise<void> {
    if (this.#running === undefined) {
      this.#running = this.#refreshed().finally(() => (this.#running = undefined));
      return this.#running;
    }
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.refresh();
      });
    return this.#next;
  }

  async #refreshed(): Promise<void> {
    try {
      await this.#database.read((db) => this.#catchUp(db));
      this.#isFresh = true;
    } catch (error) {
      this.#isFresh = false;
      throw error;
    }
  }

  async #catchUp(db: Reader): Promise<void> {
    if (this.#seq < 0n) return this.#loadAll(db);
    const changes = await db
      .selectFrom('llmproxy_audit')
      .select(['seq', 'kind', 'entity_id', 'action'])
      .where('seq', '>', this.#seq)
      .orderBy('seq')
      .limit(MAX_CHANGES + 1)
      .execute();
    const first = changes[0];
    if (first === undefined) return undefined;
    if (changes.length > MAX_CHANGES || !(await this.#continues(db, BigInt(first.seq)))) return this.#loadAll(db);
    for (const { kind, entity_id: id, seq } of changes) {
      if (isEntity(kind)) this.#apply(kind, id, await storedEntry(db, kind, id));
      for (const follower of this.#followers) if (follower.follows(kind)) await follower.apply(db, kind, id);
      this.#seq = BigInt(seq);
    }
    return undefined;
  }

  /** Whether nothing was deleted from the log between what was read and `seq`. Postgres leaves gaps of its own. */
  async #continues(db: Reader, seq: bigint): Promise<boolean> {
    if (seq === this.#seq + 1n) return true;
    const last = await db.selectFrom('llmproxy_audit').select('seq').where('seq', '=', this.#seq).executeTakeFirst();
    return last !== undefined;
  }

  async #loadAll(db: Reader): Promise<void> {
    const { seq } = await db
      .selectFrom('llmproxy_audit')
      .select(({ fn }) => fn.max('seq').as('seq'))
      .executeTakeFirstOrThrow();
    const state = emptyState();
    for (const kind of KINDS) {
      for await (const page of storedEntries(db, kind)) for (const entry of page) put(state, kind, entry.id, entry);
    }
    for (const follower of this.#followers) await follower.load(db);
    const before = this.#loaded;
    this.#loaded = state;
    this.#seq = BigInt(seq ?? 0);
    for (const kind of KINDS) {
      const now: ReadonlyMap<string, Entry> = state[MAPS[kind]];
      for (const id of before[MAPS[kind]].keys()) if (!now.has(id)) this.#listener?.(kind, id, undefined);
      for (const [id, entry] of now) this.#listener?.(kind, id, entry);
    }
  }

  #apply(kind: EntityKind, id: string, entry: Entry | undefined): void {
    if (entry === undefined) detach(this.#loaded, kind, id);
    put(this.#loaded, kind, id, entry);
    this.#listener?.(kind, id, entry);
  }
}

function isEntity(kind: AuditKind): kind is EntityKind {
  return (KINDS as readonly AuditKind[]).includes(kind);
}

function emptyState(): Loaded {
  return {
    customers: new Map(),
    teams: new Map(),
    users: new Map(),
    usersByExternalId: new Map(),
    keys: new Map(),
    byDigest: new Map(),
  };
}

const MAPS = { customer: 'customers', team: 'teams', user: 'users', virtual_key: 'keys' } as const;

function put(state: Loaded, kind: EntityKind, id: string, entry: Entry | undefined): void {
  const map = state[MAPS[kind]] as Map<string, Entry>;
  const old = map.get(id);
  if (kind === 'virtual_key') {
    for (const digest of digestsOf(old as KeyEntry | undefined)) state.byDigest.delete(digest);
    for (const digest of digestsOf(entry as KeyEntry | undefined)) state.byDigest.set(digest, entry as KeyEntry);
  }
  if (kind === 'user') {
    const [before, after] = [old, entry] as (UserEntry | undefined)[];
    if (typeof before?.externalId === 'string') state.usersByExternalId.delete(before.externalId);
    if (typeof after?.externalId === 'string') state.usersByExternalId.set(after.externalId, after);
  }
  if (entry === undefined) map.delete(id);
  else map.set(id, entry);
}

function digestsOf(key: KeyEntry | undefined): readonly string[] {
  return key === undefined ? [] : [key.digest, ...key.retired.map(({ digest }) => digest)];
}

/** The rows that hung on a deleted one were changed with it, without audit rows of their own. */
function detach(state: Loaded, kind: EntityKind, id: string): void {
  if (kind === 'virtual_key') return;
  const column = ({ customer: 'customerId', team: 'teamId', user: 'userId' } as const)[kind];
  for (const key of Array.from(state.keys.values())) {
    if (key[column] !== id) continue;
    const isActive = kind === 'user' ? false : key.isActive;
    put(state, 'virtual_key', key.id, { ...key, [column]: null, isActive });
  }
  if (kind === 'user') return;
  for (const user of Array.from(state.users.values())) {
    if (user[column as 'teamId'] === id) put(state, 'user', user.id, { ...user, [column]: null });
  }
  if (kind !== 'customer') return;
  for (const team of Array.from(state.teams.values())) {
    if (team.customerId === id) state.teams.set(team.id, { ...team, customerId: null });
  }
}
