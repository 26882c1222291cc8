import { GatewayReports } from '../../usage/gateway-report.ts';
import { unavailable } from '../../governance/fault.ts';
import type { GatewayDirectory } from '../../governance/gateway/types.ts';
import type { Connection } from '../../database/open.ts';
import type { TrialResult } from './try-provider.ts';

export interface GatewayAdminOptions {
  readonly database: Connection;
  readonly ledger: { flush(): Promise<void> };
  /** Throws GovernanceFault 503 as long as the database was never reached. */
  readonly ready: () => unknown;
}

/** What the routes of the gateway API stand on. */
export interface GatewayAdmin {
  providers(): never;
  overrides(): never;
  directory(): Pick<GatewayDirectory, 'providers'>;
  /** Once the rows of the ledger that wait are written, as far as the database takes them. */
  reports(): Promise<GatewayReports>;
  tryProvider(id: string): Promise<TrialResult>;
}

export function gatewayAdmin({ database, ledger, ready }: GatewayAdminOptions): GatewayAdmin {
  const reports = new GatewayReports(database);
  return {
    providers: () => {
      throw unavailable();
    },
    overrides: () => {
      throw unavailable();
    },
    directory: () => ({ providers: () => [] }),
    reports: async () => {
      ready();
      await ledger.flush();
      return reports;
    },
    tryProvider: () => Promise.reject(unavailable()),
  };
}
