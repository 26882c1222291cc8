import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { postgresMissing } from '../setup/postgres.ts';
import type { Answer } from './governed.ts';
import { startReplica, testMock, testPostgres, type Replica } from './governed-replicas.ts';

const COLLECTIONS = ['virtual-keys', 'teams', 'customers', 'users'];
const MEMBERS = [
  'name description is_active allowed_models allowed_providers team_id customer_id user_id budget rate_limit expires_at',
  'max_concurrency model_aliases model_limits provider_limits calendar time_zone plan trial_ends_at external_id grace',
  'virtual_key_id provider model max_limit reset_duration token_max_limit token_reset_duration request_max_limit',
  'request_reset_duration __proto__ constructor id value current_usage last_reset',
].flatMap((names) => names.split(' '));
const PARAMETERS = [
  'limit',
  'offset',
  'search',
  'customer_id',
  'virtual_key_id',
  'group_by',
  'from',
  'to',
  'tz',
  'format',
];

const text = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e9',
    '9007199254740993',
    'null',
    '%00',
    '\0',
    '\ud800',
    "' or 1=1 --",
    'key,day',
    'day,day',
  ),
  fc.constantFrom(
    '2026-01-01T00:00:00Z',
    '2026-13-01',
    'csv',
    'json',
    'Europe/Berlin',
    'Nowhere/Land',
    '1h',
    '1M',
    '../..',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const leaf = fc.oneof(text, fc.double(), fc.maxSafeInteger(), fc.boolean(), fc.constant(null));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'body' },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...MEMBERS), tie('value'), { maxKeys: 4 }),
  ),
}));
const body = fc.oneof(
  fc
    .dictionary(fc.constantFrom(...MEMBERS), value, { maxKeys: 8 })
    .map((given) => JSON.stringify({ name: 'a', ...given })),
  value.map((given) => JSON.stringify(given) ?? ''),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const query = fc.array(fc.tuple(fc.constantFrom(...PARAMETERS), text), { maxLength: 4 }).map((pairs) => queryOf(pairs));

function queryOf(pairs: readonly (readonly [string, string])[]): string {
  const query = new URLSearchParams();
  for (const [name, given] of pairs) query.append(name, given.toWellFormed());
  return query.toString();
}

/** Also of a path that is no path, which is refused before it has a route. */
function sentenceOf({ json }: Answer): unknown {
  return (json as { error: unknown }).error;
}

interface Shot {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
}

/** Every route, for entities that are there and for ids that are none. */
function shots(ids: ReadonlyMap<string, string>): fc.Arbitrary<Shot> {
  const id = (collection: string): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 3, arbitrary: fc.constant(ids.get(collection) ?? '') },
      text.map((given) => encodeURIComponent(given.toWellFormed())),
    );
  const entity = fc
    .constantFrom(...COLLECTIONS)
    .chain((collection) => id(collection).map((one) => `/${collection}/${one}`));
  const route = fc.oneof(
    fc.record({
      method: fc.constantFrom('GET', 'POST'),
      path: fc.constantFrom(...COLLECTIONS).map((name) => `/${name}`),
    }),
    fc.record({ method: fc.constantFrom('GET', 'PUT', 'PUT', 'PATCH'), path: entity }),
    fc.record({ method: fc.constant('POST'), path: id('virtual-keys').map((one) => `/virtual-keys/${one}/rotate`) }),
    fc.record({ method: fc.constant('POST'), path: fc.constant('/usage-reset') }),
    fc.record({
      method: fc.constant('GET'),
      path: fc.constantFrom('/usage', '/usage-stats', '/debug/stats', '/debug/counters', '/debug/health'),
    }),
  );
  return fc.record({ route, query, body }).map((shot) => ({ ...shot.route, query: shot.query, body: shot.body }));
}

async function targets(replica: Replica): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const name of ['virtual-keys', 'teams', 'customers', 'users'] as const) {
    ids.set(name, (await replica.make(name)).id);
  }
  return ids;
}

const missing = postgresMissing();

describe.each([
  ['SQLite', 'sqlite', undefined],
  [`Postgres${missing === undefined ? '' : ` (skipped: ${missing})`}`, 'postgres', missing],
] as const)('%s', (_name, kind, reason) => {
  test.skipIf(reason !== undefined)(
    'whatever is sent to administration, the answer is a success or a refusal in a sentence',
    async () => {
      const database = kind === 'sqlite' ? ':memory:' : (await testPostgres()).url;
      const replica = await startReplica({ database, mock: await testMock() });
      const ids = await targets(replica);
      await fc.assert(
        fc.asyncProperty(shots(ids), async ({ method, path, query: parameters, body: sent }) => {
          const url = parameters === '' ? path : `${path}?${parameters}`;
          const answer = await replica.api(method, url, method === 'GET' ? undefined : sent);
          const what = `${method} ${url} ${sent}: ${answer.status} ${answer.text}`;
          expect([200, 201, 400, 404, 405], what).toContain(answer.status);
          if (answer.status >= 400) expect(sentenceOf(answer), what).toMatch(/\.$/s);
        }),
        { numRuns: 300 },
      );
      expect(replica.proxy.stderr()).not.toContain('"level":"error"');
    },
    120_000,
  );
});
