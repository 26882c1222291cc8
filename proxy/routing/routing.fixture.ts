import { ManualClock } from '../core/clock.ts';
import type { Outcome, OutcomeKind } from '../core/outcome.ts';
import { seededRandom } from '../core/random.ts';
import { type Router, type RouterOptions, createRouter } from './router.ts';
import type { Candidate } from './strategy.ts';
import type { Endpoint, Lease, RouteRequest } from './types.ts';

/** Building blocks of the unit tests of this room; not part of the package. */

export function endpoint(id: string, rest: Partial<Endpoint> = {}): Endpoint {
  return {
    id,
    provider: 'openai',
    origin: `http://${id}.test`,
    basePath: '/v1',
    credential: { kind: 'none' },
    weight: 1,
    headers: {},
    ...rest,
  };
}

export function candidate(id: string, rest: Partial<Omit<Candidate, 'endpoint'> & Endpoint> = {}): Candidate {
  const { ramp = 1, inFlight = 0, failures = 0, expectedMs, ...target } = rest;
  const built = endpoint(id, target);
  return { endpoint: built, ramp, weight: built.weight * ramp, inFlight, failures, expectedMs };
}

export const SETTINGS = { allowedFails: 3, cooldownMs: 30_000 };

export function routerOf(
  endpoints: readonly Endpoint[],
  rest: Partial<RouterOptions> = {},
): { router: Router; clock: ManualClock } {
  const clock = rest.clock instanceof ManualClock ? rest.clock : new ManualClock();
  const router = createRouter({
    model: 'gpt-4o-mini',
    strategy: 'weighted',
    endpoints,
    settings: SETTINGS,
    random: seededRandom(1),
    ...rest,
    clock,
  });
  return { router, clock };
}

/** One whole attempt; returns the endpoint's id, or undefined when the router had none. */
export function send(
  router: Router,
  outcome: OutcomeKind | Outcome = 'ok',
  request: RouteRequest = {},
  tried: readonly string[] = [],
): string | undefined {
  const lease = router.acquire(request, new Set(tried));
  lease?.release(typeof outcome === 'string' ? { kind: outcome } : outcome);
  return lease?.endpoint.id;
}

/** Sends to one endpoint, whatever the strategy says, and lets it end so. */
export function hit(router: Router, id: string, outcome: OutcomeKind | Outcome): void {
  const lease = leaseOn(router, id);
  lease.release(typeof outcome === 'string' ? { kind: outcome } : outcome);
}

export function leaseOn(router: Router, id: string): Lease {
  const others = router.endpoints.map((endpoint) => endpoint.id).filter((other) => other !== id);
  const lease = router.acquire({ ownerId: id }, new Set(others));
  if (lease === undefined) throw new Error(`The router does not give a lease on ${id}`);
  return lease;
}

/** Fails an endpoint until it is ejected. */
export function eject(router: Router, id: string): void {
  for (let count = 0; count < SETTINGS.allowedFails; count++) hit(router, id, 'server_error');
}

export function stateOf(router: Router, id: string): string | undefined {
  return router.stats().find((stats) => stats.id === id)?.state;
}
