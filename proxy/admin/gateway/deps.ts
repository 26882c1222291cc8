import type { GatewayConfig } from '../../config/gateway.ts';
import type { Clock } from '../../core/clock.ts';
import type { OverrideStore } from '../../governance/gateway/override-store.ts';
import type { GatewayProviderStore } from '../../governance/gateway/provider-store.ts';
import type { GatewayDirectory } from '../../governance/gateway/types.ts';
import type { GatewayReports } from '../../usage/gateway-report.ts';

/** The part of the store of providers that the routes use. */
export type ProviderStore = Pick<GatewayProviderStore, 'list' | 'get' | 'create' | 'update' | 'remove'>;

/** The same of overrides. */
export type OverridesStore = Pick<OverrideStore, 'list' | 'create' | 'remove'>;

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
