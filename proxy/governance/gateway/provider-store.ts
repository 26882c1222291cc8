import { randomUUID } from 'node:crypto';
import { DetailFault } from '../../core/detail-fault.ts';
import type { JsonObject } from '../../core/json.ts';
import type { CredentialRow, GatewayProviderRow } from '../../database/credentials-table.ts';
import { isTaken } from '../../database/fault.ts';
import type { Reader } from '../../database/open.ts';
import { canonicalProvider } from '../../core/provider-names.ts';
import { recordStored } from '../audit.ts';
import { keyColumns } from '../credentials/stored-credential.ts';
import type { StoreAccess } from '../store-access.ts';
import type { ValueSeal } from '../value-seal.ts';
import { providerView, type ProviderView } from './shown.ts';

/** Members of a provider, checked for their form. */
export interface ProviderFields {
  readonly displayName: string;
  readonly apiKey: string;
  readonly baseUrl: string | null;
  readonly models: readonly string[];
  readonly isEnabled: boolean;
  readonly rpm: number;
  readonly tpm: number;
  readonly priority: number;
  readonly extraConfig: JsonObject;
}

export interface NewProvider extends ProviderFields {
  readonly name: string;
}

/** What is left out stays. */
export type ProviderChange = Partial<ProviderFields>;

export interface ProviderStoreDeps {
  readonly access: StoreAccess;
  readonly seal: Pick<ValueSeal, 'close'>;
}

const KIND = 'gateway_provider';

/**
 * Stored providers of `/api/v1/generate`, each with its key as a credential of the owner kind `system`. Throws DetailFault 404 and 409,
 * GovernanceFault 503 while the database is away.
 */
export class GatewayProviderStore {
  readonly #deps: ProviderStoreDeps;

  constructor(deps: ProviderStoreDeps) {
    this.#deps = deps;
  }

  /** By priority, lower first, then by name. */
  async list(): Promise<ProviderView[]> {
    const rows = await this.#deps.access.read((db) =>
      db.selectFrom('llmproxy_gateway_providers').selectAll().orderBy('priority').orderBy('name').execute(),
    );
    return rows.map(providerView);
  }

  async get(id: string): Promise<ProviderView> {
    return providerView(await this.#deps.access.read((db) => found(db, id)));
  }

  async create({ name, apiKey, ...fields }: NewProvider, actor: string): Promise<ProviderView> {
    const { access, seal } = this.#deps;
    const at = access.made();
    const times = { created_at: at, updated_at: at };
    const row = { id: randomUUID(), name, ...columnsOf(fields), ...times } as GatewayProviderRow;
    const owner = { owner_kind: 'system', owner_id: row.id } as const;
    const identity = { id: randomUUID(), ...owner, provider: canonicalProvider(name) };
    const credential: CredentialRow = {
      ...identity,
      ...keyColumns(seal, identity, apiKey),
      model_name: null,
      is_default: false,
      is_active: true,
      last_validated_at: null,
      deleted_at: null,
      slot: null,
      ...times,
    };
    try {
      await access.write(async (db) => {
        await db.insertInto('llmproxy_gateway_providers').values(row).execute();
        await db.insertInto('llmproxy_credentials').values(credential).execute();
        const after = { ...audited(row), api_key: 'set' };
        await recordStored(db, { at, actor, action: 'create', kind: KIND, id: row.id, after });
      });
    } catch (error) {
      throw isTaken(error) ? new DetailFault(409, `Provider '${name}' already exists`) : error;
    }
    return providerView(row);
  }

  /** `permit` is asked in the transaction, with what is stored, and refuses by throwing. */
  async update(
    id: string,
    { apiKey, ...fields }: ProviderChange,
    actor: string,
    permit: (stored: Pick<ProviderView, 'name' | 'base_url'>) => void,
  ): Promise<ProviderView> {
    const { access, seal } = this.#deps;
    const written = await access.write(async (db) => {
      const before = await found(db, id);
      permit(before);
      const columns = columnsOf(fields);
      if (Object.keys(columns).length === 0 && apiKey === undefined) return before;
      const at = access.after(before.updated_at);
      const after = { ...before, ...columns, updated_at: at };
      await db
        .updateTable('llmproxy_gateway_providers')
        .set({ ...columns, updated_at: at })
        .where('id', '=', id)
        .execute();
      if (apiKey !== undefined) {
        const owned = await db
          .selectFrom('llmproxy_credentials')
          .selectAll()
          .where('owner_kind', '=', 'system')
          .where('owner_id', '=', id)
          .executeTakeFirstOrThrow();
        await db
          .updateTable('llmproxy_credentials')
          .set({ ...keyColumns(seal, owned, apiKey), updated_at: at })
          .where('id', '=', owned.id)
          .execute();
      }
      const shown = { ...audited(after), ...(apiKey === undefined ? {} : { api_key: 'set' }) };
      await recordStored(db, { at, actor, action: 'update', kind: KIND, id, before: audited(before), after: shown });
      return after;
    });
    return providerView(written);
  }

  /** Its key goes with it. Overrides that name it stay. */
  async remove(id: string, actor: string): Promise<void> {
    const { access } = this.#deps;
    await access.write(async (db) => {
      const before = await found(db, id);
      await db
        .deleteFrom('llmproxy_credentials')
        .where('owner_kind', '=', 'system')
        .where('owner_id', '=', id)
        .execute();
      await db.deleteFrom('llmproxy_gateway_providers').where('id', '=', id).execute();
      await recordStored(db, { at: access.now(), actor, action: 'delete', kind: KIND, id, before: audited(before) });
    });
  }
}

function audited(row: GatewayProviderRow): JsonObject {
  const { created_at: _created, updated_at: _updated, models, ...shown } = providerView(row);
  return { ...shown, models: [...models] };
}

function columnsOf(fields: Omit<ProviderChange, 'apiKey'>): Partial<GatewayProviderRow> {
  const columns: Partial<GatewayProviderRow> = {
    ...(fields.displayName === undefined ? {} : { display_name: fields.displayName }),
    ...(fields.baseUrl === undefined ? {} : { base_url: fields.baseUrl }),
    ...(fields.models === undefined ? {} : { models: JSON.stringify(fields.models) }),
    ...(fields.isEnabled === undefined ? {} : { is_enabled: fields.isEnabled }),
    ...(fields.rpm === undefined ? {} : { rate_limit_rpm: fields.rpm }),
    ...(fields.tpm === undefined ? {} : { rate_limit_tpm: fields.tpm }),
    ...(fields.priority === undefined ? {} : { priority: fields.priority }),
    ...(fields.extraConfig === undefined ? {} : { extra_config: JSON.stringify(fields.extraConfig) }),
  };
  return columns;
}

async function found(db: Reader, id: string): Promise<GatewayProviderRow> {
  const row = await db.selectFrom('llmproxy_gateway_providers').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new DetailFault(404, 'Provider not found');
  return row;
}
