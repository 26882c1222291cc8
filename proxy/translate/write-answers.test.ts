import { expect, test } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import { splitEvents } from '../wire/sse.ts';
import { chat } from './chat/index.ts';
import { context, payloads, PROTOCOL } from './openai-families.fixture.ts';
import { responses } from './responses/index.ts';
import type { Step, StopCause } from './steps.ts';
import { A, call, ending, message, output, start, text, thought, written } from './written-answers.fixture.ts';

test('usage: totals with what was cached and written, reasoning in the output', () => {
  const steps = [start, ...text(0, 'x'), ...ending('stop')];
  expect(written('chat', steps)['usage']).toEqual({
    prompt_tokens: 2110,
    completion_tokens: 30,
    total_tokens: 2140,
    prompt_tokens_details: { cached_tokens: 2000, audio_tokens: 0, cache_write_tokens: 100 },
    completion_tokens_details: {
      reasoning_tokens: 20,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  });
  expect(written('responses', steps)['usage']).toEqual({
    input_tokens: 2110,
    input_tokens_details: { cached_tokens: 2000, cache_write_tokens: 100 },
    output_tokens: 30,
    output_tokens_details: { reasoning_tokens: 20 },
    total_tokens: 2140,
  });
});

test('ids have the form of the client, the model is the one that answered', () => {
  const steps = [start, ...text(0, 'x'), ...ending('stop')];
  expect(written('chat', steps)).toMatchObject({
    id: expect.stringMatching(/^chatcmpl-\w{29}$/) as string,
    model: 'upstream',
    created: 1_750_000_000,
  });
  expect(written('responses', steps)).toMatchObject({
    id: expect.stringMatching(/^resp_\w{48}$/) as string,
    model: 'upstream',
    created_at: 1_750_000_000,
  });
  expect(written('responses', steps, { id: 'resp_kept' })['id']).toBe('resp_kept');
  expect(written('chat', [...text(0, 'x'), ...ending('stop')])['model']).toBe('public-model');
});

test.each<[StopCause, string, string, string | null]>([
  ['stop', 'stop', 'completed', null],
  ['stop_sequence', 'stop', 'completed', null],
  ['length', 'length', 'incomplete', 'max_output_tokens'],
  ['context_length', 'length', 'incomplete', 'max_output_tokens'],
  ['filter', 'content_filter', 'incomplete', 'content_filter'],
  ['refusal', 'content_filter', 'incomplete', 'content_filter'],
  ['pause', 'stop', 'completed', null],
])('ending with %s', (cause, finish, status, reason) => {
  const steps = [start, ...text(0, 'x'), ...ending(cause, 'native')];
  expect(message(steps)['finish_reason']).toBe(finish);
  expect(written('responses', steps)).toMatchObject({
    status,
    incomplete_details: reason === null ? null : { reason },
  });
});

test('stop with calls is tool_calls, a pause says the own word of the endpoint', () => {
  expect(message([start, ...call(0, 'a', '{}'), ...ending('stop')])['finish_reason']).toBe('tool_calls');
  expect(message([start, ...text(0, 'x'), ...ending('pause', 'pause_turn')])['native_finish_reason']).toBe(
    'pause_turn',
  );
});

test('a refusal in words is one, and a good end', () => {
  const steps: Step[] = [
    start,
    { kind: 'refusal-delta', block: 0, choice: 0, text: 'no' },
    { kind: 'block-end', block: 0 },
    ...ending('refusal'),
  ];
  expect(message(steps)).toMatchObject({ message: { content: null, refusal: 'no' }, finish_reason: 'stop' });
  expect(written('responses', steps)).toMatchObject({
    status: 'completed',
    output: [{ content: [{ type: 'refusal', refusal: 'no' }] }],
  });
});

test('blocks of text are one text, and an empty one before a call is none', () => {
  const cut = [start, ...text(0, 'a'), ...text(1, 'b', 'c'), ...ending('stop')];
  expect(message(cut)).toMatchObject({ message: { content: 'abc' } });
  expect(output(cut)).toMatchObject([{ content: [{ text: 'abc' }] }]);
  const empty = [start, ...text(0, ''), ...call(1, 'a', '{}'), ...ending('tool_calls')];
  expect(message(empty)).toMatchObject({ message: { content: null } });
  expect(output(empty)).toMatchObject([{ type: 'function_call' }]);
});

test('indexes count calls, not blocks; calls without arguments take an empty object', () => {
  const steps = [
    start,
    ...thought(0, 'hm', A),
    ...text(1, 'x'),
    ...call(2, 'a', ''),
    ...call(3, 'b', '{"x":1}'),
    ...ending('tool_calls'),
  ];
  expect(message(steps)).toMatchObject({
    message: {
      tool_calls: [
        { id: 'a', function: { arguments: '{}' } },
        { id: 'b', function: { arguments: '{"x":1}' } },
      ],
    },
  });
  expect(output(steps)).toMatchObject([
    { type: 'reasoning' },
    { type: 'message' },
    { type: 'function_call', call_id: 'a', arguments: '{}' },
    { call_id: 'b', arguments: '{"x":1}' },
  ]);
});

test('calls whose pieces alternate stay apart', () => {
  const steps: Step[] = [
    start,
    { kind: 'call-start', block: 0, choice: 0, id: 'a', name: 'f' },
    { kind: 'call-start', block: 1, choice: 0, id: 'b', name: 'g' },
    { kind: 'call-delta', block: 1, input: '{"b"' },
    { kind: 'call-delta', block: 0, input: '{"a"' },
    { kind: 'call-delta', block: 1, input: ':1}' },
    { kind: 'call-delta', block: 0, input: ':1}' },
    { kind: 'block-end', block: 0 },
    { kind: 'block-end', block: 1 },
    ...ending('tool_calls'),
  ];
  expect(message(steps)).toMatchObject({
    message: {
      tool_calls: [
        { id: 'a', function: { arguments: '{"a":1}' } },
        { id: 'b', function: { arguments: '{"b":1}' } },
      ],
    },
  });
  expect(output(steps)).toMatchObject([
    { call_id: 'a', arguments: '{"a":1}' },
    { call_id: 'b', arguments: '{"b":1}' },
  ]);
});

test('a call without an id gets one', () => {
  const steps = [start, ...call(0, '', '{}'), ...call(1, '', '{}'), ...ending('tool_calls')];
  const calls = (message(steps)['message'] as { tool_calls: { id: string }[] }).tool_calls;
  expect(calls.map(({ id }) => /^call_\w{24}$/.test(id))).toEqual([true, true]);
  expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
  expect(output(steps)).toMatchObject([{ call_id: expect.stringMatching(/^call_\w{24}$/) as string }, {}]);
});

test('a function that stood for a custom tool is a call of that tool, its text taken out', () => {
  const steps: Step[] = [
    start,
    { kind: 'call-start', block: 0, choice: 0, id: 'a', name: 'shell' },
    { kind: 'call-delta', block: 0, input: '{"input":' },
    { kind: 'call-delta', block: 0, input: '"ls\\n"}' },
    { kind: 'block-end', block: 0 },
    ...ending('tool_calls'),
  ];
  expect(output(steps, { request: { tools: [{ type: 'custom', name: 'shell' }] } })).toMatchObject([
    { type: 'custom_tool_call', name: 'shell', input: 'ls\n' },
  ]);
  expect(message(steps, { request: { tools: [{ type: 'custom', custom: { name: 'shell' } }] } })).toMatchObject({
    message: { tool_calls: [{ type: 'custom', custom: { name: 'shell', input: 'ls\n' } }] },
  });
});

test('sources stand at their place in the whole text; those without an address have no form', () => {
  const cite = (block: number, citation: object): Step => ({ kind: 'citation', block, citation });
  const steps: Step[] = [
    start,
    ...text(0, 'One. '),
    { kind: 'text-start', block: 1, choice: 0 },
    cite(1, { url: 'https://x.test', title: 'X' }),
    cite(1, { text: 'no address' }),
    { kind: 'text-delta', block: 1, text: 'Two.' },
    { kind: 'block-end', block: 1 },
    { kind: 'text-start', block: 2, choice: 0 },
    { kind: 'text-delta', block: 2, text: ' Three.' },
    cite(2, { url: 'https://y.test', start: 1, end: 6 }),
    { kind: 'block-end', block: 2 },
    ...ending('stop'),
  ];
  const places = [
    { start_index: 5, end_index: 9, url: 'https://x.test', title: 'X' },
    { start_index: 10, end_index: 15, url: 'https://y.test', title: 'https://y.test' },
  ];
  expect(message(steps)).toMatchObject({
    message: { annotations: places.map((place) => ({ type: 'url_citation', url_citation: place })) },
  });
  expect(output(steps)).toMatchObject([
    { content: [{ annotations: places.map((place) => ({ type: 'url_citation', ...place })) }] },
  ]);
});

test('logprobs stand beside their text', () => {
  const logprobs = [{ token: 'x', logprob: -1, bytes: [120], top_logprobs: [] }];
  const steps: Step[] = [
    start,
    { kind: 'text-start', block: 0, choice: 0 },
    { kind: 'text-delta', block: 0, text: 'x', logprobs },
    { kind: 'block-end', block: 0 },
    ...ending('stop'),
  ];
  expect(message(steps)['logprobs']).toEqual({ content: logprobs, refusal: null });
  expect(output(steps)).toMatchObject([{ content: [{ logprobs }] }]);
});

test('several choices are several in chat completions, and one in Responses', () => {
  const other: Step[] = [
    { kind: 'text-start', block: 1, choice: 1 },
    { kind: 'text-delta', block: 1, text: 'two' },
    { kind: 'block-end', block: 1 },
    { kind: 'finish', choice: 1, cause: 'stop' },
  ];
  const steps = [start, ...text(0, 'one'), ...other, ...ending('stop')];
  expect(written('chat', steps)['choices']).toMatchObject([
    { index: 0, message: { content: 'one' } },
    { index: 1, message: { content: 'two' } },
  ]);
  expect(output(steps)).toMatchObject([{ content: [{ text: 'one' }] }]);
});

test('a chat client that did not ask for usage gets none on a stream', () => {
  const writer = chat.answerWriter(context({ includeUsage: false }));
  const stream = Buffer.concat([...writer.events([start, ...text(0, 'x'), ...ending('stop')])]);
  expect(stream.toString()).not.toContain('usage');
  expect(stream.toString().endsWith('data: [DONE]\n\n')).toBe(true);
});

test('role, content, finish, usage: the order of chunks', () => {
  const writer = chat.answerWriter(context());
  const stream = Buffer.concat([...writer.events([start, ...text(0, 'x'), ...call(1, 'a', '{}'), ...ending('stop')])]);
  const deltas = payloads(stream).map((chunk) => (chunk['choices'] as JsonObject[])[0] ?? chunk['usage']);
  expect(deltas).toMatchObject([
    { delta: { role: 'assistant', content: '' } },
    { delta: { content: 'x' } },
    { delta: { tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }] } },
    { delta: { tool_calls: [{ index: 0, function: { arguments: '{}' } }] } },
    { delta: {}, finish_reason: 'tool_calls' },
    { prompt_tokens: 2110 },
  ]);
});

test('the order of the events of a response, numbered from 0', () => {
  const writer = responses.answerWriter(context());
  const stream = Buffer.concat([
    ...writer.events([start, ...thought(0, 'hm', A), ...text(1, 'x'), ...call(2, 'a', '{}'), ...ending('stop')]),
  ]);
  const events = payloads(stream);
  expect(events.map((event) => event['sequence_number'])).toEqual(events.map((_, index) => index));
  expect(events.map((event) => String(event['type']).replace('response.', ''))).toEqual([
    'created',
    'in_progress',
    'output_item.added',
    'reasoning_summary_part.added',
    'reasoning_summary_text.delta',
    'reasoning_summary_text.done',
    'reasoning_summary_part.done',
    'output_item.done',
    'output_item.added',
    'content_part.added',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'output_item.done',
    'output_item.added',
    'function_call_arguments.delta',
    'function_call_arguments.done',
    'output_item.done',
    'completed',
  ]);
});

test('an end without a finish is an error for a client of Responses', () => {
  const writer = responses.answerWriter(context());
  const stream = Buffer.concat([...writer.events([start, ...text(0, 'x'), { kind: 'end' }])]);
  expect(PROTOCOL.responses.judgeStream(splitEvents(stream))).toMatchObject({ complete: false, ended: false });
});

test('what the request says is repeated in the response', () => {
  const request = {
    instructions: 'i',
    tools: [{ type: 'function', name: 'f', parameters: {} }],
    text: { format: { type: 'json_object' } },
    metadata: { a: 'b' },
    user: 'u',
    temperature: 0.5,
    conversation: 'conv_1',
  };
  expect(written('responses', [start, ...text(0, 'x'), ...ending('stop')], { request })).toMatchObject({
    ...request,
    conversation: { id: 'conv_1' },
    tools: [{ strict: true, description: null }],
    text: { format: { type: 'json_object' }, verbosity: 'medium' },
  });
});

test('a client of the first tool calling gets one function_call', () => {
  const request = { functions: [{ name: 'f' }] };
  const steps = [start, ...call(0, 'a', '{"x":1}'), ...call(1, 'b', ''), ...ending('tool_calls')];
  expect(message(steps, { request })).toMatchObject({
    message: { content: null, function_call: { name: 'f', arguments: '{"x":1}' } },
    finish_reason: 'function_call',
  });
  expect(message([start, ...call(0, 'a', ''), ...ending('stop')], { request })).toMatchObject({
    message: { function_call: { arguments: '{}' } },
  });
});

test('an error is told in the words of OpenAI, as an event and as a body', () => {
  const steps: Step[] = [start, { kind: 'error', message: 'Overloaded', type: 'overloaded_error', status: 529 }];
  const expected = { error: { message: 'Overloaded', type: 'server_error', param: null } };
  expect(JSON.parse(chat.answerWriter(context()).body(steps).toString())).toMatchObject(expected);
  expect(JSON.parse(responses.answerWriter(context()).body(steps).toString())).toMatchObject(expected);
  const limited: Step = { kind: 'error', message: 'slow down', type: 'rate_limit_error' };
  const [event] = payloads(Buffer.concat([...responses.answerWriter(context()).events([limited])]));
  expect(event).toMatchObject({ type: 'error', sequence_number: 0, error: { code: 'rate_limit_exceeded' } });
});
