import type { GatewayConfig } from '../../config/gateway.ts';
import type { Clock } from '../../core/clock.ts';
import type { JsonObject } from '../../core/json.ts';
import type { GatewayDirectory } from '../../governance/gateway/types.ts';
import type { GatewayReports } from '../../usage/gateway-report.ts';

/** A stored provider as the API shows it: without its key. */
export interface ProviderView {
  readonly id: string;
  readonly name: string;
  readonly display_name: string;
  readonly base_url: string | null;
  readonly models: readonly string[];
  readonly is_enabled: boolean;
  readonly rate_limit_rpm: number;
  readonly rate_limit_tpm: number;
  readonly priority: number;
  readonly extra_config: JsonObject;
  readonly created_at: string;
  readonly updated_at: string;
}

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

/** Throws DetailFault 404 and 409 as the API says them, GovernanceFault 503 while the database is away. */
export interface ProviderStore {
  /** By priority, lower first. */
  list(): Promise<readonly ProviderView[]>;
  get(id: string): Promise<ProviderView>;
  create(provider: NewProvider, actor: string): Promise<ProviderView>;
  /** `permit` is asked in the transaction, with what is stored, and refuses by throwing. */
  update(
    id: string,
    change: ProviderChange,
    actor: string,
    permit: (stored: Pick<ProviderView, 'name' | 'base_url'>) => void,
  ): Promise<ProviderView>;
  remove(id: string, actor: string): Promise<void>;
}

export interface OverrideView {
  readonly id: string;
  readonly user_id: string;
  readonly service_name: string | null;
  readonly provider_name: string;
  readonly model_name: string;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface NewOverride {
  readonly userId: string;
  readonly serviceName: string | null;
  readonly providerName: string;
  readonly modelName: string;
}

/** Throws DetailFault 404, GovernanceFault 503 while the database is away. */
export interface OverridesStore {
  /** Of one user, or of all. */
  list(userId: string | undefined): Promise<readonly OverrideView[]>;
  create(override: NewOverride, actor: string): Promise<OverrideView>;
  remove(id: string, actor: string): Promise<void>;
}

/** What the routes of the gateway stand on. Functions are asked at each request: a reload may have changed the answer. */
export interface GatewayRouterDeps {
  readonly clock: Clock;
  /** Address that the listener is bound to. */
  readonly host: string;
  /** Undefined = the configuration has no such section. */
  settings(): GatewayConfig | undefined;
  /** Names under `providers` of the configuration: overrides may name them. */
  configuredNames(): readonly string[];
  /** These throw GovernanceFault 503 as long as the database was never reached. */
  providers(): ProviderStore;
  overrides(): OverridesStore;
  /** Once what waits to be written is in the ledger. */
  reports(): Promise<Pick<GatewayReports, 'summary' | 'groups'>>;
  /** In memory; empty as long as the database was never reached. */
  directory(): Pick<GatewayDirectory, 'providers'>;
  /** Asks the provider once. Throws DetailFault 404. */
  tryProvider(id: string): Promise<{ readonly success: boolean; readonly error: string | null }>;
  /** Undefined while the database answers, else one sentence. */
  databaseTrouble(): Promise<string | undefined>;
  /** A failure that no client has caused. */
  fault(what: string, requestId: string, error: unknown): void;
}
