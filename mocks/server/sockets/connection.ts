import type { TenantState } from '../tenant-state.ts';

/** One WebSocket connection, as its request was. */
export interface Connection {
  readonly tenantState: TenantState;
  readonly operation: string;
  readonly path: string;
  readonly query: string;
  /** Lowercase names; the key of a subprotocol stands in `authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly port: number;
  /** Ordinal of the socket on this server. */
  readonly ordinal: number;
  /** Closes the port to new connections for a time. */
  readonly refuse: (ms: number) => void;
  readonly report: (error: unknown) => void;
}
