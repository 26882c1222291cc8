import type { GatewayProviderRow, OverrideRow } from '../../database/credentials-table.ts';
import type { Reader } from '../../database/open.ts';
import type { AuditKind } from '../../database/tables.ts';
import { canonicalProvider } from '../../core/provider-names.ts';
import type { Follower } from '../directory.ts';
import type { GatewayDirectory, GatewayProviderEntry, OverrideEntry } from './types.ts';

/** Stored providers and overrides in memory. */
export class StoredGateway implements GatewayDirectory, Follower {
  #byId = new Map<string, GatewayProviderEntry>();
  #byName = new Map<string, GatewayProviderEntry>();
  #ordered: readonly GatewayProviderEntry[] = [];
  #overrides = new Map<string, OverrideEntry>();
  #byPlace = new Map<string, OverrideEntry>();

  /** Whatever its name is called: `claude` and `anthropic` are one provider. */
  provider(name: string): GatewayProviderEntry | undefined {
    return this.#byName.get(canonicalProvider(name));
  }

  /** By its id. */
  providerById(id: string): GatewayProviderEntry | undefined {
    return this.#byId.get(id);
  }

  providers(): readonly GatewayProviderEntry[] {
    return this.#ordered;
  }

  override(userId: string, service: string): OverrideEntry | undefined {
    return this.#byPlace.get(placeOf(userId, service)) ?? this.#byPlace.get(placeOf(userId, ''));
  }

  follows(kind: AuditKind): boolean {
    return kind === 'gateway_provider' || kind === 'override';
  }

  async load(db: Reader): Promise<void> {
    const providers = await db.selectFrom('llmproxy_gateway_providers').selectAll().execute();
    const overrides = await db.selectFrom('llmproxy_overrides').selectAll().execute();
    this.#byId = new Map(providers.map((row) => [row.id, providerEntry(row)]));
    this.#index();
    this.#overrides = new Map(overrides.map((row) => [row.id, overrideEntry(row)]));
    this.#byPlace = new Map(Array.from(this.#overrides.values(), (entry) => [placeOfEntry(entry), entry]));
  }

  async apply(db: Reader, kind: AuditKind, id: string): Promise<void> {
    if (kind === 'gateway_provider') {
      const row = await db.selectFrom('llmproxy_gateway_providers').selectAll().where('id', '=', id).executeTakeFirst();
      if (row === undefined) this.#byId.delete(id);
      else this.#byId.set(id, providerEntry(row));
      this.#index();
      return;
    }
    const row = await db.selectFrom('llmproxy_overrides').selectAll().where('id', '=', id).executeTakeFirst();
    const old = this.#overrides.get(id);
    // Another one may have taken its place already.
    if (old !== undefined && this.#byPlace.get(placeOfEntry(old))?.id === id) this.#byPlace.delete(placeOfEntry(old));
    this.#overrides.delete(id);
    if (row === undefined) return;
    const entry = overrideEntry(row);
    this.#overrides.set(id, entry);
    this.#byPlace.set(placeOfEntry(entry), entry);
  }

  #index(): void {
    const entries = [...this.#byId.values()];
    this.#byName = new Map(entries.map((entry) => [canonicalProvider(entry.name), entry]));
    this.#ordered = entries.toSorted((one, other) => one.priority - other.priority || (one.name < other.name ? -1 : 1));
  }
}

function placeOf(userId: string, service: string): string {
  return JSON.stringify([userId, service]);
}

function placeOfEntry({ userId, service }: OverrideEntry): string {
  return placeOf(userId, service ?? '');
}

function providerEntry(row: GatewayProviderRow): GatewayProviderEntry {
  return {
    id: row.id,
    name: row.name,
    displayName: row.display_name,
    baseUrl: row.base_url,
    models: JSON.parse(row.models) as string[],
    isEnabled: row.is_enabled,
    rpm: row.rate_limit_rpm,
    tpm: row.rate_limit_tpm,
    priority: row.priority,
    version: `${row.id} ${row.updated_at}`,
  };
}

function overrideEntry(row: OverrideRow): OverrideEntry {
  return {
    id: row.id,
    userId: row.user_id,
    service: row.service_name === '' ? undefined : row.service_name,
    provider: row.provider_name,
    model: row.model_name,
  };
}
