import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fuzzedBodies, fuzzedSegment, UNREADABLE } from '../fuzz.fixture.ts';
import { routingBed } from './routing.fixture.ts';

const body = fuzzedBodies({
  fields:
    'default_tier min_tier max_tier auto_escalation cache_aware preferred_providers max_cost_per_request_cents monthly_budget_cents'.split(
      ' ',
    ),
  texts: ['micro', 'heavy', 'complex', 'openai', 'Claude'],
  usual: {},
  most: 6,
});

const DETAIL = {
  detail: expect.toSatisfy(
    (detail: unknown) => typeof detail === 'string' || (Array.isArray(detail) && detail.length > 0),
  ) as unknown,
};

test('whatever preferences hold, they are stored as they are shown, or refused and stay as they were', async () => {
  const { call, raw, make, faults } = await routingBed();
  const path = `/routing/preferences/${(await make('virtual_key')).id}`;
  let stored = (await call('get', path)).body as unknown;
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(body, async (sent) => {
      const text = JSON.stringify(sent) ?? 'null';
      const answer = await raw('put', path, text);
      expect([200, 422], `${answer.status} ${text}`).toContain(answer.status);
      if (answer.status === 200) stored = answer.body;
      else expect(answer.body).toEqual(DETAIL);
      expect((await call('get', path)).body, text).toEqual(stored);
      seen.add(answer.status);
    }),
    { numRuns: 300 },
  );
  expect([seen.size, faults]).toEqual([2, []]);
}, 60_000);

test('whatever stands in a path or a query, it is no fault of the proxy', async () => {
  const { call, make, faults } = await routingBed();
  const { key } = await make('virtual_key');
  const places = fc.constantFrom(
    (text: string) => `/routing/preferences/${text}`,
    (text: string) => `/routing/usage?limit=${text}`,
    (text: string) => `/routing/usage?user_id=${text}&team_id=${text}&virtual_key_id=${text}`,
    (text: string) => `/routing/usage?limit=1&limit=${text}`,
    (text: string) => `/routing/${text}`,
  );
  const methods = fc.constantFrom('get', 'put', 'delete');
  await fc.assert(
    fc.asyncProperty(methods, places, fuzzedSegment, fc.boolean(), async (method, place, text, withKey) => {
      const answer = await call(method, place(text), undefined, withKey ? key : undefined);
      expect(answer.status, place(text)).toBeLessThan(500);
      if (answer.status >= 400) expect(answer.body).toEqual(DETAIL);
    }),
    { numRuns: 300 },
  );
  expect(faults).toEqual([]);
}, 60_000);

test.each(UNREADABLE)('a body that is %s is 422', async (_what, sent, headers) => {
  const { raw, make, faults } = await routingBed();
  const { id } = await make('team');
  const { status, body: answer } = await raw('put', `/routing/preferences/${id}`, sent, headers);
  expect([status, answer, faults]).toEqual([422, DETAIL, []]);
});

test('a body that is too large is 413', async () => {
  const { raw, make } = await routingBed();
  const { id } = await make('team');
  const answer = await raw('put', `/routing/preferences/${id}`, `{"x":"${'x'.repeat(5 * 1024 * 1024)}"}`);
  expect([answer.status, answer.body]).toEqual([413, { detail: 'The body exceeds 4 MiB.' }]);
});
