import type { FleetState } from './fleet-state.ts';
import type { TenantState } from './tenant-state.ts';
import type { Tenants } from './tenants.ts';

/** What the control API may touch. */
export interface Controlled {
  /** The one that the call is about. */
  readonly tenantState: TenantState;
  readonly tenants: Tenants;
  readonly fleetState: FleetState;
  readonly url: string;
  readonly port: number;
  /** Stops the server once the answer is on its way. */
  readonly stop: () => void;
}
