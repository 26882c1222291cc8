import { expect, test } from 'vitest';
import { COMPLETION, JSON_HEAD, turn } from '../generation/generation.fixture.ts';
import { PROTOCOLS } from '../protocols/table.ts';
import { findEntry, type SoughtRequest } from './find-entry.ts';
import { operationBed, TTL_MS } from './operation.fixture.ts';

const BODY = { model: 'm', messages: [{ role: 'user', content: 'hello' }] };
type Bed = ReturnType<typeof operationBed>;

function sought(body: object | string = BODY, more: Partial<SoughtRequest> = {}): SoughtRequest {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { operation: 'chat.completions', body: text, headers: {}, ...more };
}

/** Has the answer to a request stored. */
async function stored(bed: Bed, body: object = BODY): Promise<void> {
  const asked = bed.ask(body);
  await turn();
  bed.upstream.answer(200, JSON_HEAD, COMPLETION);
  await asked.over;
}

test('an entry is found by any request that it answers, and nothing counts', async () => {
  const bed = operationBed();
  await stored(bed);
  const before = { stats: bed.runtime.cache.stats(), calls: bed.upstream.sent.length };
  bed.clock.advance(10_000);
  const found = await findEntry(sought({ ...BODY, stream: true, user: 'ada' }), bed.runtime);
  expect(found).toMatchObject({ model: 'm', reads: true, writes: true, why: null, keys: [expect.any(String)] });
  expect(found.entries).toEqual([
    {
      key: found.keys[0],
      tier: 'memory',
      answers: true,
      why: null,
      ageMs: 10_000,
      leftMs: TTL_MS - 10_000,
      bytes: COMPLETION.length,
      shape: 'body',
      events: 0,
      status: 200,
      model: 'm',
      endpoint: 'm/a',
    },
  ]);
  expect({ stats: bed.runtime.cache.stats(), calls: bed.upstream.sent.length }).toEqual(before);
  expect(bed.exchanges).toHaveLength(1);
});

test('the key is the one that the pipeline stores under', async () => {
  const bed = operationBed();
  const asked = bed.ask(BODY);
  await turn();
  const { keys } = await findEntry(sought(), bed.runtime);
  expect(keys).toEqual([asked.context.plan?.key]);
  expect((await findEntry(sought({ ...BODY, temperature: 0 }), bed.runtime)).keys).not.toEqual(keys);
  bed.upstream.answer(200, JSON_HEAD, COMPLETION);
  await asked.over;
});

test('what does not answer says why', async () => {
  const bed = operationBed();
  expect(await findEntry(sought(), bed.runtime)).toMatchObject({ why: null, entries: [] });
  await stored(bed);
  const whyNot = async (headers: Record<string, string>): Promise<unknown> =>
    (await findEntry(sought(BODY, { headers }), bed.runtime)).entries.map(({ answers, why }) => [answers, why]);
  bed.clock.advance(5_000);
  expect(await whyNot({ 'cache-control': 'max-age=4' })).toEqual([[false, expect.stringContaining('max-age')]]);
  bed.clock.advance(TTL_MS);
  expect(await whyNot({})).toEqual([[false, expect.stringContaining('past its end')]]);
});

test.each([
  ['a request that wants a new answer', BODY, { 'cache-control': 'no-cache' }, /no-cache/],
  ['one whose answer is not to be stored', BODY, { 'cache-control': 'no-store' }, /no-store/],
  ['a member that is named twice', '{"model":"m","messages":[],"messages":[]}', {}, /named twice/],
])('%s is told why it is not cached', async (_case, body, headers, why) => {
  expect((await findEntry(sought(body, { headers }), operationBed().runtime)).why).toMatch(why);
});

test('a model without a cache, and what would be refused', async () => {
  const off = await findEntry(sought(), operationBed({}, ['a'], { enabled: false }).runtime);
  expect(off).toMatchObject({
    model: 'm',
    keys: [],
    reads: false,
    writes: false,
    why: expect.stringMatching(/is off/),
  });
  const { runtime } = operationBed();
  const refused = async (body: object | string, more?: Partial<SoughtRequest>): Promise<unknown> =>
    (await findEntry(sought(body, more), runtime)).why;
  expect(await refused('{')).toMatch(/refused with 400 invalid_json/);
  expect(await refused({ ...BODY, model: 'none' })).toMatch(/refused with 404 model_not_found/);
  expect(await refused({ ...BODY, cache: { tll: 1 } })).toMatch(/refused with 400 invalid_value.*tll/);
  expect(await refused(BODY, { key: 'sk-1' })).toBe('This proxy has no virtual keys.');
});

test('every answer that is kept for a sampled request is looked for', async () => {
  const bed = operationBed({}, ['a'], { variants: 3 });
  await stored(bed, { ...BODY, temperature: 1 });
  for (const headers of [{}, { 'cache-control': 'no-cache' }]) {
    const found = await findEntry(sought({ ...BODY, temperature: 1 }, { headers }), bed.runtime);
    expect(new Set(found.keys).size).toBe(3);
    expect(found.entries).toHaveLength(1);
  }
  expect((await findEntry(sought(), bed.runtime)).keys).toHaveLength(1);
});

test('the inputs of a list that are stored one by one are looked for one by one', async () => {
  const { runtime } = operationBed({}, ['a'], { splitEmbeddings: true });
  const body = { model: 'm', input: ['a', 'b', 'a'] };
  const found = await findEntry(sought(body, { operation: PROTOCOLS.embeddings.id }), runtime);
  expect(new Set(found.keys).size).toBe(2);
});

test('an operation with its model in the path is looked for by that', async () => {
  const { runtime } = operationBed();
  const body = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] };
  const found = await findEntry(sought(body, { operation: 'gemini.generate', model: 'm' }), runtime);
  expect(found).toMatchObject({ model: 'm', why: null, keys: [expect.any(String)] });
});
