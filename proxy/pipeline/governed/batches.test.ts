import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { PROTOCOLS } from '../../protocols/table.ts';
import { batchApi, bookBeforeDelete, noteBatches } from './batches.ts';
import { governedBed } from './governed.fixture.ts';

type Context = Parameters<typeof noteBatches>[0];

const FAMILIES = {
  openai: PROTOCOLS['chat.completions'],
  anthropic: PROTOCOLS['messages'],
  gemini: PROTOCOLS['gemini.generate'],
};

function contextOf(family: keyof typeof FAMILIES, method: string, path: string): Context {
  return {
    head: { method, path, query: '', headers: {} },
    protocol: FAMILIES[family],
    principal: undefined,
  } as unknown as Context;
}

const one = { id: 'b1', status: 'completed' };
const list = { data: [{ id: 'b1' }, 'x', { id: 'b2' }] };

test.each([
  ['openai', 'POST', '/batches', one, ['made b1']],
  ['openai', 'POST', '/batches/b1/cancel', one, ['shown "b1"']],
  ['openai', 'GET', '/batches/b1', one, ['shown "b1"']],
  ['openai', 'GET', '/batches', list, ['shown "b1"', 'shown "b2"']],
  ['openai', 'POST', '/batches', { object: 'batch' }, []],
  ['openai', 'GET', '/files/b1/content', one, []],
  ['openai', 'GET', '/vector_stores/v/file_batches/b1', one, []],
  ['anthropic', 'POST', '/messages/batches', one, ['made b1']],
  ['anthropic', 'GET', '/messages/batches/b1', one, ['shown "b1"']],
  ['anthropic', 'GET', '/messages/batches/b1/results', one, []],
  ['anthropic', 'GET', '/batches/b1', one, []],
  ['gemini', 'GET', '/batches/b1', one, []],
] as const)('%s: %s %s', (family, method, path, body, expected) => {
  const { tools, heard } = governedBed(new ManualClock());
  const answer = { endpoint: 'm/a', headers: {}, body: Buffer.from(JSON.stringify(body)) };
  noteBatches(contextOf(family, method, path), tools, answer);
  expect(heard).toEqual(expected);
});

test('a batch is booked before it is deleted, and nothing else is', async () => {
  const { tools, heard } = governedBed(new ManualClock());
  await bookBeforeDelete(contextOf('anthropic', 'DELETE', '/messages/batches/b1'), tools);
  await bookBeforeDelete(contextOf('anthropic', 'GET', '/messages/batches/b1'), tools);
  await bookBeforeDelete(contextOf('openai', 'DELETE', '/files/b1'), tools);
  expect(heard).toEqual(['ending b1']);
  expect(batchApi(contextOf('openai', 'POST', '/batches'))).toBe('openai');
});
