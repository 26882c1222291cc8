import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import { chat } from './chat/index.ts';
import type { Seal } from './conversation.ts';
import { context, payloads, PROTOCOL } from './openai-families.fixture.ts';
import { responses } from './responses/index.ts';
import type { AnswerContext, Step, StopCause } from './steps.ts';
import { splitEvents } from '../wire/sse.ts';

/** Answers as endpoints of every family give them, in steps, written for the clients of OpenAI's families. */
const A: Seal = { family: 'messages', model: 'claude', value: 'sig' };
const G: Seal = { family: 'gemini', model: 'gemini', value: 'thought' };

const start: Step = { kind: 'start', id: 'msg_1', model: 'upstream' };
const text = (block: number, ...pieces: string[]): Step[] => [
  { kind: 'text-start', block, choice: 0 },
  ...pieces.map((piece): Step => ({ kind: 'text-delta', block, text: piece })),
  { kind: 'block-end', block },
];
const thought = (block: number, words: string, seal: Seal, redacted = false): Step[] => [
  { kind: 'reasoning-start', block, choice: 0 },
  ...(words === '' ? [] : [{ kind: 'reasoning-delta', block, text: words } as const]),
  { kind: 'seal', block, seal, ...(redacted ? { redacted } : {}) },
  { kind: 'block-end', block },
];
const call = (block: number, id: string, input: string, seal?: Seal, name = 'f'): Step[] => [
  { kind: 'call-start', block, choice: 0, id, name },
  ...(input === '' ? [] : [{ kind: 'call-delta', block, input } as const]),
  ...(seal === undefined ? [] : [{ kind: 'seal', block, seal } as const]),
  { kind: 'block-end', block },
];
const ending = (cause: StopCause, native?: string): Step[] => [
  { kind: 'finish', choice: 0, cause, ...(native === undefined ? {} : { native }) },
  { kind: 'usage', usage: { input: 2110, output: 30, cacheRead: 2000, cacheWrite: 100, reasoning: 20 } },
  { kind: 'end' },
];

const FAMILIES = { chat, responses };
type Name = keyof typeof FAMILIES;

/** The unary answer, after the stream was found to say the same. */
function written(name: Name, steps: readonly Step[], given: Partial<AnswerContext> = {}): JsonObject {
  const body = FAMILIES[name].answerWriter(context(given)).body(steps);
  const writer = FAMILIES[name].answerWriter(context(given));
  const stream = Buffer.concat(steps.flatMap((step) => [...writer.events([step])]));
  const protocol = PROTOCOL[name];
  const fromStream = JSON.parse(protocol.streamToBody(splitEvents(stream)).toString()) as JsonObject;
  const parsed = JSON.parse(body.toString()) as JsonObject;
  expect(withoutSeals(fromStream)).toEqual(withoutSeals(parsed));
  expect(protocol.judgeStream(splitEvents(stream)).ended).toBe(true);
  return parsed;
}

/** Ids are made anew. In a stream that is fed step by step the seal of a call comes behind its beginning. */
function withoutSeals(body: JsonObject): unknown {
  return JSON.parse(
    JSON.stringify(body, (key, value: unknown) => {
      if (key === 'id' || key === 'extra_content') return undefined;
      return Array.isArray(value) ? value.filter((item: JsonObject) => item?.['type'] !== 'reasoning') : value;
    }),
  );
}

const message = (steps: readonly Step[], given?: Partial<AnswerContext>) =>
  (written('chat', steps, given)['choices'] as JsonObject[])[0] ?? {};
const output = (steps: readonly Step[], given?: Partial<AnswerContext>) => written('responses', steps, given)['output'];

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

describe('reasoning that comes back', () => {
  const steps = [
    start,
    ...thought(0, 'hm', A),
    ...thought(1, '', { ...A, value: 'data' }, true),
    ...text(2, 'x'),
    ...call(3, 'a', '{}', G),
    ...ending('tool_calls'),
  ];

  test('of a chat client, in any form that it kept', () => {
    const choice = message(steps)['message'] as JsonObject;
    expect(choice).toMatchObject({
      reasoning_content: 'hm',
      thinking_blocks: [{ type: 'thinking', thinking: 'hm' }, { type: 'redacted_thinking' }],
      reasoning_details: [
        { type: 'reasoning.text', text: 'hm', format: 'anthropic-claude-v1', index: 0 },
        { type: 'reasoning.encrypted', index: 1 },
      ],
    });
    expect(JSON.stringify(choice)).not.toContain('"sig"');
    const expected = [
      { kind: 'reasoning', text: 'hm', seal: A },
      { kind: 'reasoning', text: '', seal: { ...A, value: 'data' }, redacted: true },
      { kind: 'text', text: 'x' },
      { kind: 'call', id: 'a', name: 'f', input: '{}', seal: G },
    ];
    const read = (kept: JsonObject) => chat.readRequest({ model: 'm', messages: [kept] }).turns[0]?.parts;
    expect(read(choice)).toEqual(expected);
    const { thinking_blocks: _, ...details } = choice;
    expect(read(details)).toEqual(expected);
    const { reasoning_details: __, ...plain } = details;
    expect(read(plain)?.[0]).toEqual({ kind: 'reasoning', text: 'hm' });
  });

  test('of a client of Responses, which sends back items and none of their unknown members', () => {
    const items = (output(steps) as JsonObject[]).map(({ extra_content: _, ...item }) => item);
    expect(items.map((item) => item['type'])).toEqual([
      'reasoning',
      'reasoning',
      'message',
      'reasoning',
      'function_call',
    ]);
    expect(responses.readRequest({ model: 'm', input: items }).turns[0]?.parts).toEqual([
      { kind: 'reasoning', text: 'hm', seal: A },
      { kind: 'reasoning', text: '', seal: { ...A, value: 'data' }, redacted: true },
      { kind: 'text', text: 'x' },
      { kind: 'call', id: 'a', name: 'f', input: '{}', seal: G },
    ]);
  });

  test('the signature of a text', () => {
    const signed: Step[] = [
      start,
      { kind: 'text-start', block: 0, choice: 0 },
      { kind: 'text-delta', block: 0, text: 'x' },
      { kind: 'seal', block: 0, seal: G },
      { kind: 'block-end', block: 0 },
      ...ending('stop'),
    ];
    const expected = [{ kind: 'text', text: 'x', seal: G }];
    expect(
      chat.readRequest({ model: 'm', messages: [message(signed)['message'] as JsonObject] }).turns[0]?.parts,
    ).toEqual(expected);
    const [item] = output(signed) as [JsonObject];
    expect(responses.readRequest({ model: 'm', input: [item] }).turns[0]?.parts).toEqual(expected);
  });

  test('encrypted reasoning of Responses, through a chat client', () => {
    const seal: Seal = { family: 'responses', model: 'o3', value: 'gAAA', id: 'rs_1' };
    const answer = message([start, ...thought(0, 'hm', seal), ...text(1, 'x'), ...ending('stop')])[
      'message'
    ] as JsonObject;
    expect(answer['reasoning_details']).toMatchObject([
      { type: 'reasoning.summary', summary: 'hm' },
      { type: 'reasoning.encrypted', id: 'rs_1', format: 'openai-responses-v1' },
    ]);
    expect(chat.readRequest({ model: 'm', messages: [answer] }).turns[0]?.parts[0]).toEqual({
      kind: 'reasoning',
      text: 'hm',
      seal,
    });
  });

  test('open thought of a chat server, through a client of Responses', () => {
    const seal: Seal = { family: 'chat', model: 'deepseek', value: '' };
    const items = output([start, ...thought(0, 'hm', seal), ...text(1, 'x'), ...ending('stop')]) as JsonObject[];
    expect(responses.readRequest({ model: 'm', input: items }).turns[0]?.parts[0]).toEqual({
      kind: 'reasoning',
      text: 'hm',
      seal,
    });
  });
});
