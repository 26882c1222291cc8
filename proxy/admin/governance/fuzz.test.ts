import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fuzzedBodies, UNREADABLE } from '../fuzz.fixture.ts';
import { SINGULAR, startApi } from './api.fixture.ts';

const PATHS = Object.keys(SINGULAR) as (keyof typeof SINGULAR)[];

const FIELDS = [
  'name description is_active allowed_models allowed_providers team_id customer_id user_id budget rate_limit expires_at',
  'max_concurrency model_aliases model_limits provider_limits calendar time_zone plan trial_ends_at external_id grace',
  'virtual_key_id provider model max_limit reset_duration token_max_limit token_reset_duration request_max_limit',
  'request_reset_duration value',
].flatMap((names) => names.split(' '));

const body = fuzzedBodies({
  fields: FIELDS,
  texts: ['1h', '2030-01-01T00:00:00Z', 'UTC', 'day', 'pro', '-0'],
  usual: { name: 'a name' },
  most: 8,
});

test('whatever a body holds, the answer is a success or a 400 with a sentence', async () => {
  const api = await startApi();
  const ids = new Map<string, string>();
  for (const path of PATHS) ids.set(path, (await api.make(path, { name: `victim of ${path}` })).id);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...PATHS),
      fc.constantFrom('post', 'put', 'rotate', 'reset'),
      body,
      async (path, how, sent) => {
        const id = ids.get(path)!;
        const text = JSON.stringify(sent) ?? 'null';
        const answer =
          how === 'put'
            ? await api.raw('put', `${path}/${id}`, text)
            : await api.raw(
                'post',
                { post: path, rotate: `/virtual-keys/${ids.get('/virtual-keys')}/rotate`, reset: '/usage-reset' }[how],
                text,
              );
        expect([200, 201, 400, 404], `${answer.status} ${text}`).toContain(answer.status);
        if (answer.status >= 400) expect(answer.body).toEqual({ error: expect.stringMatching(/\.$/s) as unknown });
      },
    ),
    { numRuns: 400 },
  );
  expect(api.faults).toEqual([]);
}, 60_000);

test.each([...UNREADABLE, ['a form', 'name=a', { 'content-type': 'application/x-www-form-urlencoded' }] as const])(
  'a body that is %s is 400',
  async (_what, sent, headers) => {
    const api = await startApi();
    const { status, body } = await api.raw('post', '/teams', sent, headers);
    expect([status, body]).toEqual([400, { error: expect.stringMatching(/\.$/) as unknown }]);
  },
);

test('a body that is too large is 413, a path that cannot be decoded 400, an unknown one 404', async () => {
  const api = await startApi();
  const large = await api.raw('post', '/teams', `{"name":"a","x":"${'x'.repeat(5 * 1024 * 1024)}"}`);
  expect([large.status, large.body]).toEqual([413, { error: 'The body exceeds 4 MiB.' }]);
  expect((await api.get('/teams/%E0%A4%A')).status).toBe(400);
  for (const path of ['/nothing', '/teams/a/b', '/teams/%00', `/teams/${'x'.repeat(5_000)}`, "/teams/' or 1=1 --"]) {
    const answer = await api.get(path);
    expect([answer.status, answer.body]).toEqual([404, { error: expect.stringMatching(/\.$/) as unknown }]);
  }
});
