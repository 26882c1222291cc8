import { randomUUID } from 'node:crypto';
import { DetailFault } from '../../core/detail-fault.ts';
import type { CredentialRow } from '../../database/credentials-table.ts';
import { isTaken } from '../../database/fault.ts';
import type { Reader, Writer } from '../../database/open.ts';
import { recordStored, type AuditAction } from '../audit.ts';
import type { StoreAccess } from '../store-access.ts';
import type { ValueSeal } from '../value-seal.ts';
import { auditedCredential, keyColumns } from './stored-credential.ts';
import type { CredentialEntry } from './types.ts';

/** A stored credential as its owner sees it. */
export interface CredentialView {
  readonly id: string;
  readonly user_id: string;
  /** As users call it: `google`, not `gemini`. */
  readonly provider: string;
  readonly model_name: string | null;
  readonly api_key_masked: string;
  readonly is_default: boolean;
  readonly is_active: boolean;
  readonly last_validated_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface NewCredential {
  /** Canonical name. */
  readonly provider: string;
  readonly apiKey: string;
  readonly modelName: string | null;
  readonly isDefault: boolean;
}

/** What is left out stays. */
export interface CredentialChange {
  readonly apiKey?: string;
  readonly modelName?: string | null;
  readonly isDefault?: boolean;
  readonly isActive?: boolean;
}

/** Who asks: the rows of this user alone exist. */
export interface CredentialOwner {
  readonly userId: string;
  /** For the audit log. */
  readonly actor: string;
}

export interface CredentialStoreDeps {
  readonly access: StoreAccess;
  readonly seal: Pick<ValueSeal, 'close'>;
  unique(): 'provider' | 'provider_model';
  /** What users call the provider of that canonical name. */
  word(canonical: string): string;
}

/** Credentials of one user, inactive ones included. */
const MAX_CREDENTIALS = 1_000;
const USER = 'user';

/**
 * Keys that users store for themselves. Every change is one transaction with its audit row. Throws DetailFault: 404 for what the
 * user does not have, 400 for a duplicate and for what is inactive; GovernanceFault 503 while the database is away.
 */
export class CredentialStore {
  readonly #deps: CredentialStoreDeps;

  constructor(deps: CredentialStoreDeps) {
    this.#deps = deps;
  }

  /** The oldest first. */
  async list({ userId }: CredentialOwner, options: { readonly includeInactive: boolean }): Promise<CredentialView[]> {
    const rows = await this.#deps.access.read((db) => ofUser(db, userId));
    return rows.filter((row) => options.includeInactive || row.is_active).map((row) => this.#view(row));
  }

  async get({ userId }: CredentialOwner, id: string): Promise<CredentialView> {
    const row = await this.#deps.access.read((db) => found(db, userId, id));
    if (!row.is_active) throw missing();
    return this.#view(row);
  }

  async create(
    owner: CredentialOwner,
    { provider, apiKey, modelName, isDefault }: NewCredential,
  ): Promise<CredentialView> {
    const { access, seal } = this.#deps;
    const { userId } = owner;
    return this.#written(async (db) => {
      await assertUser(db, userId);
      const others = await ofUser(db, userId);
      if (others.length >= MAX_CREDENTIALS) throw new DetailFault(400, TOO_MANY);
      this.#assertFree(others, { provider, model_name: modelName });
      const at = access.after(others.at(-1)?.created_at);
      const identity = { id: randomUUID(), owner_kind: USER, owner_id: userId, provider } as const;
      if (isDefault) await this.#undefault(db, owner, others, at);
      const row: CredentialRow = {
        ...identity,
        model_name: modelName,
        ...keyColumns(seal, identity, apiKey),
        is_default: isDefault,
        is_active: true,
        last_validated_at: null,
        deleted_at: null,
        slot: this.#slot({ provider, model_name: modelName }),
        created_at: at,
        updated_at: at,
      };
      await db.insertInto('llmproxy_credentials').values(row).execute();
      await this.#recorded(db, owner, 'create', { at, after: row, isKeyNew: true });
      return row;
    });
  }

  async update(owner: CredentialOwner, id: string, change: CredentialChange): Promise<CredentialView> {
    const { access, seal } = this.#deps;
    return this.#written(async (db) => {
      const before = await found(db, owner.userId, id);
      if (!before.is_active && change.isActive !== true) throw inactive();
      const isActive = change.isActive ?? true;
      if (change.isDefault === true && !isActive) throw inactive();
      if (Object.keys(change).length === 0) return before;
      const at = access.after(before.updated_at);
      const others = (await ofUser(db, owner.userId)).filter((row) => row.id !== id);
      const model_name = change.modelName === undefined ? before.model_name : change.modelName;
      const isDefault = isActive && (change.isDefault ?? before.is_default);
      const after: CredentialRow = {
        ...before,
        ...(change.apiKey === undefined ? {} : { ...keyColumns(seal, before, change.apiKey), last_validated_at: null }),
        model_name,
        is_active: isActive,
        is_default: isDefault,
        slot: this.#slotAfter(before, { provider: before.provider, model_name }, isActive, others),
        updated_at: at,
      };
      if (isDefault && !before.is_default) await this.#undefault(db, owner, others, at);
      await replace(db, after);
      await this.#recorded(db, owner, 'update', { at, before, after, isKeyNew: change.apiKey !== undefined });
      return after;
    });
  }

  async setDefault(owner: CredentialOwner, id: string): Promise<CredentialView> {
    return this.#written(async (db) => {
      const before = await found(db, owner.userId, id);
      if (!before.is_active) throw inactive();
      if (before.is_default) return before;
      const at = this.#deps.access.after(before.updated_at);
      await this.#undefault(db, owner, await ofUser(db, owner.userId), at);
      const after = { ...before, is_default: true, updated_at: at };
      await replace(db, after);
      await this.#recorded(db, owner, 'default', { at, before, after });
      return after;
    });
  }

  /** The row stays for the audit; its key is gone at once. */
  async remove(owner: CredentialOwner, id: string): Promise<void> {
    await this.#written(async (db) => {
      const row = await found(db, owner.userId, id);
      await this.#erased(db, owner, row);
      return row;
    });
  }

  /** In the transaction that deletes the user. */
  async removeAll(db: Writer, owner: CredentialOwner): Promise<void> {
    for (const row of await ofUser(db, owner.userId)) await this.#erased(db, owner, row);
  }

  /** A provider was asked about the key: one audit row, and for a good key its time, unless another key was stored meanwhile. */
  async stampValidated(entry: CredentialEntry, actor: string, isValid = true): Promise<void> {
    const { access } = this.#deps;
    await access.write(async (db) => {
      const before = await db
        .selectFrom('llmproxy_credentials')
        .selectAll()
        .where('id', '=', entry.id)
        .where('sealed_key', '=', entry.sealedKey)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      if (before === undefined) return;
      const at = access.made();
      const after = isValid ? { ...before, last_validated_at: at } : before;
      if (isValid) await replace(db, after);
      await this.#recorded(db, { userId: before.owner_id, actor }, 'validate', { at, before, after });
    });
  }

  async #written(work: (db: Writer) => Promise<CredentialRow>): Promise<CredentialView> {
    try {
      return this.#view(await this.#deps.access.write(work));
    } catch (error) {
      throw isTaken(error) ? duplicate() : error;
    }
  }

  async #erased(db: Writer, owner: CredentialOwner, before: CredentialRow): Promise<void> {
    const at = this.#deps.access.after(before.updated_at);
    const gone = { sealed_key: '', slot: null, is_default: false, is_active: false, deleted_at: at, updated_at: at };
    await replace(db, { ...before, ...gone });
    await this.#recorded(db, owner, 'delete', { at, before });
  }

  async #undefault(db: Writer, owner: CredentialOwner, rows: readonly CredentialRow[], at: string): Promise<void> {
    for (const before of rows) {
      if (!before.is_default) continue;
      const after = { ...before, is_default: false, updated_at: later(at, before.updated_at) };
      await replace(db, after);
      await this.#recorded(db, owner, 'update', { at, before, after });
    }
  }

  /** A row that does not take part stays as it is; another setting than the one that it was stored under changes nothing of it. */
  #slotAfter(before: CredentialRow, place: Place, isActive: boolean, others: readonly CredentialRow[]): string | null {
    if (!isActive) return null;
    const moves = this.#deps.unique() === 'provider_model' && place.model_name !== before.model_name;
    if (before.is_active && !moves) return before.slot;
    this.#assertFree(others, place);
    return this.#slot(place);
  }

  #slot(place: Place): string {
    // No name of a provider has a blank.
    return this.#deps.unique() === 'provider' ? place.provider : `${place.provider} ${place.model_name ?? ''}`;
  }

  /** The index says the same of rows that were stored under one setting. */
  #assertFree(others: readonly CredentialRow[], place: Place): void {
    const slot = this.#slot(place);
    if (others.some((row) => row.is_active && this.#slot(row) === slot)) throw duplicate();
  }

  async #recorded(
    db: Writer,
    { userId, actor }: CredentialOwner,
    action: AuditAction,
    change: { at: string; before?: CredentialRow; after?: CredentialRow; isKeyNew?: boolean },
  ): Promise<void> {
    const { at, before, after, isKeyNew = false } = change;
    const id = (after ?? before)?.id;
    if (id === undefined) throw new Error('a change of nothing');
    await recordStored(db, {
      at,
      actor,
      action,
      kind: 'credential',
      id,
      userId,
      ...(before === undefined ? {} : { before: auditedCredential(before) }),
      ...(after === undefined
        ? {}
        : { after: { ...auditedCredential(after), ...(isKeyNew ? { api_key: 'set' } : {}) } }),
    });
  }

  #view(row: CredentialRow): CredentialView {
    return {
      id: row.id,
      user_id: row.owner_id,
      provider: this.#deps.word(row.provider),
      model_name: row.model_name,
      api_key_masked: row.masked_key,
      is_default: row.is_default,
      is_active: row.is_active,
      last_validated_at: row.last_validated_at,
      created_at: row.created_at,
      updated_at: row.updated_at,
    };
  }
}

type Place = Pick<CredentialRow, 'provider' | 'model_name'>;

const TOO_MANY = `A user has at most ${MAX_CREDENTIALS} credentials.`;

function missing(): DetailFault {
  return new DetailFault(404, 'Credential not found');
}

function inactive(): DetailFault {
  return new DetailFault(400, 'Credential is inactive');
}

function duplicate(): DetailFault {
  return new DetailFault(400, 'An active credential for this provider already exists');
}

function later(at: string, before: string): string {
  return at > before ? at : new Date(Date.parse(before) + 1).toISOString();
}

async function ofUser(db: Reader, userId: string): Promise<CredentialRow[]> {
  return db
    .selectFrom('llmproxy_credentials')
    .selectAll()
    .where('owner_kind', '=', USER)
    .where('owner_id', '=', userId)
    .where('deleted_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

/** A user may have been deleted while the request was on its way. */
async function assertUser(db: Reader, userId: string): Promise<void> {
  const user = await db.selectFrom('llmproxy_users').select('id').where('id', '=', userId).executeTakeFirst();
  if (user === undefined) throw new DetailFault(401, 'Not authenticated');
}

async function found(db: Reader, userId: string, id: string): Promise<CredentialRow> {
  const row = await db
    .selectFrom('llmproxy_credentials')
    .selectAll()
    .where('id', '=', id)
    .where('owner_kind', '=', USER)
    .where('owner_id', '=', userId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) throw missing();
  return row;
}

async function replace(db: Writer, { id, ...columns }: CredentialRow): Promise<void> {
  await db.updateTable('llmproxy_credentials').set(columns).where('id', '=', id).execute();
}
