import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { OUTCOMES, type OutcomeKind } from '../core/outcome.ts';
import { seededRandom } from '../core/random.ts';
import { CalmMembers } from './calm.ts';
import { Member } from './member.ts';
import { endpoint, hit, routerOf, SETTINGS } from './routing.fixture.ts';
import type { Router } from './router.ts';
import { select } from './select.ts';
import { STRATEGIES } from './strategies/index.ts';
import type { StrategyName } from './strategy.ts';
import type { Lease, RouteRequest } from './types.ts';

const NAMES = Object.keys(STRATEGIES) as StrategyName[];
const KINDS = Object.keys(OUTCOMES) as OutcomeKind[];
const ENDPOINTS = [
  endpoint('a', { weight: 3, price: { input: 1, output: 1 } }),
  endpoint('b', { price: { input: 1, output: 1 }, credential: { kind: 'forward' } }),
  endpoint('c', { price: { input: 2, output: 2 } }),
  endpoint('reserve', { weight: 0 }),
];

const steps = fc.array(
  fc.record({
    kind: fc.oneof(
      { weight: 4, arbitrary: fc.constant('ok' as const) },
      { weight: 1, arbitrary: fc.constantFrom(...KINDS) },
    ),
    retryAfterMs: fc.option(fc.constantFrom(0, 500, 60_000), { nil: undefined }),
    stickyKey: fc.constantFrom('k1', 'k2', 'k3'),
    operation: fc.constantFrom(undefined, 'chat.completions', 'embeddings'),
    credential: fc.constantFrom('one', 'other'),
    passMs: fc.constantFrom(0, 0, 10, 900, 20_000, 400_000),
    held: fc.boolean(),
    /** What an operator decides before: without a time to admit. */
    decided: fc.oneof(
      { weight: 6, arbitrary: fc.constant(undefined) },
      {
        weight: 1,
        arbitrary: fc.record({ id: fc.constantFrom('a', 'b', 'c'), ms: fc.constantFrom(0, 450, 30_000, undefined) }),
      },
    ),
  }),
  { maxLength: 60 },
);

/** The same for the router as for members that it does not know of. */
function decide(router: Router, members: readonly Member[], { id, ms }: { id: string; ms: number | undefined }): void {
  const health = members.find(({ endpoint: { id: one } }) => one === id)?.health;
  if (ms === undefined) {
    router.admitByHand(id, 'ada');
    health?.admitByHand('ada');
  } else {
    router.ejectByHand(id, ms, 'ada');
    health?.byHand.eject(ms, 'ada');
  }
}

test.each(NAMES)('%s chooses over members without trouble what it chooses when every member is judged', (strategy) => {
  fc.assert(
    fc.property(steps, (script) => {
      const { router, clock } = routerOf(ENDPOINTS, { strategy, random: seededRandom(7) });
      const members = ENDPOINTS.map((one) => new Member(one, SETTINGS, clock));
      const choose = STRATEGIES[strategy].create({ random: seededRandom(7) });
      const held: (readonly Lease[])[] = [];
      for (const { kind, retryAfterMs, passMs, held: holds, decided, ...rest } of script) {
        if (decided) decide(router, members, decided);
        const { operation, ...named } = rest;
        const request: RouteRequest = { ...named, model: 'm', ...(operation === undefined ? {} : { operation }) };
        const judged = select({ members, choose, isTiered: false, isLimited: false }, request, new Set());
        const both = [router.acquire(request, new Set()), judged?.lease(request)];
        expect(both[0]?.endpoint.id).toBe(both[1]?.endpoint.id);
        const leases = both.flatMap((lease) => lease ?? []);
        clock.advance(passMs);
        const outcome = { kind, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
        for (const lease of leases) lease.firstEvent(passMs);
        if (holds) held.push(leases);
        else for (const lease of leases) lease.release(outcome);
        if (held.length > 3) for (const lease of held.shift() ?? []) lease.release({ kind: 'ok' });
      }
    }),
    { numRuns: 150 },
  );
});

test('candidates are made once, and anew where a member is out, ramps or is well again', () => {
  const clock = new ManualClock();
  const members = ENDPOINTS.map((one) => new Member(one, SETTINGS, clock));
  const calm = new CalmMembers(members, clock);
  const [a] = members as [Member];
  a.health.onChange = () => calm.trouble(a);
  const none = new Set<string>();
  const request = { operation: 'x' };
  const ids = (of: RouteRequest = request): unknown => calm.candidates(of, none)?.map(({ endpoint: { id } }) => id);
  const first = calm.candidates(request, none);
  expect(ids()).toEqual(['a', 'b', 'c']);
  expect(calm.candidates(request, none)).toBe(first);
  expect(calm.candidates(request, new Set(['a']))).toBeUndefined();
  expect(calm.candidates({ ownerId: 'a' }, none)).toBeUndefined();
  expect(calm.candidates({ within: new Set(['a']) }, none)).toBeUndefined();
  a.lease(request).release({ kind: 'rate_limited', retryAfterMs: 5_000 });
  expect(ids()).toEqual(['b', 'c']);
  expect(ids({ operation: 'y' })).toEqual(['a', 'b', 'c']);
  expect(calm.candidates(request, none)).toBe(calm.candidates(request, none));
  expect(calm.due(request)).toBeUndefined();
  clock.advance(5_000);
  expect(calm.due(request)).toBe(a);
  const probe = a.lease(request);
  expect(calm.due(request)).toBeUndefined();
  probe.release({ kind: 'ok' });
  expect(ids()).toEqual(['a', 'b', 'c']);
  const ramping = calm.candidates(request, none)?.[0];
  expect(ramping?.ramp).toBeCloseTo(0.1);
  clock.advance(2_500);
  expect(ramping?.weight).toBeCloseTo(3 * 0.55);
  clock.advance(60_000);
  expect(calm.candidates(request, none)?.[0]?.ramp).toBe(1);
  expect(calm.candidates(request, none)?.[0]).not.toBe(ramping);
});

test('while a model is missing somewhere every member is judged', () => {
  const clock = new ManualClock();
  const members = ENDPOINTS.map((one) => new Member(one, SETTINGS, clock));
  const calm = new CalmMembers(members, clock);
  const [a] = members as [Member];
  a.health.onPause = () => calm.trouble(a);
  a.lease({ model: 'm' }).release({ kind: 'model_not_here' });
  expect(calm.candidates({ model: 'm' }, new Set())).toBeUndefined();
  clock.advance(3_600_000);
  expect(calm.candidates({ model: 'm' }, new Set())).toHaveLength(3);
});

test('a router whose members went on to another one judges every member', () => {
  const { router, clock } = routerOf(ENDPOINTS);
  const next = routerOf(ENDPOINTS, { clock }).router;
  next.inheritFrom(router);
  for (let count = 0; count < 3; count++) hit(next, 'a', 'server_error');
  const chosen = Array.from({ length: 8 }, () => router.acquire({}, new Set())?.endpoint.id);
  expect(chosen).not.toContain('a');
});
