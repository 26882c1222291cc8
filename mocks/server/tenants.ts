import { COMMON } from './tenant-selection.ts';
import type { World } from './world.ts';

/** Names come from outside: beyond so many, the tenant that was asked for longest ago is forgotten. */
const KEPT_TENANTS = 10_000;

/** The worlds of one server: the common one, and one for each tenant, made when it is first asked for. */
export class Tenants {
  readonly common: World;
  readonly #make: (tenant: string) => World;
  readonly #worlds = new Map<string, World>();
  readonly #onForget: (tenant: string) => void;
  readonly #limit: number;

  /** `onForget` is told the name of a tenant that is gone. */
  constructor(make: (tenant: string) => World, onForget: (tenant: string) => void = () => {}, limit = KEPT_TENANTS) {
    this.#make = make;
    this.#onForget = onForget;
    this.#limit = limit;
    this.common = make(COMMON);
  }

  get names(): readonly string[] {
    return [...this.#worlds.keys()];
  }

  /** The common one, and those of all tenants. */
  get worlds(): readonly World[] {
    return [this.common, ...this.#worlds.values()];
  }

  of(tenant: string): World {
    if (tenant === COMMON) return this.common;
    const known = this.#worlds.get(tenant);
    const world = known ?? this.#make(tenant);
    // Last in the order: the first is the one that goes.
    if (known !== undefined) this.#worlds.delete(tenant);
    this.#worlds.set(tenant, world);
    if (this.#worlds.size > this.#limit) this.#forgetOldest();
    return world;
  }

  /** `false` when there was none of this name. */
  forget(tenant: string): boolean {
    const world = this.#worlds.get(tenant);
    // What it shares with other servers of the fleet begins anew too.
    world?.reset();
    this.#onForget(tenant);
    return this.#worlds.delete(tenant);
  }

  #forgetOldest(): void {
    const oldest = this.#worlds.keys().next();
    if (!oldest.done) this.forget(oldest.value);
  }
}
