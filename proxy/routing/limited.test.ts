import { expect, test } from 'vitest';

import { ManualClock } from '../core/clock.ts';
import { FairQueue } from './fair-queue.ts';
import { eject, endpoint, leaseOn, routerOf, send } from './routing.fixture.ts';
import type { Endpoint } from './types.ts';

function limited(...endpoints: readonly Endpoint[]) {
  const clock = new ManualClock();
  const queue = new FairQueue({ size: 10, timeoutMs: 1_000 }, clock);
  return { ...routerOf(endpoints, { clock, queue }), queue };
}

const NONE = new Set<string>();

test('an endpoint that is full gets nothing until a request there has ended', () => {
  const { router } = limited(endpoint('a', { maxConcurrency: 1 }), endpoint('b'));
  const lease = leaseOn(router, 'a');
  expect([send(router), send(router), send(router)]).toEqual(['b', 'b', 'b']);
  expect(send(router, 'ok', { ownerId: 'a' })).toBe('b');
  lease.release({ kind: 'ok' });
  expect([send(router), send(router)]).toContain('a');
});

test('where all that admit are full a request can wait, rather than ask one that fails', () => {
  const { router } = limited(endpoint('a', { maxConcurrency: 1 }), endpoint('b'));
  eject(router, 'b');
  leaseOn(router, 'a');
  expect(router.acquire({}, NONE)).toBeUndefined();
  expect(router.canWait({}, NONE)).toBe(true);
  expect(router.canWait({}, new Set(['a']))).toBe(false);
  expect(router.canWait({ within: new Set(['b']) }, NONE)).toBe(false);
});

test('a full tier leaves its requests to the next one', () => {
  const { router } = limited(endpoint('a', { maxConcurrency: 1 }), endpoint('b', { priority: 2 }));
  leaseOn(router, 'a');
  expect(send(router)).toBe('b');
});

test('the end of a request wakes the queue, under the next configuration too', async () => {
  const { router, queue, clock } = limited(endpoint('a', { maxConcurrency: 1 }));
  const lease = leaseOn(router, 'a');
  const next = routerOf([endpoint('a', { maxConcurrency: 1 })], { clock, queue }).router;
  next.inheritFrom(router);
  expect(queue.hasRoom()).toBe(false);
  let taken = 0;
  queue.enter({
    caller: 'x',
    take: () => {
      taken += 1;
      return true;
    },
    refused: () => undefined,
  });
  lease.release({ kind: 'ok' });
  await Promise.resolve();
  expect([taken, queue.size]).toEqual([1, 0]);
});

test('without a limit there is no queue', () => {
  const { router } = routerOf([endpoint('a')]);
  leaseOn(router, 'a');
  expect([router.queue, router.canWait({}, NONE), send(router)]).toEqual([undefined, false, 'a']);
});
