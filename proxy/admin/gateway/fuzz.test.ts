import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fuzzedBodies, fuzzedSegment, UNREADABLE } from '../fuzz.fixture.ts';
import { gatewayBed } from './gateway.fixture.ts';

const body = fuzzedBodies({
  fields:
    'name display_name api_key base_url models is_enabled rate_limit_rpm rate_limit_tpm priority extra_config user_id provider_name model_name service_name'.split(
      ' ',
    ),
  texts: ['openai', 'http://127.0.0.1', 'http://[', 'https://x/%'],
  usual: { name: 'custom', display_name: 'a', api_key: 'k', user_id: 'u' },
  most: 6,
});

const DETAIL = {
  detail: expect.toSatisfy(
    (detail: unknown) => typeof detail === 'string' || (Array.isArray(detail) && detail.length > 0),
  ) as unknown,
};

test('whatever a body holds, the answer is a success or an error with its detail', async () => {
  const { call, raw, faults } = await gatewayBed();
  const victim = { name: 'openai', display_name: 'a', api_key: 'k' };
  const { id } = (await call('post', '/providers', victim)).body as { id: string };
  const targets = [
    ['post', '/providers'],
    ['patch', `/providers/${id}`],
    ['post', '/overrides'],
  ] as const;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...targets), body, async ([method, path], sent) => {
      const text = JSON.stringify(sent) ?? 'null';
      const answer = await raw(method, path, text);
      expect([200, 201, 409, 422], `${answer.status} ${text}`).toContain(answer.status);
      if (answer.status >= 400) expect(answer.body).toEqual(DETAIL);
    }),
    { numRuns: 300 },
  );
  expect(faults).toEqual([]);
}, 60_000);

test('whatever stands in a path or a query, it is no fault of the proxy', async () => {
  const { call, faults } = await gatewayBed();
  const places = fc.constantFrom(
    (text: string) => `/providers/${text}`,
    (text: string) => `/overrides/${text}`,
    (text: string) => `/overrides?user_id=${text}`,
    (text: string) => `/usage/by-customer?days=${text}&limit=${text}`,
    (text: string) => `/usage/${text}`,
    (text: string) => `/health/${text}`,
    (text: string) => `/${text}`,
  );
  const methods = fc.constantFrom('get', 'post', 'patch', 'delete');
  await fc.assert(
    fc.asyncProperty(methods, places, fuzzedSegment, async (method, place, text) => {
      const answer = await call(method, place(text));
      expect(answer.status, place(text)).toBeLessThan(500);
      if (answer.status >= 400) expect(answer.body).toEqual(DETAIL);
    }),
    { numRuns: 300 },
  );
  expect(faults).toEqual([]);
}, 60_000);

test.each([...UNREADABLE, ['nothing', '', {}] as const])('a body that is %s is 422', async (_what, sent, headers) => {
  const { raw, faults } = await gatewayBed();
  const { status, body: answer } = await raw('post', '/providers', sent, headers);
  expect([status, answer, faults]).toEqual([422, DETAIL, []]);
});

test('a body that is too large is 413', async () => {
  const { raw } = await gatewayBed();
  const { status, body: answer } = await raw('post', '/providers', `{"x":"${'x'.repeat(5 * 1024 * 1024)}"}`);
  expect([status, answer]).toEqual([413, { detail: 'The body exceeds 4 MiB.' }]);
});
