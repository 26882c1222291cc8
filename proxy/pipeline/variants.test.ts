import { expect, test } from 'vitest';
import { COMPLETION, JSON_HEAD, turn } from '../generation/generation.fixture.ts';
import { operationBed, TTL_MS } from './operation.fixture.ts';

const QUESTION = { model: 'm', messages: [{ role: 'user', content: 'hi' }], temperature: 0.7 };
const answerOf = (number: number): string => COMPLETION.replace('"content":"', `"content":"${number} `);
type Bed = ReturnType<typeof operationBed>;

function bed(settings: Parameters<typeof operationBed>[2] = {}): Bed {
  return operationBed({}, ['a', 'b'], { variants: 3, ...settings });
}

/** Asks, answers what is sent for it with `number`, and says what the client got and what the cache did. */
async function ask(
  { ask: begin, upstream, exchanges }: Bed,
  number: number,
  control?: string,
): Promise<[string, string]> {
  const before = upstream.sent.length;
  const asked = begin(QUESTION, control === undefined ? {} : { 'cache-control': control });
  await turn();
  if (upstream.sent.length > before && asked.responder.text === '') upstream.answer(200, JSON_HEAD, answerOf(number));
  await asked.over;
  return [exchanges.at(-1)?.cache ?? '', /"content":"(\d) /.exec(asked.responder.text)?.[1] ?? asked.responder.text];
}

test('until there are as many answers as are kept each request asks for one; then each gets one of them', async () => {
  const made = bed();
  for (const number of [0, 1, 2]) expect(await ask(made, number)).toEqual(['miss', String(number)]);
  const seen = new Map<string, number>();
  for (let time = 0; time < 300; time += 1) {
    const [cache, number] = await ask(made, 9);
    expect(cache).toBe('hit');
    seen.set(number, (seen.get(number) ?? 0) + 1);
  }
  expect([...seen.keys()].toSorted()).toEqual(['0', '1', '2']);
  expect(Math.min(...seen.values())).toBeGreaterThan(60);
  expect(made.upstream.sent).toHaveLength(3);
  expect(made.runtime.cache.stats()).toMatchObject({ entries: 3, misses: 3, memoryHits: 300 });
});

test.each([0, undefined, null, '0.7'])('a request with the temperature %j has one answer', async (temperature) => {
  const { ask: begin, upstream, exchanges } = bed();
  for (const _time of [1, 2]) {
    const asked = begin({ ...QUESTION, temperature });
    await turn();
    if (exchanges.length === 0) upstream.answer(200, JSON_HEAD, COMPLETION);
    await asked.over;
  }
  expect(exchanges.map(({ cache }) => cache)).toEqual(['miss', 'hit']);
});

test('equal requests of one moment share one call, and its answer', async () => {
  const made = bed();
  const asked = [made.ask(QUESTION), made.ask(QUESTION), made.ask(QUESTION)];
  await turn();
  expect(made.upstream.sent).toHaveLength(1);
  made.upstream.answer(200, JSON_HEAD, answerOf(0));
  await Promise.all(asked.map(({ over }) => over));
  expect(await ask(made, 1)).toEqual(['miss', '1']);
});

test('an answer that has ended is made anew, the others stay', async () => {
  const made = bed();
  await ask(made, 0);
  made.clock.advance(TTL_MS / 2);
  await ask(made, 1);
  await ask(made, 2);
  made.clock.advance(TTL_MS / 2);
  expect(await ask(made, 3)).toEqual(['miss', '3']);
  const seen = new Set<string>();
  for (let time = 0; time < 60; time += 1) seen.add((await ask(made, 9))[1]);
  expect([...seen].toSorted()).toEqual(['1', '2', '3']);
});

test('no-cache makes one of them anew; who may only be answered from the cache gets what there is', async () => {
  const made = bed();
  await ask(made, 0);
  expect(await ask(made, 9, 'only-if-cached')).toEqual(['hit', '0']);
  await ask(made, 1);
  await ask(made, 2);
  expect(await ask(made, 5, 'no-cache')).toEqual(['bypass', '5']);
  expect(made.runtime.cache.stats().entries).toBe(3);
  const seen = new Set<string>();
  for (let time = 0; time < 60; time += 1) seen.add((await ask(made, 9))[1]);
  expect(seen).toContain('5');
  expect(seen.size).toBe(3);
});

test('one past its end is served while it is renewed', async () => {
  const made = bed({ swrMs: TTL_MS });
  for (const number of [0, 1, 2]) await ask(made, number);
  made.clock.advance(TTL_MS);
  expect(await ask(made, 9)).toEqual(['stale', '0']);
  made.upstream.answer(200, JSON_HEAD, answerOf(4));
  await turn();
  expect(await ask(made, 9)).toEqual(['stale', '1']);
  expect(made.upstream.sent).toHaveLength(5);
});

test('where another is missing, one that is there may stand in for a failure', async () => {
  const made = bed({ staleIfErrorMs: TTL_MS });
  await ask(made, 0);
  const asked = made.ask(QUESTION);
  await turn();
  made.upstream.answer(429, JSON_HEAD, '{}');
  await turn();
  made.upstream.answer(429, JSON_HEAD, '{}');
  await asked.over;
  expect(asked.responder.text).toBe(answerOf(0));
  expect(made.exchanges.at(-1)).toMatchObject({ cache: 'stale', status: 200 });
});

test('a request that reads none of the kept answers makes any of them anew, not always the first', async () => {
  const made = bed();
  for (const number of [0, 1, 2]) await ask(made, number);
  for (let time = 0; time < 20; time += 1) expect(await ask(made, 7, 'no-cache')).toEqual(['bypass', '7']);
  const seen = new Set<string>();
  for (let time = 0; time < 60; time += 1) seen.add((await ask(made, 9))[1]);
  expect([...seen]).toEqual(['7']);
  expect(made.runtime.cache.stats().entries).toBe(3);
});
