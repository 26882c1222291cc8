import type { AutoRouterDeps } from './admin/routing/auto-router.ts';
import { knownModels } from './auto-entry.ts';
import type { Config } from './config/config.ts';
import { systemClock } from './core/clock.ts';
import type { KeyLookup } from './governance/lookup.ts';
import type { Runtime } from './pipeline/runtime.ts';
import type { Pricing } from './pricing/pricing.ts';

export interface AutoAdminParts {
  readonly pricing: Pricing;
  readonly fault: AutoRouterDeps['fault'];
  readonly config: () => Config;
  /** What requests run on. */
  readonly runtime: () => Runtime;
  /** Undefined where there are no virtual keys. */
  readonly lookup: (key: string, now: number) => KeyLookup | undefined;
}

/** What the routes of prices and of the model `auto` ask of a running proxy. */
export function autoAdmin({ pricing, fault, config, runtime, lookup }: AutoAdminParts): AutoRouterDeps {
  return {
    clock: systemClock,
    fault,
    lookup: (key, now) => lookup(key, now) ?? { state: 'unknown' },
    runtime,
    plans: () => config().plans,
    known: async () => {
      const { auto } = runtime();
      return auto === undefined ? knownModels(config(), { pricing }) : auto.tools();
    },
    fetchedAt: async () => (await pricing.load()).fetched.state?.at,
    refreshPrices: async () => (await pricing.load()).refresh.refresh(),
  };
}
