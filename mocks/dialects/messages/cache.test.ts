import { expect, test } from 'vitest';
import { PromptCache } from '../../generation/prompt-cache.ts';
import { createTokenizer } from '../../generation/tokenizer.ts';
import { TEST_NOW, testContext } from '../testing.ts';
import { markedCache } from './cache.ts';

const facts = { snapshot: 'claude-sonnet-4-6', leastCached: 1024 };
const mark = { cache_control: { type: 'ephemeral' } };
const hour = { cache_control: { type: 'ephemeral', ttl: '1h' } };
const block = (text: string, over: object = {}) => ({ type: 'text', text, ...over });
const count = (text: string): number => text.length;

/** Blocks cost their characters, so that places are easy to tell. */
function bed() {
  let now = TEST_NOW * 1000;
  const promptCache = new PromptCache(createTokenizer());
  const context = testContext({ promptCache, now: () => now });
  return {
    wait: (ms: number) => void (now += ms),
    ask: (body: object, over: object = {}) =>
      markedCache({ messages: [], ...body }, facts, 4000, count, { ...context, ...over }),
  };
}

const system = [block('a'.repeat(2000), mark)];
const question = (text: string) => [{ role: 'user', content: text }];

test('a marked beginning is written once and then read, whatever follows', () => {
  const { ask } = bed();
  const first = ask({ system, messages: question('one') });
  expect([first.read, first.written1h]).toEqual([0, 0]);
  expect(first.written5m).toBeGreaterThan(1024);
  expect(ask({ system, messages: question('two') }).read).toBeGreaterThan(1024);
  expect(ask({ system: [block('b'.repeat(2000), mark)], messages: question('two') }).read).toBe(0);
});

test('reading renews it, and without that it is gone after five minutes', () => {
  const { ask, wait } = bed();
  ask({ system, messages: question('one') });
  wait(4 * 60_000);
  expect(ask({ system, messages: question('one') }).read).toBeGreaterThan(0);
  wait(4 * 60_000);
  expect(ask({ system, messages: question('one') }).read).toBeGreaterThan(0);
  wait(5 * 60_000);
  expect(ask({ system, messages: question('one') }).read).toBe(0);
});

test('an hour is an hour, and is counted apart', () => {
  const { ask, wait } = bed();
  const long = [block('a'.repeat(2000), hour), block('b'.repeat(500), mark)];
  const first = ask({ system: long, messages: question('one') });
  expect([first.written1h > 0, first.written5m > 0]).toEqual([true, true]);
  wait(30 * 60_000);
  const later = ask({ system: long, messages: question('one') });
  expect(later.read).toBe(first.written1h);
  expect(later.written5m).toBe(first.written5m);
});

test('tools come first: another tool is another beginning', () => {
  const { ask } = bed();
  const tools = [{ name: 'f', input_schema: {} }];
  ask({ tools, system, messages: question('one') });
  expect(ask({ tools, system, messages: question('two') }).read).toBeGreaterThan(0);
  expect(ask({ tools: [{ name: 'g', input_schema: {} }], system, messages: question('two') }).read).toBe(0);
});

test('what was marked earlier is found up to twenty blocks before a mark', () => {
  const grown = (blocks: number) => [
    { role: 'user', content: [block('a'.repeat(2000))] },
    { role: 'user', content: Array.from({ length: blocks }, (_, at) => block(`${at}`)) },
    { role: 'user', content: [block('end', mark)] },
  ];
  const first = [{ role: 'user', content: [block('a'.repeat(2000), mark)] }];
  for (const [blocks, found] of [
    [19, true],
    [20, false],
  ] as const) {
    const { ask } = bed();
    ask({ messages: first });
    expect(ask({ messages: grown(blocks) }).read > 0).toBe(found);
  }
});

test('tenants and organizations share nothing, and a mark on the request is one on its end', () => {
  const { ask } = bed();
  const body = { ...mark, messages: question('a'.repeat(3000)) };
  expect(ask(body).written5m).toBe(4000);
  expect(ask(body).read).toBe(4000);
  expect(ask(body, { tenant: 'ada' }).read).toBe(0);
  expect(ask(body, { organization: 'org-b' }).read).toBe(0);
});
