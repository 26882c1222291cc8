import type { IncomingMessage } from 'node:http';
import type { PreferenceStore } from '../../governance/preferences/preference-store.ts';
import type { RequestReport } from '../../usage/request-report.ts';
import type { RowFilter } from '../../usage/ledger.ts';
import type { Access } from '../access.ts';
import type { KeyDirectoryDeps } from '../given-key.ts';

/** Why a caller may operate the proxy; undefined = it may not. */
export type AccessOf = (request: Pick<IncomingMessage, 'headers'>) => Access | undefined;

/** What the routes below `/api/v1/routing` and `/api/v1/pricing` stand on. Functions are asked at each request. */
export interface RoutingRouterDeps extends KeyDirectoryDeps {
  /** Throws GovernanceFault 503 as long as the database was never reached. */
  preferences(): Pick<PreferenceStore, 'get' | 'update' | 'remove'>;
  /** Once what waits to be written is in the ledger. Throws GovernanceFault 503 while the database is away. */
  usage(filter: RowFilter): Promise<RequestReport>;
  /** A failure that no client has caused. */
  fault(what: string, requestId: string, error: unknown): void;
}
