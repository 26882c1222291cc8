import { expect, test } from 'vitest';
import { DetailFault } from '../../core/detail-fault.ts';
import type { DatabaseAddress } from '../../database/address.ts';
import { governanceBed, textOf, type GovernanceBed } from '../governance.fixture.ts';
import type { KeyHolder } from '../lookup.ts';
import { NO_PREFERENCES, NOTHING_STORED, type PreferenceLevel, type StoredPreferences } from './types.ts';

type Place = () => Promise<DatabaseAddress>;

const EVERYTHING: StoredPreferences = {
  defaultTier: 'standard',
  minTier: 'micro',
  maxTier: 'heavy',
  autoEscalation: false,
  cacheAware: false,
  preferredProviders: ['deepseek', 'é😀'],
  maxCostPerRequestCents: 0,
  monthlyBudgetCents: Number.MAX_SAFE_INTEGER,
};

interface Chain {
  /** As a request finds it now. */
  readonly holder: (bed: GovernanceBed) => KeyHolder;
  readonly ids: Readonly<Record<PreferenceLevel['level'], string>>;
}

async function chainOf({ governance }: GovernanceBed): Promise<Chain> {
  const { store } = governance;
  const customer = textOf(await store.create('customer', { name: 'c' }, 'a'), 'id');
  const team = textOf(await store.create('team', { name: 't', customer_id: customer }, 'a'), 'id');
  const user = textOf(await store.create('user', { name: 'u', team_id: team }, 'a'), 'id');
  const key = await store.create('virtual_key', { name: 'k', user_id: user }, 'a');
  return {
    holder: (bed) => {
      const found = bed.governance.directory.lookup(textOf(key, 'value'), bed.clock.now());
      if (!('holder' in found)) throw new Error(`the key is ${found.state}`);
      return found.holder;
    },
    ids: { key: textOf(key, 'id'), user, team, customer },
  };
}

async function refusal(work: Promise<unknown>): Promise<unknown> {
  const error = await work.catch((reason: unknown) => reason);
  return error instanceof DetailFault ? error.status : error;
}

/** What the store and the directory of preferences do over both databases. */
export function preferencesConformance(place: Place): void {
  reading(place);
  changing(place);
  deleting(place);
}

function reading(place: Place): void {
  test('of each member the nearest of the chain that says something counts, at every replica', async () => {
    const address = await place();
    const [bed, other] = await Promise.all([governanceBed({ address }), governanceBed({ address })]);
    const { store } = bed.governance.preferences;
    const { holder, ids } = await chainOf(bed);
    const beds = [bed, other];
    const preferences = async (): Promise<unknown> => {
      await other.governance.refresh();
      const third = await governanceBed({ address });
      const [first, ...more] = [...beds, third].map((one) => one.governance.preferences.directory.of(holder(one)));
      expect(more).toEqual([first, first]);
      await third.close();
      return first;
    };
    expect(await preferences()).toEqual(NO_PREFERENCES);
    await store.update(ids.customer, EVERYTHING, 'a');
    expect(await preferences()).toEqual(EVERYTHING);
    await store.update(ids.team, { minTier: 'standard', preferredProviders: [] }, 'a');
    await store.update(ids.user, { autoEscalation: true, monthlyBudgetCents: 0 }, 'a');
    await store.update(ids.key, { cacheAware: true, minTier: 'versatile', maxTier: 'complex' }, 'a');
    expect(await preferences()).toEqual({
      ...EVERYTHING,
      autoEscalation: true,
      cacheAware: true,
      minTier: 'versatile',
      maxTier: 'complex',
      preferredProviders: [],
      monthlyBudgetCents: 0,
    });
    await store.update(ids.key, { minTier: null, cacheAware: null }, 'a');
    await store.remove(ids.user, 'a');
    expect(await preferences()).toEqual({
      ...EVERYTHING,
      minTier: 'standard',
      maxTier: 'complex',
      preferredProviders: [],
    });
    const { directory } = other.governance.preferences;
    expect(directory.levels(holder(other))).toEqual([
      { level: 'key', id: ids.key, preferences: { ...NOTHING_STORED, maxTier: 'complex' } },
      { level: 'team', id: ids.team, preferences: { ...NOTHING_STORED, minTier: 'standard', preferredProviders: [] } },
      { level: 'customer', id: ids.customer, preferences: EVERYTHING },
    ]);
    expect([directory.of(undefined), directory.levels(undefined)]).toEqual([NO_PREFERENCES, []]);
    await Promise.all(beds.map((one) => one.close()));
  });

  test('listeners hear of all that is stored, then of every change, also of what was missed', async () => {
    const address = await place();
    const [bed, other] = await Promise.all([governanceBed({ address }), governanceBed({ address })]);
    const { store, directory } = bed.governance.preferences;
    const { ids } = await chainOf(bed);
    await store.update(ids.team, { monthlyBudgetCents: 5 }, 'a');
    await other.governance.refresh();
    const heard: unknown[] = [];
    const listen = (one: GovernanceBed) =>
      one.governance.preferences.directory.onChange((id, stored) => heard.push([id, stored?.monthlyBudgetCents]));
    const end = listen(bed);
    await store.update(ids.team, { monthlyBudgetCents: 6 }, 'a');
    await store.update(ids.team, { monthlyBudgetCents: 6 }, 'a');
    await store.update(ids.team, { monthlyBudgetCents: null }, 'a');
    expect(heard.splice(0)).toEqual([
      [ids.team, 5],
      [ids.team, 6],
      [ids.team, undefined],
    ]);
    end();
    listen(other);
    expect(heard.splice(0)).toEqual([[ids.team, 5]]);
    await store.update(ids.user, { monthlyBudgetCents: 7 }, 'a');
    bed.clock.advance(1);
    await bed.governance.store.trimAudit(bed.clock.now());
    await store.update(ids.key, { monthlyBudgetCents: 8 }, 'a');
    await other.governance.refresh();
    expect(heard.splice(0, 1)).toEqual([[ids.team, undefined]]);
    expect(Object.fromEntries(heard as [string, number][])).toEqual({ [ids.user]: 7, [ids.key]: 8 });
    expect(directory.levels(undefined)).toEqual([]);
    await Promise.all([bed.close(), other.close()]);
  });
}

function changing(place: Place): void {
  test('changes of two replicas at one moment lose nothing, and cannot contradict each other', async () => {
    const address = await place();
    const [bed, other] = await Promise.all([governanceBed({ address }), governanceBed({ address })]);
    const { ids } = await chainOf(bed);
    const [one, two] = [bed.governance.preferences.store, other.governance.preferences.store];
    await Promise.all([
      one.update(ids.key, { defaultTier: 'heavy' }, 'a'),
      two.update(ids.key, { cacheAware: false }, 'a'),
      one.update(ids.key, { monthlyBudgetCents: 1 }, 'a'),
    ]);
    expect(await two.get(ids.key)).toMatchObject({
      default_tier: 'heavy',
      cache_aware: false,
      monthly_budget_cents: 1,
    });
    const results = await Promise.all(
      [one.update(ids.key, { minTier: 'heavy' }, 'a'), two.update(ids.key, { maxTier: 'micro' }, 'a')].map(refusal),
    );
    expect(results.filter((result) => result === 422)).toHaveLength(1);
    await Promise.all([bed.close(), other.close()]);
  });

  test('the audit log has every change with its members, and what clears everything is a deletion', async () => {
    const bed = await governanceBed({ address: await place() });
    const { store } = bed.governance.preferences;
    const { ids } = await chainOf(bed);
    await store.update(ids.user, {}, 'a');
    await store.update(ids.user, EVERYTHING, 'a');
    await store.update(ids.user, EVERYTHING, 'b');
    await store.update(ids.user, { maxTier: null }, 'c');
    expect(await refusal(store.update(ids.user, { minTier: 'complex', maxTier: 'micro' }, 'd'))).toBe(422);
    await store.update(ids.user, NOTHING_STORED, 'e');
    await store.remove(ids.user, 'f');
    const rows = await bed.database.kysely
      .selectFrom('llmproxy_audit')
      .selectAll()
      .where('kind', '=', 'preferences')
      .orderBy('seq')
      .execute();
    expect(rows.map(({ actor, action, entity_id: id }) => [actor, action, id])).toEqual([
      ['a', 'create', ids.user],
      ['c', 'update', ids.user],
      ['e', 'delete', ids.user],
    ]);
    expect(rows.map(({ before, after }) => [before === null, after === null])).toEqual([
      [true, false],
      [false, false],
      [false, true],
    ]);
    expect(JSON.parse(rows[1]?.after ?? '')).toMatchObject({ max_tier: null, default_tier: 'standard' });
    expect(await bed.database.kysely.selectFrom('llmproxy_preferences').selectAll().execute()).toEqual([]);
    await bed.close();
  });
}

function deleting(place: Place): void {
  test('what is deleted takes its preferences with it, and no other ones', async () => {
    const address = await place();
    const [bed, other] = await Promise.all([governanceBed({ address }), governanceBed({ address })]);
    const { preferences, store } = bed.governance;
    const { ids } = await chainOf(bed);
    for (const id of Object.values(ids)) await preferences.store.update(id, { monthlyBudgetCents: 5 }, 'a');
    const stored = async (): Promise<string[]> => {
      const rows = await bed.database.kysely.selectFrom('llmproxy_preferences').select('id').execute();
      await other.governance.refresh();
      const heard = new Set<string>();
      other.governance.preferences.directory.onChange((id, one) => one && heard.add(id))();
      expect([...heard].toSorted()).toEqual(rows.map(({ id }) => id).toSorted());
      return [...heard].toSorted();
    };
    const left = new Set(Object.values(ids));
    for (const [kind, id] of [
      ['customer', ids.customer],
      ['team', ids.team],
      ['user', ids.user],
      ['virtual_key', ids.key],
    ] as const) {
      await store.remove(kind, id, 'a');
      left.delete(id);
      expect(await stored()).toEqual([...left].toSorted());
      const refused = [preferences.store.get(id), preferences.store.update(id, EVERYTHING, 'a')];
      expect(await Promise.all([...refused, preferences.store.remove(id, 'a')].map(refusal))).toEqual([404, 404, 404]);
    }
    await Promise.all([bed.close(), other.close()]);
  });
}
