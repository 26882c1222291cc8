import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nonce } from './ask.ts';
import { budget, client, singularOf, startGoverned, type Answer, type Governed, type Plural } from './governed.ts';

const PLURALS: readonly Plural[] = ['virtual-keys', 'teams', 'customers', 'users'];
const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
const TOKEN = 'admin-token-of-this-test';

/** What an edit of limits may move. */
function withoutTimes(entity: object): unknown {
  return JSON.parse(JSON.stringify(entity, (name, value: unknown) => (name === 'updated_at' ? undefined : value)));
}

/** The same table where administration is open to this machine, and where it asks for a token. */
const ACCESS: Readonly<Record<string, string | undefined>> = { 'open administration': undefined, 'a token': TOKEN };

describe.each(Object.entries(ACCESS))('with %s', (_what, token) => {
  let bed: Governed;
  beforeAll(async () => {
    bed = await startGoverned(token === undefined ? {} : { token });
  });
  afterAll(() => bed.close());

  describe.each(PLURALS)('%s', (plural) => {
    const singular = singularOf(plural);
    const path = `/${plural}`;
    const name = (): string => `${plural} ${nonce()}`;

    /** One sentence, and nothing else. */
    const expectError = ({ status, json, headers, text }: Answer, expected: number, sentence = /./): void => {
      expect([status, text]).toEqual([expected, expect.any(String)]);
      expect(json).toEqual({ error: expect.stringMatching(sentence) as unknown });
      expect(headers['content-type']).toMatch(/^application\/json/);
    };

    test('POST is 201 with the whole entity, GET 200, DELETE 200, and then 404 for all three', async () => {
      const given = { name: name() };
      const created = await bed.api('POST', path, given);
      expect([created.status, Object.keys(created.json).toSorted()]).toEqual([201, ['message', singular].toSorted()]);
      const entity = created.json[singular] as { id: string };
      expect(entity).toMatchObject({
        ...given,
        id: expect.stringMatching(UUID) as unknown,
        created_at: expect.stringMatching(TIME) as unknown,
        updated_at: expect.stringMatching(TIME) as unknown,
      });
      const got = await bed.api('GET', `${path}/${entity.id}`);
      expect([got.status, got.json]).toEqual([200, { [singular]: entity }]);
      const gone = await bed.api('DELETE', `${path}/${entity.id}`);
      expect([gone.status, gone.json]).toEqual([200, { message: expect.any(String) as unknown }]);
      for (const [method, body] of [['GET'], ['PUT', {}], ['PUT', { name: 'x' }], ['DELETE']] as const) {
        expectError(await bed.api(method, `${path}/${entity.id}`, body), 404);
      }
    });

    test.each<[string, unknown]>([
      ['no body', undefined],
      ['no name', {}],
      ['an empty name', { name: '' }],
      ['null as name', { name: null }],
      ['a number as name', { name: 7 }],
      ['a list as name', { name: ['a'] }],
      ['256 characters', { name: 'x'.repeat(256) }],
      ['a list', []],
      ['text', '"a"'],
      ['half of an object', '{"name":'],
      ['a budget without its amount', { name: 'n', budget: { reset_duration: '1h' } }],
      ['a budget without its duration', { name: 'n', budget: { max_limit: 5 } }],
      ['a negative budget', { name: 'n', ...budget(-1) }],
      ['a budget that is a list', { name: 'n', budget: [] }],
      ['an amount that is text', { name: 'n', budget: { max_limit: '5', reset_duration: '1h' } }],
    ])('POST with %s is 400', async (_case, body) => {
      const before = await bed.api('GET', path);
      expectError(await bed.api('POST', path, body), 400);
      expect((await bed.api('GET', path)).json['count']).toBe(before.json['count']);
    });

    test('a name of 255 characters is taken, unknown fields are ignored', async () => {
      const long = nonce().padEnd(255, 'ü');
      const entity = await bed.make(plural, { name: long, unheard_of: { a: [1] }, id: 'mine', created_at: 'then' });
      expect(entity['name']).toBe(long);
      expect(entity.id).toMatch(UUID);
      expect(entity).not.toHaveProperty('unheard_of');
    });

    test.each(['ns', 'us', 'ms', 's', 'm', 'h', 'd', 'w', 'M', 'Y'])('the unit %s is a duration', async (unit) => {
      const entity = await bed.make(plural, budget(5, `2${unit}`));
      expect(entity['budget']).toMatchObject({ reset_duration: `2${unit}` });
    });

    test.each(['1.5h', '1h30m', '0.5d', '1d12h', '1M'])('%s is a duration', async (duration) => {
      expect((await bed.make(plural, budget(5, duration)))['budget']).toMatchObject({ reset_duration: duration });
    });

    test.each(['', ' ', '0', '0s', '0h0m', '-1h', '1', 'h', '1x', '1H', '1y', '1D', 'one hour', '1h-5m', '1 h'])(
      '"%s" is no duration: 400',
      async (duration) => {
        expectError(await bed.api('POST', path, { name: name(), ...budget(5, duration) }), 400, /duration/);
      },
    );

    test.each([
      ['0', '0'],
      ['1', '1'],
      ['100000000000', '100000000000'],
      ['9007199254740993', '9007199254740993'],
      ['9223372036854775807', '9223372036854775807'],
      // What JavaScript makes of 2^63 - 1.
      ['9223372036854776000', '9223372036854775807'],
    ])('a budget of %s cents comes back to the digit, from POST, PUT, GET and the list', async (sent, shown) => {
      const made = await bed.api(
        'POST',
        path,
        `{"name":"${name()}","budget":{"max_limit":${sent},"reset_duration":"1d"}}`,
      );
      expect(made.status).toBe(201);
      const { id } = made.json[singular] as { id: string };
      const written = `"max_limit":${shown},`;
      expect(made.text).toContain(written);
      const changed = await bed.api('PUT', `${path}/${id}`, `{"budget":{"max_limit":${sent}}}`);
      const read = await bed.api('GET', `${path}/${id}`);
      const listed = await bed.api('GET', path);
      for (const { text } of [changed, read, listed]) expect(text).toContain(written);
    });

    test.each(['9223372036854780000', '1e300', '0.5', '-0.01'])('a budget of %s cents is 400', async (sent) => {
      const body = `{"name":"${name()}","budget":{"max_limit":${sent},"reset_duration":"1d"}}`;
      expectError(await bed.api('POST', path, body), 400, /max_limit/);
    });

    test('PUT {} changes nothing but the time of the change, and formats times as GET does', async () => {
      const entity = await bed.make(plural, budget(7, '1M'));
      const { id } = entity;
      const { updated_at: _then, ...same } = await bed.get(plural, id);
      const { status, json } = await bed.api('PUT', `${path}/${id}`, {});
      expect([status, Object.keys(json).toSorted()]).toEqual([200, ['message', singular].toSorted()]);
      expect(json[singular]).toEqual({ ...same, updated_at: expect.stringMatching(TIME) as unknown });
      expect(await bed.get(plural, id)).toEqual(json[singular]);
    });

    test('an entity that is sent back as it was read stays as it is', async () => {
      const team = await bed.make('teams', budget(3));
      const owner = plural === 'virtual-keys' || plural === 'users' ? { team_id: team.id } : {};
      const limit = { rate_limit: { request_max_limit: 5, request_reset_duration: '1h' } };
      const limits =
        plural === 'virtual-keys' ? { ...limit, model_limits: { 'gpt-4': limit }, model_aliases: { a: 'b' } } : {};
      const { id } = await bed.make(plural, { ...budget(7, '1M'), ...owner, ...limits });
      const { updated_at: _before, ...entity } = await bed.get(plural, id);
      const { updated_at: _after, ...again } = await bed.put(plural, id, entity);
      expect(withoutTimes(again)).toEqual(withoutTimes(entity));
    });

    test('null at the creation is as good as absent', async () => {
      const nulls = {
        budget: null,
        rate_limit: null,
        customer_id: null,
        team_id: null,
        user_id: null,
        description: null,
      };
      const { status, json, text } = await bed.api('POST', path, { name: name(), ...nulls, allowed_models: null });
      expect([status, text]).toEqual([201, expect.any(String)]);
      expect(json[singular]).toMatchObject({ budget: null, budget_id: null });
    });

    test('PUT: an absent member stays, one that is there changes, null clears and still stands there', async () => {
      const { id } = await bed.make(plural, budget(7));
      const raised = await bed.put(plural, id, { budget: { max_limit: 9 } });
      expect(raised['budget']).toMatchObject({ max_limit: 9, reset_duration: '1h', current_usage: 0 });
      const slower = await bed.put(plural, id, { budget: { reset_duration: '2h' } });
      expect(slower['budget']).toMatchObject({ max_limit: 9, reset_duration: '2h' });
      const renamed = await bed.put(plural, id, { name: `renamed ${id}` });
      expect(renamed).toMatchObject({ name: `renamed ${id}`, budget: slower['budget'] });
      const cleared = await bed.put(plural, id, { budget: null });
      expect(cleared).toMatchObject({ budget: null, budget_id: null });
      expectError(await bed.api('PUT', `${path}/${id}`, { budget: { max_limit: 5 } }), 400, /reset_duration/);
      expect(await bed.put(plural, id, budget(5))).toMatchObject({ budget: { max_limit: 5 } });
    });

    test('PUT is all or nothing', async () => {
      const { id } = await bed.make(plural, budget(7));
      const before = await bed.get(plural, id);
      const wrong: readonly object[] = [
        { name: 'other', budget: { max_limit: -1 } },
        { name: 'other', budget: { reset_duration: 'never' } },
        { name: 7, budget: { max_limit: 8 } },
        { budget: { max_limit: 8, reset_duration: null } },
        { budget: 'none', name: 'other' },
      ];
      for (const body of wrong) expectError(await bed.api('PUT', `${path}/${id}`, body), 400);
      expectError(await bed.api('PUT', `${path}/${id}`, '{'), 400);
      expect(await bed.get(plural, id)).toEqual(before);
    });

    test('of changes at the same moment the last one wins whole', async () => {
      const { id } = await bed.make(plural, budget(1));
      const changes = Array.from({ length: 20 }, (_, at) => ({ name: `${id} ${at}`, budget: { max_limit: at } }));
      await Promise.all(changes.map((change) => bed.put(plural, id, change)));
      const { name: last, budget: left } = await bed.get(plural, id);
      expect(changes).toContainEqual({ name: last, budget: { max_limit: (left as { max_limit: number }).max_limit } });
    });

    test('an id that is none is 404, whatever it looks like', async () => {
      for (const id of [UNKNOWN, 'x', '1', "'--", 'x'.repeat(1_000)]) {
        expectError(await bed.api('GET', `${path}/${id}`), 404);
      }
    });
  });

  test('a route that does not exist is 404 in the same form', async () => {
    for (const path of ['/', '/virtual-key', '/teams/x/y/z', '/debug']) {
      const { status, json } = await bed.api('GET', path);
      expect([status, json], path).toEqual([404, { error: expect.any(String) as unknown }]);
    }
  });

  test('no answer may be stored on its way', async () => {
    const { id } = await bed.make('teams');
    for (const path of ['/teams', `/teams/${id}`, '/usage-stats', '/usage', '/debug/stats', '/nothing']) {
      expect((await bed.api('GET', path)).headers['cache-control'], path).toBe('no-store');
    }
  });
});

test('without its token administration is 401, and changes nothing', async () => {
  const bed = await startGoverned({ token: TOKEN });
  try {
    const { id } = await bed.make('teams', { name: 'kept' });
    const stranger = client(bed.url, {});
    const value = await bed.key();
    const credentials: readonly Record<string, string>[] = [
      {},
      { authorization: 'Bearer wrong' },
      { authorization: `Basic ${TOKEN}` },
      { authorization: `Bearer ${value}` },
      { 'x-bf-vk': value },
    ];
    for (const headers of credentials) {
      for (const [method, path, body] of [
        ['GET', '/teams', undefined],
        ['POST', '/teams', { name: 'x' }],
        ['PUT', `/teams/${id}`, { name: 'x' }],
        ['DELETE', `/teams/${id}`, undefined],
        ['GET', '/usage', undefined],
        ['POST', '/usage-reset', { virtual_key_id: id }],
        ['GET', '/debug/health', undefined],
      ] as const) {
        const { status, json } = await stranger.api(method, path, body, headers);
        expect([status, json], `${method} ${path}`).toEqual([401, { error: expect.any(String) as unknown }]);
      }
    }
    expect((await bed.api('GET', '/teams')).json).toMatchObject({ teams: [{ id, name: 'kept' }], count: 1 });
  } finally {
    await bed.close();
  }
});
