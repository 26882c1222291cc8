import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { DatabaseAddress } from '../database/address.ts';
import { governanceBed, textOf } from './governance.fixture.ts';

const BUDGET = { max_limit: 500, reset_duration: '1h' };

/** What several processes over one database do. `place` gives an empty one. */
export function replicaConformance(place: () => Promise<DatabaseAddress>): void {
  test('a change acts on the other replica with the message, and without one at the next poll', async () => {
    const address = await place();
    const [one, other] = await Promise.all([governanceBed({ address }), governanceBed({ address })]);
    const state = (value: unknown): string => other.governance.directory.lookup(String(value), other.clock.now()).state;
    const key = await one.governance.store.create('virtual_key', { name: 'k', budget: BUDGET }, 'a');
    expect(one.bus.published).toBe(1);
    expect(state(textOf(key, 'value'))).toBe('unknown');
    other.bus.deliver();
    await expect.poll(() => state(textOf(key, 'value'))).toBe('active');
    await one.governance.store.update('virtual_key', textOf(key, 'id'), { is_active: false }, 'a');
    other.clock.advance(500);
    await expect.poll(() => state(textOf(key, 'value'))).toBe('blocked');
    await one.governance.store.remove('virtual_key', textOf(key, 'id'), 'a');
    await other.governance.refresh();
    expect(state(textOf(key, 'value'))).toBe('unknown');
    expect([...one.reports, ...other.reports]).toEqual([]);
    await Promise.all([one.close(), other.close()]);
  });

  test('a replica that starts, and one that has missed a trimmed log, know the same as the one that wrote', async () => {
    const address = await place();
    const [one, other] = await Promise.all([governanceBed({ address }), governanceBed({ address })]);
    const { store } = one.governance;
    const customer = await store.create('customer', { name: 'c', budget: BUDGET }, 'a');
    const team = await store.create('team', { name: 't', customer_id: customer['id'] }, 'a');
    const user = await store.create('user', { name: 'u', team_id: team['id'], external_id: 'e' }, 'a');
    const key = await store.create(
      'virtual_key',
      { name: 'k', user_id: user['id'], rate_limit: { request_max_limit: 3, request_reset_duration: '1m' } },
      'a',
    );
    one.clock.advance(1);
    expect(await store.trimAudit(one.clock.now())).toBe(4);
    await store.update('team', textOf(team, 'id'), { name: 'renamed' }, 'a');
    await other.governance.refresh();
    const third = await governanceBed({ address });
    const beds = [one, other, third];
    const found = beds.map(({ governance, clock }) => governance.directory.lookup(textOf(key, 'value'), clock.now()));
    expect(found[0]).toMatchObject({
      state: 'active',
      holder: {
        levels: [
          { kind: 'virtual_key', rateLimit: { requests: { max: 3n, window: { ms: 60_000 } } } },
          { kind: 'user', name: 'u' },
          { kind: 'team', name: 'renamed' },
          { kind: 'customer', budget: { max: 5_000_000_000n, window: { ms: 3_600_000 } } },
        ],
      },
    });
    expect(found[1]).toEqual(found[0]);
    expect(found[2]).toEqual(found[0]);
    await Promise.all(beds.map((bed) => bed.close()));
  });

  test('two replicas that give one name at the same moment: one is told that it exists', async () => {
    const address = await place();
    const [one, other] = await Promise.all([governanceBed({ address }), governanceBed({ address })]);
    const results = await Promise.allSettled(
      [one, other, one, other].map(({ governance }) => governance.store.create('virtual_key', { name: 'k' }, 'a')),
    );
    const refused = results.filter((result) => result.status === 'rejected').map(({ reason }) => String(reason));
    expect(refused).toEqual(Array.from({ length: 3 }, () => expect.stringContaining('already exists') as unknown));
    await Promise.all([one.close(), other.close()]);
  });

  listening(place);
  deletingUsers(place);
  secrecy(place);
}

function listening(place: () => Promise<DatabaseAddress>): void {
  test('the listener hears of every entity, once a change, and of what has gone with a trimmed log', async () => {
    const address = await place();
    const [one, other] = await Promise.all([governanceBed({ address }), governanceBed({ address })]);
    const { store } = one.governance;
    const team = await store.create('team', { name: 't' }, 'a');
    const key = await store.create('virtual_key', { name: 'k', team_id: team['id'] }, 'a');
    await other.governance.refresh();
    await store.update('virtual_key', textOf(key, 'id'), { name: 'l' }, 'a');
    await store.remove('team', textOf(team, 'id'), 'a');
    expect(one.heard).toEqual(['team t', 'virtual_key k', 'virtual_key l', 'team gone']);
    one.clock.advance(1);
    await store.trimAudit(one.clock.now());
    await store.create('customer', { name: 'c' }, 'a');
    await other.governance.refresh();
    expect(other.heard).toEqual(['team t', 'virtual_key k', 'customer c', 'team gone', 'virtual_key l']);
    await Promise.all([one.close(), other.close()]);
  });
}

function deletingUsers(place: () => Promise<DatabaseAddress>): void {
  test('what else belongs to a user is deleted with it, or nothing is', async () => {
    const asked: string[] = [];
    const bed = await governanceBed({
      address: await place(),
      deletingUser: async (db, id) => {
        asked.push(id);
        await db.insertInto('llmproxy_meta').values({ name: 'trace', value: id }).execute();
        if (asked.length === 1) throw new Error('the first time fails');
      },
    });
    const { store, directory } = bed.governance;
    const user = await store.create('user', { name: 'u', budget: BUDGET }, 'a');
    const key = await store.create('virtual_key', { name: 'k', user_id: user['id'] }, 'a');
    const id = textOf(user, 'id');
    const state = (): string => directory.lookup(textOf(key, 'value'), bed.clock.now()).state;
    await expect(store.remove('user', id, 'a')).rejects.toThrow('the first time fails');
    expect(await store.get('user', id)).toMatchObject({ budget: user['budget'], virtual_keys: [{ id: key['id'] }] });
    expect(state()).toBe('active');
    await store.remove('user', id, 'a');
    expect([asked, state()]).toEqual([[id, id], 'blocked']);
    const rows = await bed.database.kysely
      .selectFrom('llmproxy_meta')
      .selectAll()
      .where('name', '=', 'trace')
      .execute();
    expect(rows).toEqual([{ name: 'trace', value: id }]);
    await bed.close();
  });
}

function secrecy(place: () => Promise<DatabaseAddress>): void {
  test('no table holds the value of a key in clear, and the audit log neither digest nor seal', async () => {
    const bed = await governanceBed({ address: await place() });
    const { store } = bed.governance;
    const key = await store.create('virtual_key', { name: 'k', budget: BUDGET }, 'alice');
    const rotated = await store.rotate(textOf(key, 'id'), 1_000, 'bob');
    await store.update('virtual_key', textOf(key, 'id'), { name: 'l', budget: { max_limit: 7 } }, 'carol');
    await store.remove('virtual_key', textOf(key, 'id'), 'dave');
    await store.create('virtual_key', { name: 'm' }, 'alice');
    const tables = ['virtual_keys', 'budgets', 'rate_limits', 'audit', 'meta', 'users', 'teams', 'customers'];
    for (const table of tables) {
      const { rows } = await sql.raw(`select * from llmproxy_${table}`).execute(bed.database.kysely);
      const text = JSON.stringify(rows, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
      expect(text).not.toContain('sk-lp-');
      for (const one of [key, rotated]) expect(text).not.toContain(textOf(one, 'value').slice(6));
    }
    const audit = await bed.database.kysely.selectFrom('llmproxy_audit').selectAll().orderBy('seq').execute();
    expect(audit.map(({ actor, action }) => [actor, action])).toEqual([
      ['alice', 'create'],
      ['bob', 'rotate'],
      ['carol', 'update'],
      ['dave', 'delete'],
      ['alice', 'create'],
    ]);
    expect(JSON.stringify(audit.map(({ before, after }) => [before, after]))).not.toMatch(/digest|sealed|retired/);
    expect(JSON.parse(audit[2]?.before ?? '')).toMatchObject({ name: 'k', budget: { max_limit: '500' } });
    expect(JSON.parse(audit[2]?.after ?? '')).toMatchObject({ name: 'l', budget: { max_limit: '7' } });
    expect([audit[0]?.before, audit[3]?.after]).toEqual([null, null]);
    await bed.close();
  });

  test('another master key: keys go on working, their values are no longer shown', async () => {
    const address = await place();
    const one = await governanceBed({ address });
    const key = await one.governance.store.create('virtual_key', { name: 'k' }, 'a');
    await one.close();
    const other = await governanceBed({ address, master: 'another master key, as long as it has to be' });
    expect(other.governance.directory.lookup(textOf(key, 'value'), other.clock.now()).state).toBe('active');
    const shown = await other.governance.store.get('virtual_key', textOf(key, 'id'));
    expect(shown).toEqual({ ...key, value: null });
    const rotated = await other.governance.store.rotate(textOf(key, 'id'), 0, 'a');
    expect(rotated['value']).toMatch(/^sk-lp-/);
    await other.close();
  });

  test('unknown keys leave nothing behind', async () => {
    const bed = await governanceBed({ address: await place() });
    await bed.governance.store.create('virtual_key', { name: 'k' }, 'a');
    const { directory } = bed.governance;
    for (let index = 0; index < 10_000; index++) {
      expect(directory.lookup(`sk-lp-${index}`, bed.clock.now())).toEqual({ state: 'unknown' });
    }
    expect(directory.lookup('x'.repeat(100_000), bed.clock.now()).state).toBe('unknown');
    expect(directory.lookup('', bed.clock.now()).state).toBe('unknown');
    expect(directory.size).toBe(1);
    await bed.close();
  });
}
