import { expect, test } from 'vitest';
import { ProxyError } from '../core/errors.ts';
import type { Outcome, OutcomeKind } from '../core/outcome.ts';
import { endpoint, routerOf } from '../routing/routing.fixture.ts';
import type { Endpoint, Lease } from '../routing/types.ts';
import { AttemptKeys } from './attempt-keys.ts';
import type { CallerKey, CallerKeys, KeyPause } from './caller-keys.ts';

const OPENAI = { providerName: 'openai', credential: { kind: 'key', value: 'sk-operator' } } as const;
const ENDPOINTS = [endpoint('a', OPENAI), endpoint('b', OPENAI), endpoint('c', { ...OPENAI, providerName: 'azure' })];

interface Terms extends Partial<Pick<CallerKeys, 'fallback' | 'ownOnly'>> {
  readonly pause?: KeyPause;
  readonly unreadable?: true;
  /** Ids of the endpoints that take the key. */
  readonly taking?: readonly string[];
}

function build({ fallback = false, ownOnly = false, pause, unreadable, taking = ['a', 'b'] }: Terms = {}) {
  const ended: OutcomeKind[] = [];
  const key: CallerKey = {
    own: { id: 'c1', mask: '****', provider: 'openai' },
    name: 'own:c1',
    open: () => {
      if (unreadable) throw new ProxyError('credential_unreadable', 'no');
      return 'sk-own';
    },
    pause: () => pause,
    ended: ({ kind }) => void ended.push(kind),
  };
  const keys = new AttemptKeys(
    {
      userId: 'u',
      fallback,
      ownOnly,
      keyFor: ({ id }) => (taking.includes(id) ? key : undefined),
      providerOf: ({ providerName }) => providerName ?? '',
    },
    ENDPOINTS,
  );
  const { router } = routerOf(ENDPOINTS);
  const lease = (id: string): Lease => router.acquire({ within: new Set([id]) }, new Set())!;
  const open = (): string[] => {
    const { within, ownKeys } = keys.narrowed({});
    const ids = ENDPOINTS.map(({ id }) => id).filter((id) => within?.has(id) ?? true);
    return ids.map((id) => (ownKeys?.has(id) ? `${id} own` : id));
  };
  const keyOf = ({ credential }: Endpoint): unknown => credential.kind === 'key' && credential.value;
  const ends = (kind: OutcomeKind, id = 'a'): boolean => {
    const leased = keys.leased(lease(id));
    const outcome: Outcome = { kind };
    leased.release(outcome);
    return keys.fallsBack(outcome, leased.endpoint);
  };
  return { keys, lease, open, keyOf, ends, ended };
}

test('endpoints that take the caller’s key are asked with it, others with theirs', () => {
  const { keys, lease, open, keyOf } = build();
  expect(open()).toEqual(['a own', 'b own', 'c']);
  expect(['a', 'b', 'c'].map((id) => keyOf(keys.leased(lease(id)).endpoint))).toEqual([
    'sk-own',
    'sk-own',
    'sk-operator',
  ]);
});

test('after a limit no key is tried for that provider any more', () => {
  const { open, ends } = build({ taking: ['a'] });
  expect(ends('credential_limited')).toBe(false);
  expect(open()).toEqual(['c']);
});

test.each(['server_error', 'client_error', 'ok'] as const)('after %s the key goes on', (kind) => {
  const { open, ends } = build();
  expect(ends(kind)).toBe(false);
  expect(open()).toEqual(['a own', 'b own', 'c']);
});

test.each(['credential_refused', 'credential_quota', 'credential_limited'] as const)(
  'with fallback the same endpoint is asked again after %s, with the operator’s key',
  (kind) => {
    const { keys, lease, open, keyOf, ends } = build({ fallback: true });
    expect(ends(kind)).toBe(true);
    expect(open()).toEqual(['a', 'b', 'c']);
    expect(keyOf(keys.leased(lease('a')).endpoint)).toBe('sk-operator');
    expect(ends(kind)).toBe(false);
  },
);

test('a caller without money has its own key alone, and no fallback', () => {
  const { open, ends } = build({ ownOnly: true, fallback: true });
  expect(open()).toEqual(['a own', 'b own']);
  expect(ends('credential_limited')).toBe(false);
  expect(open()).toEqual([]);
});

test('a key that waits is not sent; where it alone is left, the client hears of the pause', () => {
  const pause = { code: 'credential_limited', ms: 1_500 } as const;
  expect(build({ pause }).open()).toEqual(['c']);
  expect(build({ pause }).keys.refusal(new Set())).toBeUndefined();
  const { keys } = build({ pause, ownOnly: true });
  expect(keys.refusal(new Set())).toMatchObject({ code: 'credential_limited', headers: { 'retry-after': '2' } });
  expect(build({ pause }).keys.refusal(new Set(['c']))).toMatchObject({ code: 'credential_limited' });
});

test('the end of an attempt is told once, and a key that does not open gives its lease back', () => {
  const { keys, lease, ended } = build();
  const leased = keys.leased(lease('a'));
  leased.release({ kind: 'ok' });
  leased.release({ kind: 'cut' });
  expect(ended).toEqual(['ok']);
  const { router } = routerOf(ENDPOINTS);
  const taken = router.acquire({ within: new Set(['a']) }, new Set())!;
  expect(() => build({ unreadable: true }).keys.leased(taken)).toThrow(ProxyError);
  expect(router.inFlight).toBe(0);
});
