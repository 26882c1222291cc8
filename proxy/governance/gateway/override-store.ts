import { randomUUID } from 'node:crypto';
import { DetailFault } from '../../core/detail-fault.ts';
import type { OverrideRow } from '../../database/credentials-table.ts';
import { recordStored } from '../audit.ts';
import type { StoreAccess } from '../store-access.ts';
import { overrideView, type OverrideView } from './shown.ts';

export interface NewOverride {
  readonly userId: string;
  /** Null = all services. */
  readonly serviceName: string | null;
  readonly providerName: string;
  readonly modelName: string;
}

const TABLE = 'llmproxy_overrides';
const KIND = 'override';

/** Overrides of `/api/v1/generate`. Throws DetailFault 404, GovernanceFault 503 while the database is away. */
export class OverrideStore {
  readonly #access: StoreAccess;

  constructor({ access }: { readonly access: StoreAccess }) {
    this.#access = access;
  }

  /** Of one user, or of all; the oldest first. */
  async list(userId: string | undefined): Promise<OverrideView[]> {
    const rows = await this.#access.read((db) => {
      const query = db.selectFrom(TABLE).selectAll().orderBy('created_at').orderBy('id');
      return (userId === undefined ? query : query.where('user_id', '=', userId)).execute();
    });
    return rows.map(overrideView);
  }

  /** The one that the user and service have is replaced: it keeps its id. */
  async create({ userId, serviceName, providerName, modelName }: NewOverride, actor: string): Promise<OverrideView> {
    const row = await this.#access.write(async (db) => {
      const place = { user_id: userId, service_name: serviceName ?? '' };
      const before = await db
        .selectFrom(TABLE)
        .selectAll()
        .where('user_id', '=', place.user_id)
        .where('service_name', '=', place.service_name)
        .executeTakeFirst();
      const at = this.#access.after(before?.updated_at);
      const { id = randomUUID(), created_at = at } = before ?? {};
      const columns = { provider_name: providerName, model_name: modelName, updated_at: at };
      const after: OverrideRow = { id, ...place, created_at, ...columns };
      if (before === undefined) await db.insertInto(TABLE).values(after).execute();
      else await db.updateTable(TABLE).set(columns).where('id', '=', id).execute();
      const action = before === undefined ? 'create' : 'update';
      const was = before === undefined ? {} : { before: { ...overrideView(before) } };
      await recordStored(db, { at, actor, action, kind: KIND, id, ...was, after: { ...overrideView(after) } });
      return after;
    });
    return overrideView(row);
  }

  async remove(id: string, actor: string): Promise<void> {
    await this.#access.write(async (db) => {
      const row = await db.selectFrom(TABLE).selectAll().where('id', '=', id).executeTakeFirst();
      if (row === undefined) throw new DetailFault(404, 'Override not found');
      await db.deleteFrom(TABLE).where('id', '=', id).execute();
      const before = { ...overrideView(row) };
      await recordStored(db, { at: this.#access.now(), actor, action: 'delete', kind: KIND, id, before });
    });
  }
}
