import { expect, test } from 'vitest';
import { chunk, COMPLETION, DONE, JSON_HEAD, STREAM_HEAD, turn } from '../generation/generation.fixture.ts';
import { operationBed, TTL_MS } from './operation.fixture.ts';

const QUESTION = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
const STREAM = chunk({ role: 'assistant', content: 'Hello' }) + chunk({}, 'stop') + DONE;
const headerOf = (headers: readonly string[] | undefined, name: string): string | undefined =>
  headers?.[headers.indexOf(name) + 1];
const jsonOf = ({ text }: { readonly text: string }): unknown => JSON.parse(text);

test('a miss asks an endpoint, its answer is stored, and the next equal request costs nothing', async () => {
  const { upstream, ask, exchanges, clock, reports, runtime } = operationBed();
  const first = ask(QUESTION);
  await turn();
  clock.advance(30);
  upstream.answer(200, JSON_HEAD, COMPLETION);
  await first.over;
  expect(jsonOf(first.responder)).toEqual(JSON.parse(COMPLETION));
  clock.advance(5_000);
  const second = ask(QUESTION);
  await second.over;
  expect(upstream.sent).toHaveLength(1);
  expect(jsonOf(second.responder)).toEqual(JSON.parse(COMPLETION));
  expect(headerOf(second.responder.heads[0]?.headers, 'x-llmproxy-cache')).toBe('hit');
  expect(headerOf(second.responder.heads[0]?.headers, 'age')).toBe('5');
  expect(exchanges).toMatchObject([
    { cache: 'miss', status: 200, attempts: 1, endpoint: 'm/a', ms: 30, ttftMs: 30, tokens: { input: 5, output: 2 } },
    { cache: 'hit', status: 200, attempts: 0, endpoint: 'm/a', ms: 0, ttftMs: 0 },
  ]);
  expect(exchanges.map(({ termination }) => termination)).toEqual([
    { by: 'upstream', phase: 'done' },
    { by: 'upstream', phase: 'done' },
  ]);
  expect(reports.generations).toHaveLength(1);
  expect(runtime.cache.stats()).toMatchObject({ memoryHits: 1, misses: 1, stored: 1, entries: 1 });
});

test('equal requests of one moment share a generation, each in its own shape', async () => {
  const { upstream, ask, exchanges, runtime } = operationBed();
  const stream = ask({ ...QUESTION, stream: true });
  await turn();
  expect(runtime.flights.size).toBe(1);
  const json = ask(QUESTION);
  await turn();
  expect(upstream.sent).toHaveLength(1);
  upstream.answer(200, STREAM_HEAD, STREAM);
  await Promise.all([stream.over, json.over]);
  expect(stream.responder.text).toContain('data: [DONE]');
  expect(jsonOf(json.responder)).toMatchObject({ choices: [{ message: { content: 'Hello' } }] });
  expect(exchanges.map(({ cache, attempts }) => [cache, attempts])).toEqual([
    ['miss', 1],
    ['joined', 0],
  ]);
  expect(runtime.flights.size).toBe(0);
  expect(runtime.cache.stats()).toMatchObject({ misses: 2 });
});

test('one that cannot be given the shared answer in its shape has one made for itself', async () => {
  const { upstream, ask, exchanges } = operationBed();
  const json = ask(QUESTION);
  await turn();
  const stream = ask({ ...QUESTION, stream: true });
  await turn();
  // Cut short by the provider: it is not stored, so there is nothing to convert.
  const filtered = COMPLETION.replace('"finish_reason":"stop"', '"finish_reason":"made_up"');
  upstream.answer(200, JSON_HEAD, filtered);
  await json.over;
  await turn();
  expect([upstream.sent.length, stream.responder.heads]).toEqual([2, []]);
  upstream.answer(200, STREAM_HEAD, STREAM);
  await stream.over;
  expect(stream.responder.text).toContain('data: [DONE]');
  expect(exchanges.map(({ cache, attempts }) => [cache, attempts])).toEqual([
    ['miss', 1],
    ['miss', 1],
  ]);
});

test('what the request forbids is neither looked up nor stored nor shared', async () => {
  const { upstream, ask, exchanges, runtime } = operationBed();
  const answers = [ask(QUESTION, { 'cache-control': 'no-store' }), ask(QUESTION, { 'cache-control': 'no-store' })];
  await turn();
  expect(upstream.sent).toHaveLength(2);
  for (const { handler } of upstream.sent) {
    handler.onHead(200, JSON_HEAD);
    handler.onData(Buffer.from(COMPLETION));
    handler.onEnd();
  }
  await Promise.all(answers.map(({ over }) => over));
  expect(runtime.cache.stats()).toMatchObject({ stored: 0, entries: 0 });
  expect(exchanges.map(({ status }) => status)).toEqual([200, 200]);
});

test('only-if-cached is answered from the cache or not at all', async () => {
  const { upstream, ask, exchanges, runtime } = operationBed();
  const refused = ask(QUESTION, { 'cache-control': 'only-if-cached' });
  await refused.over;
  expect(jsonOf(refused.responder)).toMatchObject({ error: { code: 'only_if_cached' } });
  expect(refused.responder.heads[0]?.status).toBe(504);
  expect(upstream.sent).toEqual([]);
  expect(exchanges).toMatchObject([
    { status: 504, error: 'only_if_cached', termination: { by: 'proxy', phase: 'lookup' } },
  ]);
  expect(runtime.cache.stats()).toMatchObject({ misses: 1 });
});

test.each([
  ['a body that is no JSON', '{"model"', 400, 'invalid_json', 'receive'],
  ['a model that is not configured', { ...QUESTION, model: 'other' }, 404, 'model_not_found', 'resolve'],
])('%s is refused before anything is asked', async (_what, body, status, code, phase) => {
  const { upstream, ask, exchanges } = operationBed();
  const { responder, over } = ask(body);
  await over;
  expect([responder.heads[0]?.status, responder.closed]).toEqual([status, true]);
  expect(jsonOf(responder)).toMatchObject({ error: { code } });
  expect(headerOf(responder.heads[0]?.headers, 'content-length')).toBe(String(responder.text.length));
  expect(upstream.sent).toEqual([]);
  expect(exchanges).toMatchObject([{ status, error: code, termination: { by: 'proxy', phase } }]);
});

test('what an endpoint said last is the client’s answer, with its status and its length', async () => {
  const { upstream, ask, exchanges } = operationBed();
  const { responder, over } = ask(QUESTION);
  await turn();
  const body = '{"error":{"message":"No.","type":"invalid_request_error","param":null,"code":"wrong"}}';
  upstream.answer(400, JSON_HEAD, body);
  await over;
  expect([responder.heads[0]?.status, responder.text, responder.closed]).toEqual([400, body, true]);
  expect(headerOf(responder.heads[0]?.headers, 'content-length')).toBe(String(body.length));
  expect(exchanges).toMatchObject([
    {
      status: 400,
      error: 'upstream_error',
      endpoint: 'm/a',
      attempts: 1,
      termination: { by: 'upstream', phase: 'forward' },
    },
  ]);
});

test.each([
  ['stands in for a failure', 'stale-if-error=3600', 200, 'stale'],
  ['does not, where the client did not allow it', undefined, 500, 'miss'],
])('an old answer %s', async (_what, control, status, cache) => {
  const { upstream, ask, exchanges, clock } = operationBed({}, ['a']);
  const first = ask(QUESTION);
  await turn();
  upstream.answer(200, JSON_HEAD, COMPLETION);
  await first.over;
  clock.advance(TTL_MS + 1_000);
  const second = ask(QUESTION, control === undefined ? {} : { 'cache-control': control });
  await turn();
  upstream.answer(500, JSON_HEAD, '{}');
  await second.over;
  expect(second.responder.heads.map((head) => head.status)).toEqual([status]);
  expect(exchanges[1]).toMatchObject({ status, cache });
  expect(upstream.sent).toHaveLength(2);
});

test('a client that leaves before its answer is noted with 499, and the generation is let go', async () => {
  const { upstream, ask, exchanges } = operationBed();
  const { responder, over } = ask(QUESTION);
  await turn();
  responder.leave();
  await over;
  expect(upstream.last.calls).toContain('abort');
  expect(exchanges).toMatchObject([{ status: 499, termination: { by: 'client', phase: 'respond' } }]);
});

test('a client that has left before the endpoint is asked costs no call', async () => {
  const { upstream, ask, exchanges } = operationBed();
  const { responder, over } = ask(QUESTION);
  responder.leave();
  await over;
  expect(upstream.sent).toEqual([]);
  expect(exchanges).toMatchObject([{ status: 499, termination: { by: 'client', phase: 'receive' } }]);
});

test('a fault of a stage is an internal error, logged under the id of the request', async () => {
  const { ask, runtime, reports } = operationBed();
  Object.assign(runtime, {
    model: () => {
      throw new Error('made up');
    },
  });
  const { responder, over } = ask(QUESTION);
  await over;
  expect(jsonOf(responder)).toMatchObject({
    error: { code: 'internal_error', message: expect.stringContaining('req_1') },
  });
  expect(reports.faults).toMatchObject([{ message: 'made up' }]);
});

test('a member that is named twice is passed on, and neither looked up nor stored', async () => {
  const { upstream, ask, runtime } = operationBed();
  const { over } = ask('{"model":"m","messages":[{"role":"user","content":"hi"}],"seed":1,"seed":2}');
  await turn();
  upstream.answer(200, JSON_HEAD, COMPLETION);
  await over;
  expect(runtime.cache.stats()).toMatchObject({ stored: 0, misses: 0 });
});

test('a long body is understood and looked up in many turns, and has one entry and one meaning all the same', async () => {
  const { upstream, ask, runtime } = operationBed();
  const long = (name: string): string =>
    JSON.stringify({
      [name]: 'm',
      messages: Array.from({ length: 20_000 }, () => QUESTION.messages[0]),
      pad: 'x'.repeat(900_000),
    });
  let turns = 0;
  const first = ask(long('model'));
  while (upstream.sent.length === 0) {
    await turn();
    turns += 1;
  }
  expect(turns).toBeGreaterThan(10);
  upstream.answer(200, JSON_HEAD, COMPLETION);
  await first.over;
  const second = ask(long('model'));
  await second.over;
  expect(headerOf(second.responder.heads[0]?.headers, 'x-llmproxy-cache')).toBe('hit');
  expect(jsonOf(second.responder)).toEqual(JSON.parse(COMPLETION));
  expect(upstream.sent).toHaveLength(1);
  expect(runtime.cache.stats()).toMatchObject({ memoryHits: 1, misses: 1, entries: 1 });
  const broken = ask(`${long('model').slice(0, -1)},}`);
  await broken.over;
  expect(broken.responder.heads[0]?.status).toBe(400);
  expect(broken.responder.text).toContain('We could not parse the JSON body');
});

test('a long body that names a member twice is neither stored nor shared', async () => {
  const { upstream, ask, runtime } = operationBed();
  const body = `{"model":"m","messages":[{"role":"user","content":"a","content":"hi"}],"pad":"${'x'.repeat(1_100_000)}"}`;
  const asked = ask(body);
  while (upstream.sent.length === 0) await turn();
  upstream.answer(200, JSON_HEAD, COMPLETION);
  await asked.over;
  expect(headerOf(asked.responder.heads[0]?.headers, 'x-llmproxy-cache')).toBe('bypass');
  expect(runtime.cache.stats()).toMatchObject({ entries: 0 });
});
