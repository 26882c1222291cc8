import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import type { BilledCall, Payer } from '../../generation/payer.ts';
import type { KeyLookup } from '../../governance/lookup.ts';
import { endpoint } from '../../generation/generation.fixture.ts';
import type { RequestContext } from '../context.ts';
import { type GovernedBed, governedBed, holderOf, HOUR_MS, KEY, keyEntry } from './governed.fixture.ts';
import { sessionMeter } from './session.ts';

const CALL: BilledCall = { endpoint: endpoint('a'), outcome: 'ok', estimated: false, billed: true };
const BUDGET = { budget: { id: 'b1', max: 20_000_000n, window: { ms: HOUR_MS, anchor: 0 } } };

function build({ withKey = true, model = 'm' }: { withKey?: boolean; model?: string | null } = {}) {
  const clock = new ManualClock();
  const governed: GovernedBed = governedBed(clock, holderOf(keyEntry()), BUDGET);
  const booked: [string, readonly BilledCall[]][] = [];
  const payer = (name: string): Payer => ({ booked: (calls) => void booked.push([name, calls]) });
  const { found } = governed;
  const context = {
    head: { headers: {}, raw: ['Authorization', `Bearer ${KEY}`] },
    principal: withKey && 'holder' in found ? { holder: found.holder } : {},
    account: { payer },
    passthrough: { model: model ?? undefined },
  } as unknown as RequestContext;
  const meter = sessionMeter(context, { clock }, governed.tools);
  return { clock, governed, booked, context, meter };
}

test('every call is booked at once, to the model that the request or else the session names', () => {
  const { meter, booked } = build();
  meter.bill(CALL);
  meter.bill({ ...CALL, model: 'transcriber' });
  expect(booked.map(([name, calls]) => [name, calls.length])).toEqual([
    ['m', 1],
    ['m', 1],
  ]);
  const unnamed = build({ model: null });
  unnamed.meter.bill({ ...CALL, model: 'gpt-realtime' });
  expect(unnamed.booked[0]?.[0]).toBe('gpt-realtime');
});

test.each<readonly [state: KeyLookup['state'], reason: string | undefined]>([
  ['active', undefined],
  ['unavailable', undefined],
  ['unknown', 'virtual_key_not_found: The virtual key does not exist any more.'],
  ['blocked', 'virtual_key_blocked: The virtual key, or its user, was switched off.'],
  ['expired', 'virtual_key_expired: The virtual key has expired.'],
])('of a key that is now %s the reason is %s', async (state, reason) => {
  const { meter, governed } = build();
  governed.found = { ...governed.found, state } as KeyLookup;
  expect(await meter.stopReason(CALL.endpoint)).toBe(reason);
  expect(Buffer.byteLength(reason ?? '')).toBeLessThanOrEqual(123);
});

test('a trial that ends, ends the session', async () => {
  const { meter, governed, clock } = build();
  const customer = { id: 'c1', name: 'a customer', trialEndsAt: clock.now() + 1_000 };
  governed.found = { state: 'active', holder: holderOf(keyEntry(), { customer: customer as never }) };
  expect(await meter.stopReason(CALL.endpoint)).toBeUndefined();
  clock.advance(1_000);
  expect(await meter.stopReason(CALL.endpoint)).toBe('trial_expired: The trial has ended.');
});

test('a budget that is used up ends the session, until its window begins anew', async () => {
  const { meter, governed, clock } = build();
  const [limit] = governed.tools.book.limitsOf('k1')?.general ?? [];
  governed.counters.charge([{ limit: limit!, amount: 19_999_999n }]);
  expect(await meter.stopReason(CALL.endpoint)).toBeUndefined();
  governed.counters.charge([{ limit: limit!, amount: 1n }]);
  expect(await meter.stopReason(CALL.endpoint)).toBe('budget_exceeded: The budget of the key is used up.');
  clock.advance(HOUR_MS);
  expect(await meter.stopReason(CALL.endpoint)).toBeUndefined();
});

test('a caller without a key is not asked again', async () => {
  const { meter, governed } = build({ withKey: false });
  governed.found = { state: 'unknown' };
  expect(await meter.stopReason(CALL.endpoint)).toBeUndefined();
  meter.unread(2);
  expect(governed.heard).toEqual(['unread 2']);
});

/** Spends more than the budget of the key. */
function useUp({ counters, tools }: GovernedBed): void {
  const budgets = tools.book.limitsOf('k1')?.general.filter(({ unit }) => unit === 'cost') ?? [];
  void counters.charge(budgets.map((limit) => ({ limit, amount: 10n ** 12n })));
}

const OWN_KEY = { kind: 'key', value: 'sk-own', own: { id: 'c1', mask: '****', provider: 'openai' } } as const;

test('a session with a key of the user’s own is ended by no budget, one with the operator’s is', async () => {
  const { meter, governed } = build();
  useUp(governed);
  expect(await meter.stopReason(CALL.endpoint)).toContain('budget_exceeded');
  expect(await meter.stopReason(endpoint('a', { credential: OWN_KEY }))).toBeUndefined();
});

test('a session that a minted secret opens is paid for by the key that it was minted with', async () => {
  const { meter, governed, booked, context } = build();
  context.passthrough!.secretCredential = 'c1';
  useUp(governed);
  expect(await meter.stopReason(CALL.endpoint)).toBeUndefined();
  meter.bill(CALL);
  expect(booked[0]?.[1]).toMatchObject([{ endpoint: { credential: { own: { id: 'c1' } } } }]);
});
