import { expect, test } from 'vitest';
import { COMPLETION, JSON_HEAD, turn } from '../generation/generation.fixture.ts';
import { operationBed, TTL_MS } from './operation.fixture.ts';

const QUESTION = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
const RENEWED = COMPLETION.replace('"content":"', '"content":"renewed ');
const headerOf = (headers: readonly string[] | undefined, name: string): string | undefined =>
  headers?.[headers.indexOf(name) + 1];

/** With an entry that is 30 s past its end. */
async function bedWithStale(swrMs = TTL_MS) {
  const bed = operationBed({}, ['a', 'b'], { swrMs });
  const first = bed.ask(QUESTION);
  await turn();
  bed.upstream.answer(200, JSON_HEAD, COMPLETION);
  await first.over;
  bed.clock.advance(TTL_MS + 30_000);
  return bed;
}

test('an expired answer is served at once, and one generation renews it for all', async () => {
  const { ask, upstream, exchanges, runtime } = await bedWithStale();
  const asked = [ask(QUESTION), ask({ ...QUESTION, user: 'other' }), ask(QUESTION)];
  await Promise.all(asked.map(({ over }) => over));
  for (const { responder } of asked) {
    expect(responder.text).toBe(COMPLETION);
    const { headers } = responder.heads[0] ?? {};
    expect(headerOf(headers, 'x-llmproxy-cache')).toBe('stale');
    expect(headerOf(headers, 'cache-status')).toBe('llmproxy; hit; ttl=-30');
    expect(headerOf(headers, 'age')).toBe('90');
  }
  expect([upstream.sent.length, runtime.flights.size]).toEqual([2, 1]);
  upstream.answer(200, JSON_HEAD, RENEWED);
  await turn();
  expect(runtime.flights.size).toBe(0);
  const after = ask(QUESTION);
  await after.over;
  expect(after.responder.text).toBe(RENEWED);
  expect(exchanges.map(({ cache }) => cache)).toEqual(['miss', 'stale', 'stale', 'stale', 'hit']);
  expect(upstream.sent).toHaveLength(2);
});

test('who insists on a new answer joins none and gets one; who may share joins the renewal', async () => {
  const { ask, upstream, exchanges } = await bedWithStale();
  await ask(QUESTION).over;
  const joined = ask(QUESTION, { 'cache-control': 'min-fresh=1' });
  const apart = ask(QUESTION, { 'cache-control': 'no-store' });
  const anew = ask(QUESTION, { 'cache-control': 'no-cache' });
  await turn();
  expect(upstream.sent).toHaveLength(4);
  for (const { handler } of upstream.sent.slice(1)) {
    handler.onHead(200, JSON_HEAD);
    handler.onData(Buffer.from(RENEWED));
    handler.onEnd();
  }
  await Promise.all([joined.over, apart.over, anew.over]);
  expect(joined.responder.text).toBe(RENEWED);
  expect(exchanges.map(({ cache }) => cache).toSorted()).toEqual(['bypass', 'joined', 'miss', 'miss', 'stale']);
});

test('who may only be answered from the cache gets the expired answer, and no call is made for it', async () => {
  const { ask, upstream } = await bedWithStale();
  const only = ask(QUESTION, { 'cache-control': 'only-if-cached' });
  await only.over;
  expect(headerOf(only.responder.heads[0]?.headers, 'x-llmproxy-cache')).toBe('stale');
  expect(upstream.sent).toHaveLength(1);
});

test('a renewal that fails leaves the entry, and the next request tries again', async () => {
  const { ask, upstream, exchanges } = await bedWithStale();
  await ask(QUESTION).over;
  upstream.answer(400, JSON_HEAD, '{"error":{"message":"no"}}');
  await turn();
  const again = ask(QUESTION);
  await again.over;
  expect(again.responder.text).toBe(COMPLETION);
  expect(exchanges.map(({ cache, status }) => [cache, status])).toEqual([
    ['miss', 200],
    ['stale', 200],
    ['stale', 200],
  ]);
  expect(upstream.sent).toHaveLength(3);
});

test('past the window, and without one, an expired answer is a miss', async () => {
  for (const swrMs of [0, 30_000]) {
    const { ask, upstream } = await bedWithStale(swrMs);
    const asked = ask(QUESTION);
    await turn();
    expect(upstream.sent).toHaveLength(2);
    upstream.answer(200, JSON_HEAD, RENEWED);
    await asked.over;
    expect(asked.responder.text).toBe(RENEWED);
  }
});

test('a purge ends the entry, and what its renewal brings stays out', async () => {
  const { ask, upstream, runtime } = await bedWithStale();
  await ask(QUESTION).over;
  await runtime.cache.purge('all');
  upstream.answer(200, JSON_HEAD, RENEWED);
  await turn();
  expect(runtime.cache.stats()).toMatchObject({ entries: 0 });
});
