import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nonce } from './ask.ts';
import { singularOf, startGoverned, type Governed, type Plural } from './governed.ts';

const PLURALS: readonly Plural[] = ['virtual-keys', 'teams', 'customers', 'users'];
const UNKNOWN = '00000000-0000-4000-8000-000000000000';

let bed: Governed;
beforeAll(async () => {
  bed = await startGoverned();
});
afterAll(() => bed.close());

describe.each(PLURALS)('%s', (plural) => {
  const member = `${singularOf(plural)}s`;
  const names = async (query: string): Promise<[string[], unknown]> => {
    const { status, json } = await bed.api('GET', `/${plural}${query}`);
    expect([status, Object.keys(json).toSorted()]).toEqual([200, [member, 'count'].toSorted()]);
    return [(json[member] as { name: string }[]).map(({ name }) => name), json['count']];
  };

  test('without any the list is []', async () => {
    expect(await names('')).toEqual([[], 0]);
  });

  test('limit, offset and search; characters of patterns mean themselves', async () => {
    const given = ['alpha', 'beta', 'ALPHABET', '100%_sure\\', "o'hara"];
    for (const name of given) await bed.make(plural, { name });
    expect(await names('')).toEqual([given, 5]);
    expect(await names('?limit=2')).toEqual([given.slice(0, 2), 5]);
    expect(await names('?limit=2&offset=3')).toEqual([given.slice(3), 5]);
    expect(await names('?offset=99')).toEqual([[], 5]);
    expect(await names('?limit=0')).toEqual([[], 5]);
    expect(await names('?search=alpha')).toEqual([['alpha', 'ALPHABET'], 2]);
    expect(await names('?search=alpha&limit=1&offset=1')).toEqual([['ALPHABET'], 2]);
    for (const search of ['%', '_', '\\', '100%_']) {
      expect(await names(`?search=${encodeURIComponent(search)}`), search).toEqual([['100%_sure\\'], 1]);
    }
    expect(await names(`?search=${encodeURIComponent("' or 1=1 --")}`)).toEqual([[], 0]);
  });

  test.each(['?limit=-1', '?limit=x', '?limit=1.5', '?offset=-1', '?offset=', '?limit=1&limit=2'])(
    '%s is no list that can be had, or means nothing',
    async (query) => {
      const { status, json } = await bed.api('GET', `/${plural}${query}`);
      if (query.endsWith('=')) expect(status).toBe(200);
      else expect([status, json]).toEqual([400, { error: expect.any(String) as unknown }]);
    },
  );

  test('a thousand entries are all listed', async () => {
    const word = nonce();
    for (let from = 0; from < 1_000; from += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, at) => bed.make(plural, { name: `${word} ${from + at}` })));
    }
    const [all, count] = await names('');
    expect(all.filter((name) => name.startsWith(word))).toHaveLength(1_000);
    expect(count).toBe(all.length);
    expect(new Set(all).size).toBe(all.length);
    const pages = await Promise.all([0, 400, 800].map((offset) => names(`?search=${word}&limit=400&offset=${offset}`)));
    expect(new Set(pages.flatMap(([page]) => page)).size).toBe(1_000);
  }, 60_000);
});

test('teams of one customer; of an unknown one there are none', async () => {
  const customer = await bed.make('customers');
  const team = await bed.make('teams', { customer_id: customer.id });
  const { json } = await bed.api('GET', `/teams?customer_id=${customer.id}`);
  expect(json).toMatchObject({ teams: [{ id: team.id, customer_id: customer.id }], count: 1 });
  const none = await bed.api('GET', `/teams?customer_id=${UNKNOWN}`);
  expect([none.status, none.json]).toEqual([200, { teams: [], count: 0 }]);
});

test('keys of one team, customer and user', async () => {
  const customer = await bed.make('customers');
  const team = await bed.make('teams');
  const user = await bed.make('users');
  const keys = [
    await bed.make('virtual-keys', { team_id: team.id }),
    await bed.make('virtual-keys', { customer_id: customer.id }),
    await bed.make('virtual-keys', { user_id: user.id }),
  ];
  const found = await Promise.all(
    [`team_id=${team.id}`, `customer_id=${customer.id}`, `user_id=${user.id}`].map((query) =>
      bed.api('GET', `/virtual-keys?${query}`),
    ),
  );
  expect(found.map(({ json }) => (json['virtual_keys'] as { id: string }[]).map(({ id }) => id))).toEqual(
    keys.map(({ id }) => [id]),
  );
});
