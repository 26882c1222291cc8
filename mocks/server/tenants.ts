import { COMMON } from './tenant-selection.ts';
import type { TenantState } from './tenant-state.ts';

/** Names come from outside: beyond so many, the tenant that was asked for longest ago is forgotten. */
const KEPT_TENANTS = 10_000;

/** The states of one server's tenants: the common one, and one for each tenant, made when it is first asked for. */
export class Tenants {
  readonly common: TenantState;
  readonly #make: (tenant: string) => TenantState;
  readonly #tenantStates = new Map<string, TenantState>();
  readonly #onForget: (tenant: string) => void;
  readonly #limit: number;

  /** `onForget` is told the name of a tenant that is gone. */
  constructor(
    make: (tenant: string) => TenantState,
    onForget: (tenant: string) => void = () => {},
    limit = KEPT_TENANTS,
  ) {
    this.#make = make;
    this.#onForget = onForget;
    this.#limit = limit;
    this.common = make(COMMON);
  }

  get names(): readonly string[] {
    return [...this.#tenantStates.keys()];
  }

  /** The common one, and those of all tenants. */
  get tenantStates(): readonly TenantState[] {
    return [this.common, ...this.#tenantStates.values()];
  }

  of(tenant: string): TenantState {
    if (tenant === COMMON) return this.common;
    const known = this.#tenantStates.get(tenant);
    const tenantState = known ?? this.#make(tenant);
    // Last in the order: the first is the one that goes.
    if (known !== undefined) this.#tenantStates.delete(tenant);
    this.#tenantStates.set(tenant, tenantState);
    if (this.#tenantStates.size > this.#limit) this.#forgetOldest();
    return tenantState;
  }

  /** `false` when there was none of this name. */
  forget(tenant: string): boolean {
    const tenantState = this.#tenantStates.get(tenant);
    // What it shares with other servers of the fleet begins anew too.
    tenantState?.reset();
    this.#onForget(tenant);
    return this.#tenantStates.delete(tenant);
  }

  /** All of them; the common one begins anew. */
  forgetAll(): void {
    for (const name of this.names) this.forget(name);
    this.common.reset();
  }

  #forgetOldest(): void {
    const oldest = this.#tenantStates.keys().next();
    if (!oldest.done) this.forget(oldest.value);
  }
}
