import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { kinds, said } from '../openai-families.fixture.ts';
import type { Step } from '../steps.ts';
import { ResponsesAnswerReader } from './read-answer.ts';

const head = {
  id: 'resp_1',
  object: 'response',
  created_at: 1_700_000_000,
  model: 'upstream',
  status: 'in_progress',
  output: [],
};
const usage = {
  input_tokens: 9,
  input_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
  output_tokens: 5,
  output_tokens_details: { reasoning_tokens: 3 },
};
const completed = (output: JsonObject[] = [], more: JsonObject = {}): JsonObject => ({
  type: 'response.completed',
  response: { ...head, status: 'completed', output, usage, service_tier: 'default', ...more },
});
const created: JsonObject = { type: 'response.created', response: head };
const message = (text: string): JsonObject => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
});
const call: JsonObject = { id: 'fc_1', type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{"a":1}' };

function read(...events: JsonObject[]): Step[] {
  const reader = new ResponsesAnswerReader();
  return [...events.flatMap((event) => [...reader.event(undefined, JSON.stringify(event))]), ...reader.end()];
}

const at = (type: string, more: JsonObject = {}): JsonObject => ({
  type: `response.${type}`,
  item_id: 'x',
  output_index: 0,
  content_index: 0,
  ...more,
});

test('text as it comes, with the counts of the end', () => {
  expect(
    read(
      created,
      at('output_item.added', { item: { ...message(''), content: [] } }),
      at('content_part.added', { part: { type: 'output_text', text: '' } }),
      at('output_text.delta', { delta: 'Hi', logprobs: [] }),
      at('output_text.annotation.added', {
        annotation: { type: 'url_citation', url: 'https://x.test', title: 'X', start_index: 0, end_index: 2 },
      }),
      at('output_text.done', { text: 'Hi' }),
      at('output_item.done', { item: message('Hi') }),
      completed([message('Hi')]),
    ),
  ).toMatchObject([
    { kind: 'start', id: 'resp_1', model: 'upstream', created: 1_700_000_000 },
    { kind: 'text-start', block: 0, choice: 0 },
    { kind: 'text-delta', block: 0, text: 'Hi' },
    { kind: 'citation', block: 0, citation: { url: 'https://x.test', title: 'X', start: 0, end: 2 } },
    { kind: 'block-end', block: 0 },
    { kind: 'finish', choice: 0, cause: 'stop', native: 'completed' },
    {
      kind: 'usage',
      usage: { input: 9, output: 5, cacheRead: 4, cacheWrite: 2, reasoning: 3 },
      serviceTier: 'default',
    },
    { kind: 'end' },
  ]);
});

describe('what no delta told', () => {
  test.each<[string, JsonObject[]]>([
    [
      'in function_call_arguments.done',
      [
        at('output_item.added', { item: { ...call, arguments: '' } }),
        at('function_call_arguments.done', { arguments: '{"a":1}' }),
      ],
    ],
    [
      'in the item that is done',
      [at('output_item.added', { item: { ...call, arguments: '' } }), at('output_item.done', { item: call })],
    ],
    ['in an item that was never added', [at('output_item.done', { item: call })]],
    ['in the response alone', []],
  ])('arguments %s are read once', (_, events) => {
    const steps = read(created, ...events, completed([call]));
    expect(said(steps).calls).toEqual([{ id: 'call_1', name: 'f', input: '{"a":1}' }]);
    expect(steps.find((step) => step.kind === 'finish')).toMatchObject({ cause: 'tool_calls' });
  });

  test.each<[string, JsonObject[]]>([
    ['in output_text.done', [at('output_text.done', { text: 'Hi' })]],
    ['in the item', [at('output_item.done', { item: message('Hi') })]],
    ['in the response', []],
  ])('text %s is read once', (_, events) => {
    expect(said(read(created, ...events, completed([message('Hi')]))).text).toBe('Hi');
  });
});

describe('reasoning', () => {
  const item = {
    id: 'rs_1',
    type: 'reasoning',
    summary: [
      { type: 'summary_text', text: 'one' },
      { type: 'summary_text', text: 'two' },
    ],
    encrypted_content: 'gAAA',
  };

  test('parts of a summary are paragraphs, and the item is its seal', () => {
    const steps = read(
      created,
      at('output_item.added', { item: { ...item, summary: [] } }),
      at('reasoning_summary_text.delta', { summary_index: 0, delta: 'one' }),
      at('reasoning_summary_text.done', { summary_index: 0, text: 'one' }),
      at('reasoning_summary_text.delta', { summary_index: 1, delta: 'two' }),
      at('output_item.done', { item }),
      completed([item]),
    );
    expect(said(steps).reasoning).toBe('one\n\ntwo');
    expect(steps.find((step) => step.kind === 'seal')).toEqual({
      kind: 'seal',
      block: 0,
      seal: { family: 'responses', model: 'upstream', value: 'gAAA', id: 'rs_1' },
    });
  });

  test('without a summary it is redacted', () => {
    const steps = read(created, completed([{ ...item, summary: [] }, message('Hi')]));
    expect(steps.find((step) => step.kind === 'seal')).toMatchObject({ redacted: true });
    expect(said(steps)).toMatchObject({ reasoning: '', text: 'Hi' });
  });

  test('shown in full by open models', () => {
    const steps = read(
      created,
      at('reasoning_text.delta', { delta: 'hm' }),
      completed([{ type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'hm' }] }, message('x')]),
    );
    expect(said(steps)).toMatchObject({ reasoning: 'hm', text: 'x' });
  });
});

test.each<[string, JsonObject, string]>([
  ['max_output_tokens', { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }, 'length'],
  ['content_filter', { status: 'incomplete', incomplete_details: { reason: 'content_filter' } }, 'filter'],
  ['no reason', { status: 'incomplete', incomplete_details: null }, 'length'],
])('incomplete: %s', (_, more, cause) => {
  expect(read(created, completed([message('x')], more)).find((step) => step.kind === 'finish')).toMatchObject({
    cause,
  });
});

test('a refusal', () => {
  const refused = { ...message(''), content: [{ type: 'refusal', refusal: 'no' }] };
  const steps = read(
    created,
    at('refusal.delta', { delta: 'no' }),
    at('refusal.done', { refusal: 'no' }),
    completed([refused]),
  );
  expect(said(steps).refusal).toBe('no');
  expect(steps.find((step) => step.kind === 'finish')).toMatchObject({ cause: 'refusal' });
});

test('a custom call', () => {
  const custom = { id: 'ctc_1', type: 'custom_tool_call', call_id: 'c', name: 'shell', input: 'ls' };
  const steps = read(
    created,
    at('output_item.added', { item: { ...custom, input: '' } }),
    at('custom_tool_call_input.delta', { delta: 'ls' }),
    at('custom_tool_call_input.done', { input: 'ls' }),
    completed([custom]),
  );
  expect(said(steps).calls).toEqual([{ id: 'c', name: 'shell', input: 'ls', custom: true }]);
});

test('items of tools of the provider say nothing', () => {
  const search = { id: 'ws_1', type: 'web_search_call', status: 'completed' };
  const steps = read(
    created,
    at('output_item.added', { item: search }),
    at('web_search_call.searching'),
    at('output_item.done', { item: search }),
    completed([search, message('Hi')]),
  );
  expect(kinds(steps)).toEqual(['start', 'text-start', 'text-delta', 'block-end', 'finish', 'usage', 'end']);
});

test.each<[string, JsonObject, object]>([
  [
    'a nested error event',
    { type: 'error', sequence_number: 2, error: { type: 'server_error', code: 'server_is_overloaded', message: 'no' } },
    { message: 'no', code: 'server_is_overloaded', type: 'server_error' },
  ],
  [
    'a flat error event',
    { type: 'error', code: 'server_error', message: 'no' },
    { message: 'no', code: 'server_error' },
  ],
  [
    'response.failed',
    {
      type: 'response.failed',
      response: { ...head, status: 'failed', error: { code: 'rate_limit_exceeded', message: 'no' } },
    },
    { message: 'no', code: 'rate_limit_exceeded' },
  ],
  [
    'response.failed without a reason',
    { type: 'response.failed', response: { ...head, status: 'failed', error: null } },
    { message: 'The response of the endpoint is failed.' },
  ],
])('%s is an error, and nothing follows', (_, event, expected) => {
  const steps = read(created, at('output_text.delta', { delta: 'half' }), event, completed([message('x')]));
  expect(steps.at(-1)).toMatchObject({ kind: 'error', ...expected });
  expect(kinds(steps)).not.toContain('finish');
});

test.each(['queued', 'in_progress', 'cancelled'])('a body whose status is %s is no answer', (status) => {
  const steps = new ResponsesAnswerReader().body(Buffer.from(JSON.stringify({ ...head, status })));
  expect(steps.at(-1)).toMatchObject({ kind: 'error' });
});

test('keepalives, unknown events and [DONE] say nothing; a stream without a terminal event has no end', () => {
  const reader = new ResponsesAnswerReader();
  expect(reader.event('keepalive', '{"type":"keepalive","sequence_number":3}')).toEqual([]);
  expect(reader.event(undefined, '{"type":"response.not_yet_known","output_index":0}')).toEqual([]);
  expect(reader.event(undefined, '[DONE]')).toEqual([]);
  expect(kinds(read(created, at('output_text.delta', { delta: 'x' })))).toEqual(['start', 'text-start', 'text-delta']);
  expect(kinds([...reader.event(undefined, 'oops')])).toEqual(['error']);
});
