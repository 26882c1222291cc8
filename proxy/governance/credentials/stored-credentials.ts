import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';
import type { CredentialRow } from '../../database/credentials-table.ts';
import type { Reader } from '../../database/open.ts';
import type { AuditKind } from '../../database/tables.ts';
import type { Follower } from '../directory.ts';
import type { ValueSeal } from '../value-seal.ts';
import { credentialEntry, sealedFor } from './stored-credential.ts';
import type { CredentialDirectory, CredentialEntry } from './types.ts';

export interface StoredCredentialsOptions {
  readonly clock: Clock;
  readonly seal: Pick<ValueSeal, 'open'>;
  /** A key does not open: at most once an hour. */
  onUnreadable(entry: CredentialEntry): void;
}

/** Rows that are read at a time. */
const PAGE = 900;
const REPORT_EVERY_MS = 3_600_000;
const NONE: readonly CredentialEntry[] = [];

interface Loaded {
  readonly byId: Map<string, CredentialEntry>;
  readonly byUser: Map<string, readonly CredentialEntry[]>;
  readonly byProvider: Map<string, CredentialEntry>;
}

/** Every stored key in memory, sealed as it is in the database. */
export class StoredCredentials implements CredentialDirectory, Follower {
  readonly #options: StoredCredentialsOptions;
  #loaded: Loaded = empty();
  #reportedAt = -Infinity;

  constructor(options: StoredCredentialsOptions) {
    this.#options = options;
  }

  /** Credentials in memory. */
  get size(): number {
    return this.#loaded.byId.size;
  }

  ofUser(userId: string): readonly CredentialEntry[] {
    return this.#loaded.byUser.get(userId) ?? NONE;
  }

  ofProvider(providerId: string): CredentialEntry | undefined {
    return this.#loaded.byProvider.get(providerId);
  }

  find(id: string): CredentialEntry | undefined {
    return this.#loaded.byId.get(id);
  }

  open(entry: CredentialEntry): string | undefined {
    const { seal, clock } = this.#options;
    const { id, provider, ownerKind, ownerId } = entry;
    const row = sealedFor({ id, provider, owner_kind: ownerKind, owner_id: ownerId });
    const key = seal.open(row, entry.sealedKey);
    if (key !== undefined) return key;
    const now = clock.monotonic();
    if (now - this.#reportedAt >= REPORT_EVERY_MS) {
      this.#reportedAt = now;
      this.#options.onUnreadable(entry);
    }
    return undefined;
  }

  follows(kind: AuditKind): boolean {
    return kind === 'credential' || kind === 'gateway_provider';
  }

  async load(db: Reader): Promise<void> {
    const state = empty();
    for (let after = ''; ; await turn()) {
      const rows = await db
        .selectFrom('llmproxy_credentials')
        .selectAll()
        .where('id', '>', after)
        .where('deleted_at', 'is', null)
        .orderBy('id')
        .limit(PAGE)
        .execute();
      for (const row of rows) insert(state, row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) break;
      after = last.id;
    }
    for (const [user, entries] of state.byUser) state.byUser.set(user, entries.toSorted(inOrder));
    this.#loaded = state;
  }

  async apply(db: Reader, kind: AuditKind, id: string): Promise<void> {
    const column = kind === 'credential' ? 'id' : 'owner_id';
    const rows = await db
      .selectFrom('llmproxy_credentials')
      .selectAll()
      .where(column, '=', id)
      .where('deleted_at', 'is', null)
      .execute();
    const old = kind === 'credential' ? this.find(id) : this.ofProvider(id);
    if (old !== undefined) this.#remove(old);
    for (const row of rows) {
      insert(this.#loaded, row);
      if (row.owner_kind === 'user') this.#sort(row.owner_id);
    }
  }

  #remove({ id, ownerKind, ownerId }: CredentialEntry): void {
    const { byId, byUser, byProvider } = this.#loaded;
    byId.delete(id);
    if (ownerKind === 'system') {
      byProvider.delete(ownerId);
      return;
    }
    const left = this.ofUser(ownerId).filter((entry) => entry.id !== id);
    if (left.length === 0) byUser.delete(ownerId);
    else byUser.set(ownerId, left);
  }

  #sort(userId: string): void {
    this.#loaded.byUser.set(userId, this.ofUser(userId).toSorted(inOrder));
  }
}

function empty(): Loaded {
  return { byId: new Map(), byUser: new Map(), byProvider: new Map() };
}

function insert({ byId, byUser, byProvider }: Loaded, row: CredentialRow): void {
  const entry = credentialEntry(row);
  byId.set(entry.id, entry);
  if (entry.ownerKind === 'system') byProvider.set(entry.ownerId, entry);
  else byUser.set(entry.ownerId, [...(byUser.get(entry.ownerId) ?? NONE), entry]);
}

/** The default first, then the oldest. */
function inOrder(one: CredentialEntry, other: CredentialEntry): number {
  if (one.isDefault !== other.isDefault) return one.isDefault ? -1 : 1;
  if (one.createdAt !== other.createdAt) return one.createdAt < other.createdAt ? -1 : 1;
  return one.id < other.id ? -1 : 1;
}
