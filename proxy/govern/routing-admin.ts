import type { Connection } from '../database/open.ts';
import { isDatabaseAway } from '../database/fault.ts';
import { unavailable } from '../governance/fault.ts';
import type { PreferenceStore } from '../governance/preferences/preference-store.ts';
import type { RowFilter } from '../usage/ledger.ts';
import { requestReport, type RequestReport } from '../usage/request-report.ts';

export interface RoutingAdminOptions {
  readonly database: Connection;
  readonly ledger: { flush(): Promise<void> };
  readonly preferences: PreferenceStore;
  /** Throws GovernanceFault 503 as long as the database was never reached. */
  readonly ready: () => unknown;
}

/** What the routes of automatic routing ask of governance. */
export interface RoutingAdmin {
  preferences(): PreferenceStore;
  /** Once the rows of the ledger that wait are written. Throws GovernanceFault 503 while the database is away. */
  usage(filter: RowFilter): Promise<RequestReport>;
}

export function routingAdmin({ database, ledger, preferences, ready }: RoutingAdminOptions): RoutingAdmin {
  return {
    preferences: () => {
      ready();
      return preferences;
    },
    usage: async (filter) => {
      ready();
      await ledger.flush();
      try {
        return await requestReport(database, filter);
      } catch (error) {
        throw isDatabaseAway(error) ? unavailable() : error;
      }
    },
  };
}
