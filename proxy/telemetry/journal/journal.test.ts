import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { ExchangeTrace } from '../exchange-trace.ts';
import { exchangeTest } from './exchange-filter.ts';
import { exchange, journalBench } from './journal.fixture.ts';
import { EXCHANGES_KEPT } from './journal.ts';
import { BODY_SHOWN } from './kept-bodies.ts';

const ALL = (): boolean => true;

test('the last 2,000 are kept, with numbers that go on', () => {
  const { journal } = journalBench();
  for (let no = 0; no < EXCHANGES_KEPT + 5; no += 1) journal.exchange(exchange(`r${no}`), undefined, []);
  const kept = [...journal.newest(ALL)];
  expect(kept).toHaveLength(EXCHANGES_KEPT);
  expect([kept[0]?.record.id, kept.at(-1)?.record.id]).toEqual([`r${EXCHANGES_KEPT + 4}`, 'r5']);
  expect(kept.map(({ no, record }) => record.id === `r${no}`)).not.toContain(false);
  expect([...journal.newest(ALL, 7)].map(({ record }) => record.id)).toEqual(['r6', 'r5']);
  expect([...journal.newest(ALL, 3)]).toEqual([]);
});

test('a long model or path is kept in part', () => {
  const { journal } = journalBench();
  const [model, path] = ['m'.repeat(3_000_000), `/v1/${'p'.repeat(16_000)}`];
  journal.exchange(exchange('long', { model, path }), undefined, []);
  const { record } = [...journal.newest(ALL)][0] ?? {};
  expect(record).toMatchObject({ id: 'long', model: `${'m'.repeat(256)}…`, path: `${path.slice(0, 2_048)}…`, ms: 20 });
});

test('what was marked of an exchange goes with it when its place is taken', () => {
  const { journal, run } = journalBench();
  run('traced', Buffer.from('{}'), Buffer.from('{}'));
  expect(journal.bodyBytes).toBe(4);
  expect([...journal.newest(ALL)][0]?.work?.headers).toContain('x-request-id');
  for (let no = 0; no < EXCHANGES_KEPT; no += 1) journal.exchange(exchange(`r${no}`), undefined, []);
  expect(journal.bodyBytes).toBe(0);
  expect([...journal.newest(ALL)].map(({ work }) => work)).toEqual(
    Array.from({ length: EXCHANGES_KEPT }, () => undefined),
  );
});

test.each([
  [{ model: 'GPT' }, ['a', 'b', 'c']],
  [{ model: 'claude' }, []],
  [{ endpoint: '/B' }, ['b']],
  [{ status: '4xx' as const }, ['c']],
  [{ cache: 'hit' as const }, ['b']],
  [{ key: 'alice' }, ['a']],
  [{ key: 'key_1' }, ['a']],
  [{ text: 'embeddings' }, ['b']],
  [{ text: 'C' }, ['a', 'c']],
  [{ text: 'hidden' }, []],
  [{ status: '2xx' as const, cache: 'miss' as const }, ['a']],
])('the filter %j finds %j', (filter, found) => {
  const { journal } = journalBench();
  journal.exchange(exchange('a', { key: 'key_1', keyName: 'Alice' }), undefined, []);
  const path = '/v1/embeddings?key=hidden';
  journal.exchange(exchange('b', { cache: 'hit', endpoint: 'gpt-4o-mini/b', path }), undefined, []);
  journal.exchange(exchange('c', { status: 404 }), undefined, []);
  expect([...journal.newest(exchangeTest(filter))].map(({ record }) => record.id).toSorted()).toEqual(found);
});

test('bodies are kept without secrets, 64 KiB of each, and a secret that is cut off is not begun', () => {
  const { journal, run } = journalBench();
  const long = Buffer.from(`${'x'.repeat(BODY_SHOWN + 1_024 - 3)}SECRET and more`);
  run('r', Buffer.from('a SECRET here'), long);
  const { bodies } = [...journal.newest(ALL)][0]?.work ?? {};
  expect(bodies?.request).toEqual({ text: Buffer.from('a *** here'), bytes: 13, cut: false });
  expect(bodies?.answer).toMatchObject({ bytes: long.length, cut: true });
  expect(bodies?.answer.text?.toString()).toBe('x'.repeat(BODY_SHOWN));
});

test('however much was taken out of a long body, what it is cut in is not shown', () => {
  const { journal, run } = journalBench();
  const long = Buffer.from(`${'SECRET'.repeat(4_000)}${'x'.repeat(BODY_SHOWN + 1_024 - 24_003)}SECRET and more`);
  run('r', Buffer.from(''), long);
  expect([...journal.newest(ALL)][0]?.work?.bodies?.answer.text?.toString()).not.toContain('SEC');
});

test('what is no text is counted alone', () => {
  const { journal, clock } = journalBench();
  const trace = new ExchangeTrace(clock, 0);
  journal.begun(trace);
  trace.noted?.head(['content-type', 'audio/mpeg']);
  trace.noted?.sent(Buffer.from('sound'));
  journal.exchange(exchange('r'), trace, []);
  expect([...journal.newest(ALL)][0]?.work?.bodies?.answer).toEqual({ text: null, bytes: 5, cut: false });
});

test('of all bodies the newest are kept, up to a bound', () => {
  const { journal, run } = journalBench({ bodiesKept: 1_000 });
  for (let no = 0; no < 30; no += 1) run(`r${no}`, Buffer.alloc(60, 'q'), Buffer.alloc(40, 'a'));
  expect(journal.bodyBytes).toBe(1_000);
  const kept = [...journal.newest(ALL)].filter(({ work }) => work?.bodies).map(({ record }) => record.id);
  expect(kept).toEqual(Array.from({ length: 10 }, (_, index) => `r${29 - index}`));
  journal.dropBodies();
  expect(journal.bodyBytes).toBe(0);
  expect([...journal.newest(ALL)].some(({ work }) => work?.bodies)).toBe(false);
});

/** Runs an exchange whose bodies nothing but the journal can hold, and says which of them are still in memory. */
function heldAfter(captures: boolean) {
  const { journal, run } = journalBench({ captures: () => captures });
  const parts = ((): WeakRef<ArrayBufferLike>[] => {
    const [request, answer] = [Buffer.alloc(100_000, 'q'), Buffer.alloc(100_000, 'a')];
    run('r', request, answer).keyParts = undefined;
    return [new WeakRef(request.buffer), new WeakRef(answer.buffer)];
  })();
  return { journal, parts };
}

test('while bodies are not captured, nothing of them is kept', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const off = heldAfter(false);
  const on = heldAfter(true);
  // A weak reference is cleared between two turns of the event loop.
  await new Promise(setImmediate);
  collect();
  expect(off.parts.map((part) => part.deref())).toEqual([undefined, undefined]);
  expect(off.journal.bodyBytes).toBe(0);
  expect([...off.journal.newest(ALL)][0]?.work?.bodies).toBeUndefined();
  // Where they are captured, copies are kept.
  expect(on.parts.map((part) => part.deref())).toEqual([undefined, undefined]);
  expect(on.journal.bodyBytes).toBe(2 * BODY_SHOWN);
});

test('parts of keys are worked out for so long in each second', () => {
  const { journal, clock } = journalBench();
  const ask = (): boolean => {
    const trace = new ExchangeTrace(clock, 0);
    trace.keyParts = () => {
      clock.advance(2);
      return { model: 'm' };
    };
    journal.exchange(exchange('r'), trace, []);
    return [...journal.newest(ALL)][0]?.work?.keyParts !== undefined;
  };
  expect(Array.from({ length: 10 }, ask)).toEqual([...Array.from({ length: 8 }, () => true), false, false]);
  clock.advance(1_000);
  expect(ask()).toBe(true);
});
