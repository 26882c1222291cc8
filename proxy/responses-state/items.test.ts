import { expect, test } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import { continued, inputItems, listedItem, newId } from './items.ts';
import { pageOf } from './page.ts';
import { queued, shown } from './record.ts';

test('input becomes items, with ids, status and parts where they lack them', () => {
  expect(inputItems('hi').map(listedItem)).toMatchObject([
    {
      id: expect.stringMatching(/^msg_[0-9a-f]{48}$/),
      type: 'message',
      status: 'completed',
      role: 'user',
      content: [{ type: 'input_text', text: 'hi' }],
    },
  ]);
  expect(listedItem({ role: 'assistant', content: 'ok', id: 'msg_1', phase: 'final_answer' })).toEqual({
    id: 'msg_1',
    type: 'message',
    status: 'completed',
    role: 'assistant',
    content: [{ type: 'output_text', annotations: [], logprobs: [], text: 'ok' }],
    phase: 'final_answer',
  });
  const call = { type: 'function_call_output', call_id: 'call_1', output: 'x' };
  expect(listedItem(call)).toEqual({ id: expect.stringMatching(/^fc_/), status: 'completed', ...call });
  expect(listedItem({ type: 'reasoning', id: 'rs_1', summary: [] })).toEqual({
    id: 'rs_1',
    type: 'reasoning',
    summary: [],
  });
  expect(inputItems(undefined)).toEqual([]);
  expect(inputItems([1, { role: 'user', content: 'x' }])).toHaveLength(1);
  expect(newId('x')).not.toBe(newId('x'));
});

test('a thought is gone on from only where its content comes along', () => {
  const output: JsonObject[] = [
    { type: 'reasoning', id: 'rs_1', summary: [] },
    { type: 'reasoning', id: 'rs_2', encrypted_content: 'x' },
    { type: 'message', id: 'msg_1' },
  ];
  expect(continued(output)).toEqual([output[1], { type: 'message' }]);
  expect(continued(output.slice(1))).toEqual(output.slice(1));
  expect(continued(null)).toEqual([]);
});

const items = ['a', 'b', 'c', 'd'].map((id) => ({ id }));

test.each([
  ['', ['d', 'c', 'b', 'a'], false],
  ['order=asc&limit=2', ['a', 'b'], true],
  ['order=asc&limit=2&after=b', ['c', 'd'], false],
  ['limit=1&after=c', ['b'], true],
  ['order=asc&before=c&limit=1', ['b'], true],
  ['order=asc&before=a', [], false],
  ['after=x&order=asc&limit=1', ['a'], true],
])('the page of "%s"', (query, ids, more) => {
  expect(pageOf(items, new URLSearchParams(query))).toEqual({
    object: 'list',
    data: ids.map((id) => ({ id })),
    first_id: ids[0] ?? '',
    last_id: ids.at(-1) ?? '',
    has_more: more,
  });
});

test.each(['limit=0', 'limit=101', 'limit=x', 'order=up'])('a query of "%s" is refused', (query) => {
  expect(() => pageOf(items, new URLSearchParams(query))).toThrow(expect.objectContaining({ code: 'invalid_value' }));
});

test('a response shows what its client asked for', () => {
  const overlay = { id: 'resp_own', previousId: 'resp_0', conversationId: 'conv_1', store: true, background: false };
  expect(shown({ id: 'resp_up', object: 'response', store: false, output: [] }, overlay)).toEqual({
    id: 'resp_own',
    object: 'response',
    store: true,
    output: [],
    background: false,
    previous_response_id: 'resp_0',
    conversation: { id: 'conv_1' },
  });
  expect(
    queued(
      { model: 'm', tools: [{ type: 'function', name: 'f' }] },
      { id: 'resp_1', store: true, background: true },
      5,
    ),
  ).toMatchObject({
    id: 'resp_1',
    object: 'response',
    status: 'queued',
    background: true,
    created_at: 5,
    model: 'm',
    tools: [{ name: 'f' }],
    output: [],
    previous_response_id: null,
  });
});
