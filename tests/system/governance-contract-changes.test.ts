import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nonce } from './ask.ts';
import { budget, requestLimit, startGoverned, verdict, type Answer, type Entity, type Governed } from './governed.ts';
import { budgetOf, rateOf, valueOf } from './governed-views.ts';

let bed: Governed;
beforeAll(async () => {
  bed = await startGoverned();
});
afterAll(() => bed.close());

const keyNow = ({ id }: Entity): Promise<Entity> => bed.get('virtual-keys', id);
const ask = async (key: string, body: object = {}): Promise<string> => verdict(await bed.chat(key, body));

describe('changes act on the next request', () => {
  test('raising and lowering, blocking, expiry, deleting, moving', async () => {
    const team = await bed.make('teams', budget(0));
    const key = await bed.make('virtual-keys', requestLimit(1));
    const value = valueOf(key);
    const steps: readonly (readonly [object, string])[] = [
      [{}, '200 ok'],
      [{}, '429 request_limited'],
      [{ rate_limit: { request_max_limit: 2 } }, '200 ok'],
      [{ rate_limit: { request_max_limit: 1 } }, '429 request_limited'],
      [{ rate_limit: null }, '200 ok'],
      [{ is_active: false }, '403 virtual_key_blocked'],
      [{ is_active: true }, '200 ok'],
      [{ expires_at: '2020-01-01T00:00:00+14:00' }, '403 virtual_key_expired'],
      [{ expires_at: '2999-01-01T00:00:00-14:00' }, '200 ok'],
      [{ team_id: team.id }, '402 budget_exceeded'],
      [{ team_id: null }, '200 ok'],
      [{ allowed_models: ['other'] }, '403 model_blocked'],
      [{ allowed_models: null }, '200 ok'],
    ];
    for (const [change, expected] of steps) {
      await bed.put('virtual-keys', key.id, change);
      expect(await ask(value), JSON.stringify(change)).toBe(expected);
    }
    await bed.api('DELETE', `/virtual-keys/${key.id}`);
    expect(await ask(value)).toBe('403 virtual_key_not_found');
  });

  test('a blocked key has no answer from the cache either', async () => {
    const key = await bed.make('virtual-keys');
    const messages = [{ role: 'user', content: nonce() }];
    expect(await ask(valueOf(key), { messages })).toBe('200 ok');
    await bed.put('virtual-keys', key.id, { is_active: false });
    expect(await ask(valueOf(key), { messages })).toBe('403 virtual_key_blocked');
  });

  test('a user that is switched off switches its keys off', async () => {
    const user = await bed.make('users');
    const value = await bed.key({ user_id: user.id });
    expect(await ask(value)).toBe('200 ok');
    await bed.put('users', user.id, { is_active: false });
    expect(await ask(value)).toBe('403 virtual_key_blocked');
    await bed.put('users', user.id, { is_active: true });
    expect(await ask(value)).toBe('200 ok');
  });

  test('an edit writes no usage: amount, duration and the same duration again leave usage and window', async () => {
    const key = await bed.make('virtual-keys', { ...budget(10), ...requestLimit(10) });
    for (let at = 0; at < 3; at += 1) await bed.chat(valueOf(key));
    const before = await keyNow(key);
    for (const change of [budget(20), budget(20, '1h'), budget(20, '2h'), requestLimit(5), requestLimit(5, '3h')]) {
      await bed.put('virtual-keys', key.id, change);
      const after = await keyNow(key);
      expect([budgetOf(after).current_usage, rateOf(after).request_current_usage]).toEqual([3, 3]);
      expect(budgetOf(after).last_reset).toBe(budgetOf(before).last_reset);
      expect(rateOf(after).request_last_reset).toBe(rateOf(before).request_last_reset);
    }
  });

  test('edits while requests run lose no charge', async () => {
    const key = await bed.make('virtual-keys', budget(1_000));
    const edits = Array.from({ length: 20 }, (_, at) =>
      bed.put('virtual-keys', key.id, { budget: { max_limit: 1_000 + at } }),
    );
    const answers = await Promise.all(Array.from({ length: 20 }, () => bed.chat(valueOf(key))));
    await Promise.all(edits);
    expect(answers.map(({ status }: Answer) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(budgetOf(await keyNow(key)).current_usage).toBe(20);
  });

  test('rotation: the old value works until the grace ends, usage stays', async () => {
    const key = await bed.make('virtual-keys', requestLimit(100));
    const old = valueOf(key);
    expect(await ask(old)).toBe('200 ok');
    const rotate = async (body: object): Promise<string> => {
      const { json } = await bed.api('POST', `/virtual-keys/${key.id}/rotate`, body);
      return valueOf(json['virtual_key'] as Entity);
    };
    const second = await rotate({ grace: '2s' });
    expect([await ask(old), await ask(second)]).toEqual(['200 ok', '200 ok']);
    await expect.poll(() => ask(old)).toBe('403 virtual_key_not_found');
    expect(await ask(second)).toBe('200 ok');
    const third = await rotate({});
    expect([await ask(second), await ask(third)]).toEqual(['403 virtual_key_not_found', '200 ok']);
    expect(rateOf(await keyNow(key)).request_current_usage).toBeGreaterThanOrEqual(5);
  });
});
