import { expect, test, vi } from 'vitest';
import { JSON_HEAD, turn } from '../generation/generation.fixture.ts';
import { endpoint, routerOf } from '../routing/routing.fixture.ts';
import { operationBed } from './operation.fixture.ts';

const ID = 'resp_1';
const RESPONSE = '{"id":"resp_1","object":"response","status":"completed"}';
const NOT_FOUND = '{"error":{"message":"Response with id \'resp_1\' not found.","type":"invalid_request_error"}}';
const REFUSED = '{"error":{"message":"no","type":"invalid_request_error","code":null}}';

function setUp() {
  const bed = operationBed();
  const forgotten = vi.spyOn(bed.runtime.cache, 'forgetAnswer');
  const asked = (): string[] => bed.upstream.sent.map(({ request }) => request.origin);
  return { ...bed, forgotten, asked };
}

test('the endpoint that made a response is asked alone, and its bytes are passed on', async () => {
  const { runtime, askStored, upstream, asked, exchanges, forgotten } = setUp();
  runtime.affinity.remember([ID], 'm/b');
  const got = askStored('GET', ID);
  await turn();
  upstream.answer(200, JSON_HEAD, RESPONSE);
  await got.over;
  expect(asked()).toEqual(['http://m/b.test']);
  expect([got.responder.heads[0]?.status, got.responder.text]).toEqual([200, RESPONSE]);
  expect(exchanges).toMatchObject([{ status: 200, endpoint: 'm/b', attempts: 1, cache: 'none' }]);
  expect(forgotten).not.toHaveBeenCalled();
});

test('a response of which nothing is known is looked for in one account after the other', async () => {
  const { askStored, upstream, asked } = setUp();
  const got = askStored('GET', ID);
  await turn();
  upstream.answer(404, JSON_HEAD, NOT_FOUND);
  await turn();
  upstream.answer(200, JSON_HEAD, RESPONSE);
  await got.over;
  expect(asked()).toEqual(['http://m/a.test', 'http://m/b.test']);
  expect([got.responder.heads[0]?.status, got.responder.text]).toEqual([200, RESPONSE]);
});

test('a response that no account has is given to no further request out of the cache', async () => {
  const { askStored, upstream, asked, forgotten } = setUp();
  const got = askStored('GET', ID);
  await turn();
  upstream.answer(404, JSON_HEAD, NOT_FOUND);
  await turn();
  upstream.answer(404, JSON_HEAD, NOT_FOUND);
  await got.over;
  expect(asked()).toHaveLength(2);
  expect([got.responder.heads[0]?.status, got.responder.text]).toEqual([404, NOT_FOUND]);
  expect(forgotten.mock.calls).toEqual([[ID]]);
});

test.each([
  [200, RESPONSE, [[ID]]],
  [400, REFUSED, []],
])('a deletion that is answered with %i takes what the cache has of it: %s', async (status, body, calls) => {
  const { runtime, askStored, upstream, forgotten } = setUp();
  runtime.affinity.remember([ID], 'm/a');
  const got = askStored('DELETE', ID);
  await turn();
  upstream.answer(status, JSON_HEAD, body);
  await got.over;
  expect(got.responder.heads[0]?.status).toBe(status);
  expect(forgotten.mock.calls).toEqual(calls);
});

test.each([
  [400, 1],
  [409, 1],
  [401, 2],
  [429, 2],
  [503, 2],
])('an answer of status %i ends the search after %i account(s)', async (status, accounts) => {
  const { askStored, upstream, asked } = setUp();
  const got = askStored('GET', ID);
  await turn();
  upstream.answer(status, JSON_HEAD, REFUSED);
  await turn();
  if (accounts > 1) upstream.answer(200, JSON_HEAD, RESPONSE);
  await got.over;
  expect(asked()).toHaveLength(accounts);
  expect(got.responder.heads[0]?.status).toBe(accounts > 1 ? 200 : status);
});

test('where no endpoint keeps responses none is asked', async () => {
  const { runtime, askStored, asked, clock } = setUp();
  const { router } = routerOf([endpoint('m/a', { keepsNoResponses: true })], { model: 'm', clock });
  const [model] = runtime.models;
  const got = { ...runtime, models: [{ ...model!, router }] };
  Object.assign(runtime, got);
  const answered = askStored('GET', ID);
  await answered.over;
  expect(asked()).toEqual([]);
  expect(answered.responder.heads[0]?.status).toBe(400);
  expect(JSON.parse(answered.responder.text)).toMatchObject({ error: { code: 'protocol_not_supported' } });
});
