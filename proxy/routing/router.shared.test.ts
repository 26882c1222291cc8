import { expect, test, vi } from 'vitest';

import { ManualClock } from '../core/clock.ts';
import { seededRandom } from '../core/random.ts';
import { eject, endpoint, hit, routerOf, send, stateOf } from './routing.fixture.ts';
import type { HealthChange, SharedHealth } from './shared-health.ts';

/** All replicas hear all messages, their own as well, as JSON. */
class FakeBus implements SharedHealth {
  readonly published: { endpoint: string; change: HealthChange; ttlMs: number }[] = [];
  readonly kept = new Map<string, unknown>();
  readonly listeners = new Set<(endpoint: string, change: unknown) => void>();

  publish(endpoint: string, change: HealthChange, ttlMs: number): void {
    this.published.push({ endpoint, change, ttlMs });
    if (ttlMs > 0) this.kept.set(endpoint, change);
    else this.kept.delete(endpoint);
    for (const listener of this.listeners) listener(endpoint, JSON.parse(JSON.stringify(change)));
  }

  subscribe(listener: (endpoint: string, change: unknown) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async load(): Promise<Map<string, unknown>> {
    return this.kept;
  }
}

function replicas() {
  const bus = new FakeBus();
  const clock = new ManualClock();
  const one = routerOf([endpoint('a'), endpoint('b')], { shared: bus, clock }).router;
  const other = routerOf([endpoint('a'), endpoint('b')], { shared: bus, clock }).router;
  return { bus, clock, one, other };
}

test('an ejection seen by one replica takes effect on all, and is announced once', () => {
  const { bus, one, other } = replicas();
  eject(one, 'b');
  expect(stateOf(other, 'b')).toBe('ejected');
  expect([send(other), send(other), send(other)]).toEqual(['a', 'a', 'a']);
  expect(bus.published).toHaveLength(1);
  expect(bus.published[0]).toMatchObject({ ttlMs: 30_000, change: { state: 'ejected', kind: 'server_error' } });
});

test('recovery is shared: a probe of one replica readmits on all, and is announced once', () => {
  const { bus, clock, one, other } = replicas();
  eject(one, 'b');
  clock.advance(30_000);
  expect(send(one)).toBe('b');
  expect([stateOf(one, 'b'), stateOf(other, 'b')]).toEqual(['admitting', 'admitting']);
  expect(bus.published.map(({ change, ttlMs }) => [change.state, ttlMs])).toEqual([
    ['ejected', 30_000],
    ['admitting', 0],
  ]);
});

test('the replica that has ejected probes alone; when it is gone the others do, not all at once', () => {
  const { bus, clock, one } = replicas();
  const random = seededRandom(1);
  const others = Array.from({ length: 50 }, () => {
    return routerOf([endpoint('a'), endpoint('b')], { shared: bus, clock, random }).router;
  });
  const probing = (): number =>
    others.filter((router) => {
      const lease = router.acquire({}, new Set());
      lease?.release({ kind: 'client_left' });
      return lease?.probe === true;
    }).length;
  eject(one, 'b');
  clock.advance(30_000);
  expect([one.acquire({}, new Set())?.probe, probing()]).toEqual([true, 0]);
  clock.advance(9_999);
  expect(probing()).toBe(0);
  clock.advance(2_000);
  expect(probing()).toBeGreaterThan(2);
  expect(probing()).toBeLessThan(20);
  clock.advance(8_001);
  expect(probing()).toBe(50);
});

test('a retry-after that one replica met keeps all of them away', () => {
  const { one, other } = replicas();
  hit(one, 'a', { kind: 'rate_limited', retryAfterMs: 5_000 });
  hit(other, 'b', { kind: 'rate_limited', retryAfterMs: 8_000 });
  expect([one, other].map((router) => [router.acquire({}, new Set()), router.refusal({}).retryAfterMs])).toEqual([
    [undefined, 5_000],
    [undefined, 5_000],
  ]);
});

test('a replica that starts later takes over the ejections that still run', async () => {
  const { bus, clock, one } = replicas();
  eject(one, 'b');
  clock.advance(10_000);
  const { router: late } = routerOf([endpoint('a'), endpoint('b')], { shared: bus, clock });
  await vi.waitFor(() => expect(stateOf(late, 'b')).toBe('ejected'));
  expect(late.stats()[1]?.ejected_until).toBe(new Date(clock.now() + 20_000).toISOString());
});

test('a replica whose endpoint of that name leads elsewhere is not concerned', () => {
  const { bus, clock, one } = replicas();
  const { router: other } = routerOf([endpoint('b', { credential: { kind: 'key', value: 'sk-new' } })], {
    shared: bus,
    clock,
  });
  eject(one, 'b');
  expect(stateOf(other, 'b')).toBe('admitting');
});

test('garbage from the shared state is ignored', () => {
  const { bus, one } = replicas();
  hit(one, 'b', 'unauthorized');
  const name = bus.published[0]!.endpoint;
  for (const listener of bus.listeners) {
    for (const garbage of [undefined, 'x', { state: 'admitting' }, { state: 'ejected', at: 9e15 }])
      listener(name, garbage);
  }
  expect([stateOf(one, 'b'), stateOf(one, 'a')]).toEqual(['ejected', 'admitting']);
});

test('shared health that throws or rejects does not disturb the replica', async () => {
  const down = () => Promise.reject(new Error('down'));
  const { router } = routerOf([endpoint('a'), endpoint('b')], {
    shared: {
      publish: () => {
        throw new Error('down');
      },
      subscribe: () => () => undefined,
      load: down,
    },
  });
  eject(router, 'b');
  await Promise.resolve();
  expect([stateOf(router, 'b'), send(router)]).toEqual(['ejected', 'a']);
});

test('a closed router listens no more', () => {
  const { bus, one, other } = replicas();
  other.close();
  eject(one, 'b');
  expect([bus.listeners.size, stateOf(other, 'b')]).toEqual([1, 'admitting']);
});

test('replicas share the health of an operation, and only that', () => {
  const { bus, clock, one, other } = replicas();
  const images = { operation: 'images' };
  for (let count = 0; count < 3; count += 1)
    one.acquire({ ...images, ownerId: 'b' }, new Set(['a']))?.release({ kind: 'server_error' });
  expect(bus.published.map(({ endpoint: name, change }) => [name.split(' ')[1], change.operation])).toEqual([
    ['images', 'images'],
  ]);
  const goesTo = (request: object, router = other): Set<unknown> =>
    new Set(Array.from({ length: 4 }, () => send(router, 'client_left', request)));
  expect([goesTo(images), goesTo({ operation: 'chat.completions' }), goesTo({})]).toEqual([
    new Set(['a']),
    new Set(['a', 'b']),
    new Set(['a', 'b']),
  ]);
  expect(other.stats()[1]).toMatchObject({ state: 'admitting', operations_out: [{ name: 'images' }] });
  clock.advance(50_000);
  other.acquire(images, new Set())?.release({ kind: 'ok' });
  expect([one.stats()[1]?.operations_out, other.stats()[1]?.operations_out]).toEqual([[], []]);
});

test('a change of an operation that stands under the name of an endpoint is ignored', () => {
  const { bus, clock, one, other } = replicas();
  eject(one, 'b');
  const [{ endpoint: name, change }] = bus.published as [(typeof bus.published)[0]];
  clock.advance(1);
  for (const listener of bus.listeners) listener(name, { ...change, at: clock.now(), operation: 'images' });
  expect(other.stats()[1]?.operations_out).toEqual([]);
});

test('more operations than there can be are not taken from other replicas', () => {
  const { bus, clock, one, other } = replicas();
  eject(one, 'b');
  const [{ endpoint: name, change }] = bus.published as [(typeof bus.published)[0]];
  for (let count = 0; count < 100; count += 1) {
    const operation = `o${count}`;
    const at = clock.now();
    for (const listener of bus.listeners) listener(`${name} ${operation}`, { ...change, at, operation });
  }
  expect(other.stats()[1]?.operations_out).toHaveLength(64);
  // What has no place of its own is the endpoint's.
  expect(other.acquire({ operation: 'o99', ownerId: 'b' }, new Set(['a']))?.probe).toBe(true);
});

test('what is known of an operation is inherited by a new configuration, with its settings', () => {
  const { bus, clock, one } = replicas();
  const images = { operation: 'images', ownerId: 'b' };
  for (let count = 0; count < 2; count += 1) one.acquire(images, new Set(['a']))?.release({ kind: 'server_error' });
  const settings = { allowedFails: 3, cooldownMs: 5_000 };
  const next = routerOf([endpoint('a'), endpoint('b')], { shared: bus, clock, settings }).router;
  next.inheritFrom(one);
  next.acquire(images, new Set(['a']))?.release({ kind: 'server_error' });
  // What begins under the new configuration has its settings from the start.
  const audio = { operation: 'audio', ownerId: 'a' };
  for (let count = 0; count < 3; count += 1) next.acquire(audio, new Set(['b']))?.release({ kind: 'server_error' });
  expect(bus.published.map(({ ttlMs, change }) => [ttlMs, change.operation])).toEqual([
    [5_000, 'images'],
    [5_000, 'audio'],
  ]);
});

test.each(['weighted', 'round-robin', 'cheapest', 'sticky'] as const)(
  'replicas that share do not all begin at the same endpoint: %s',
  (strategy) => {
    const endpoints = ['a', 'b', 'c', 'd'].map((id) => endpoint(id));
    const random = seededRandom(1);
    const firsts = (shared?: SharedHealth): (string | undefined)[] =>
      Array.from({ length: 40 }, () =>
        send(routerOf(endpoints, { strategy, random, ...(shared && { shared }) }).router),
      );
    expect(new Set(firsts())).toEqual(new Set(['a']));
    const counts = ['a', 'b', 'c', 'd'].map((id) => firsts(new FakeBus()).filter((first) => first === id).length);
    expect(Math.min(...counts)).toBeGreaterThan(3);
  },
);
