import { DetailFault } from '../../core/detail-fault.ts';
import { newRequestId } from '../../core/ids.ts';
import type { Connection } from '../../database/open.ts';
import type { OverrideStore } from '../../governance/gateway/override-store.ts';
import type { GatewayProviderStore } from '../../governance/gateway/provider-store.ts';
import type { GatewayDirectory } from '../../governance/gateway/types.ts';
import type { ProviderKeys } from '../../governance/provider-keys.ts';
import { GatewayReports } from '../../usage/gateway-report.ts';
import type { StoredProvider, TrialResult } from './try-provider.ts';

export interface GatewayAdminOptions {
  readonly database: Connection;
  readonly ledger: { flush(): Promise<void> };
  readonly keys: Pick<ProviderKeys, 'directory' | 'gateway' | 'overrides' | 'providers'>;
  /** Throws GovernanceFault 503 as long as the database was never reached. */
  readonly ready: () => unknown;
  readonly tryProvider: (stored: StoredProvider) => Promise<TrialResult>;
}

/** What the routes of the gateway API stand on. */
export interface GatewayAdmin {
  providers(): GatewayProviderStore;
  overrides(): OverrideStore;
  directory(): Pick<GatewayDirectory, 'providers'>;
  /** Once the rows of the ledger that wait are written, as far as the database takes them. */
  reports(): Promise<GatewayReports>;
  /** Throws DetailFault 404. */
  tryProvider(id: string): Promise<TrialResult>;
}

export function gatewayAdmin({ database, ledger, keys, ready, tryProvider }: GatewayAdminOptions): GatewayAdmin {
  const reports = new GatewayReports(database);
  return {
    providers: () => {
      ready();
      return keys.providers;
    },
    overrides: () => {
      ready();
      return keys.overrides;
    },
    directory: () => keys.gateway,
    reports: async () => {
      ready();
      await ledger.flush();
      return reports;
    },
    tryProvider: async (id) => {
      ready();
      const entry = keys.gateway.providerById(id);
      const credential = keys.directory.ofProvider(id);
      if (entry === undefined || credential === undefined) throw new DetailFault(404, 'Provider not found');
      const key = keys.directory.open(credential);
      if (key === undefined) return { success: false, error: `The key of ${entry.displayName} cannot be decrypted.` };
      return tryProvider({ entry, key, credential: credential.id, requestId: newRequestId() });
    },
  };
}
