import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import type { KeyLookup } from '../../governance/lookup.ts';
import type { MadeObject, OwnedObject } from '../../governance/objects/types.ts';
import { secretName } from '../client-secret.ts';
import type { RequestContext } from '../context.ts';
import { governedBed, holderOf, keyEntry } from './governed.fixture.ts';
import { payerOfSecret, rememberPayer } from './session-secret.ts';
import type { GovernedTools } from './tools.ts';

const SECRET = 'ek_of_a_session';

/** What a caller with the secret alone is taken for, once a key has had it minted. */
function build(mintedBy: 'key' | 'another proxy' = 'key') {
  const clock = new ManualClock();
  const bed = governedBed(clock);
  const stored = new Map<string, OwnedObject>();
  const owners: GovernedTools['owners'] = {
    remember: (ids: readonly string[], made: MadeObject) => ids.forEach((id) => stored.set(id, made)),
    forget: (id) => void stored.delete(id),
    find: (ids) => new Map([...stored].filter(([id]) => ids.includes(id))),
  };
  const tools = { ...bed.tools, owners };
  const minter = mintedBy === 'key' ? { principal: { holder: holderOf(keyEntry()) } } : { principal: {} };
  rememberPayer(minter as RequestContext, tools, [secretName(SECRET)], 'm/a');
  const context = { principal: {}, passthrough: { clientSecret: SECRET } } as unknown as RequestContext;
  return { bed, context, stored, identified: () => payerOfSecret(context, { clock }, tools) };
}

test('who brings the secret alone is the key that had it minted, with an account', async () => {
  const { context, identified, stored } = build();
  await identified();
  expect(context.principal).toMatchObject({ key: 'k1', holder: { key: { id: 'k1' } } });
  expect(context.account?.holder?.key?.id).toBe('k1');
  expect(JSON.stringify([...stored])).not.toContain(SECRET);
});

test('a secret that no key had minted stands for no key', async () => {
  const { context, identified } = build('another proxy');
  await identified();
  expect([context.principal, context.account]).toEqual([{}, undefined]);
});

test('a caller that brings its own key, or no secret, stays who it is', async () => {
  const { context, identified } = build();
  const other = { key: 'k2', holder: holderOf(keyEntry({ id: 'k2' })) };
  context.principal = other;
  await identified();
  expect(context.principal).toBe(other);
});

test.each<readonly [state: KeyLookup['state'], code: string]>([
  ['unknown', 'virtual_key_not_found'],
  ['blocked', 'virtual_key_blocked'],
  ['expired', 'virtual_key_expired'],
  ['unavailable', 'store_unavailable'],
])('where the key is now %s the secret is refused with %s', async (state, code) => {
  const { bed, identified } = build();
  bed.found = { ...bed.found, state } as KeyLookup;
  await expect(identified()).rejects.toMatchObject({ code });
  expect(bed.heard).toEqual([`refused ${code}`]);
});
