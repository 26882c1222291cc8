import * as fc from 'fast-check';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { responses } from './responses.ts';
import { RESPONSE_SAMPLES } from './responses-samples.fixture.ts';
import { parseEvent } from '../../wire/sse-event.ts';

const samples = Object.entries(RESPONSE_SAMPLES).map(
  ([name, body]) => [name, body, Buffer.from(JSON.stringify(body, null, 2))] as const,
);

/** The official SDK, given these bytes as the answer. */
function sdk(bytes: Buffer, type: string): OpenAI {
  return new OpenAI({
    apiKey: 'none',
    maxRetries: 0,
    fetch: async () => new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }),
  });
}

const payloads = (events: readonly Buffer[]) => events.map((event) => JSON.parse(parseEvent(event).data) as JsonObject);

const typeOf = (event: JsonObject) => event['type'] as string;
const textOf = (deltas: readonly JsonObject[]) => deltas.map((event) => event['delta'] as string).join('');

const EMPTY = ['nothing at all', 'empty text', 'reasoning in full'];

test.each(samples)(
  '%s: the stream of a body gives back its bytes, and is complete unless it is empty',
  (name, answer, body) => {
    const events = responses.bodyToStream(body);
    expect(responses.streamToBody(events).toString()).toBe(JSON.stringify(answer));
    expect(responses.judgeStream(events)).toEqual(responses.judgeBody(body));
    expect(responses.judgeBody(body)).toMatchObject({
      complete: !EMPTY.includes(name),
      ended: true,
      id: answer['id'],
      usage: { input: 9, output: 7, cachedInput: 4, reasoning: 3 },
    });
  },
);

test.each(samples)('%s: the official SDK builds the same response from stream and body', async (_, __, body) => {
  const ask = { model: 'm', input: 'hi' };
  const stream = sdk(Buffer.concat(responses.bodyToStream(body)), 'text/event-stream').responses.stream(ask);
  const snapshots: object[] = [];
  stream.on('event', (event) => snapshots.push(event));
  const final = await stream.finalResponse();
  const unary = await sdk(body, 'application/json').responses.create(ask);
  const plain = (value: unknown) =>
    JSON.parse(JSON.stringify(value, (key, member: unknown) => (/parsed/.test(key) ? undefined : member))) as object;
  expect(plain(final)).toEqual(plain(unary));
  expect(snapshots.length).toBeGreaterThan(2);
});

test.each(samples)('%s: the deltas and done events add up to the items, numbered without gaps', (_, answer, body) => {
  const raw = responses.bodyToStream(body);
  const events = payloads(raw);
  expect(events.map((event) => event['sequence_number'])).toEqual(events.map((__, index) => index));
  expect(raw.map((event) => parseEvent(event).event)).toEqual(events.map((event) => event['type']));
  const ofType = (type: string) => events.filter((event) => event['type'] === type);
  expect(ofType('response.output_item.done').map((event) => event['item'])).toEqual(answer['output']);
  expect(ofType('response.output_item.added').map((event) => event['output_index'])).toEqual(
    (answer['output'] as []).map((__, index) => index),
  );
  const place = ({ output_index, content_index, summary_index }: JsonObject) =>
    JSON.stringify([output_index, content_index, summary_index]);
  const family = (event: JsonObject) => typeOf(event).replace(/\.(delta|done)$/, '');
  for (const done of events.filter((event) =>
    ['text', 'refusal', 'arguments', 'input', 'code'].some((key) => typeof event[key] === 'string'),
  )) {
    const deltas = events.filter(
      (event) => typeOf(event).endsWith('.delta') && family(event) === family(done) && place(event) === place(done),
    );
    const whole = done['text'] ?? done['refusal'] ?? done['arguments'] ?? done['input'] ?? done['code'];
    expect(textOf(deltas)).toBe(whole);
  }
});

/** Types of the events between the two opening ones and the last, with an added item's members. */
function grammar(name: string): string[] {
  const events = payloads(responses.bodyToStream(Buffer.from(JSON.stringify(RESPONSE_SAMPLES[name]))));
  return events.slice(2, -1).map((event) => typeOf(event).replace('response.', ''));
}

test.each([
  [
    'text',
    [
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
    ],
  ],
  [
    'citations',
    [
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.annotation.added',
      'output_text.done',
      'content_part.done',
      'output_item.done',
    ],
  ],
  [
    'refusal',
    [
      'output_item.added',
      'content_part.added',
      'refusal.delta',
      'refusal.done',
      'content_part.done',
      'output_item.done',
    ],
  ],
  [
    'reasoning in full',
    [
      'output_item.added',
      'content_part.added',
      'reasoning_text.delta',
      'reasoning_text.done',
      'content_part.done',
      'output_item.done',
    ],
  ],
  [
    'a custom tool call',
    ['output_item.added', 'custom_tool_call_input.delta', 'custom_tool_call_input.done', 'output_item.done'],
  ],
  [
    'a file search',
    [
      'output_item.added',
      'file_search_call.in_progress',
      'file_search_call.searching',
      'file_search_call.completed',
      'output_item.done',
    ],
  ],
  [
    'a failed search',
    ['output_item.added', 'web_search_call.in_progress', 'web_search_call.searching', 'output_item.done'],
  ],
  [
    'a code interpreter',
    [
      'output_item.added',
      'code_interpreter_call.in_progress',
      'code_interpreter_call_code.delta',
      'code_interpreter_call_code.done',
      'code_interpreter_call.interpreting',
      'code_interpreter_call.completed',
      'output_item.done',
    ],
  ],
  [
    'an image',
    [
      'output_item.added',
      'image_generation_call.in_progress',
      'image_generation_call.generating',
      'image_generation_call.completed',
      'output_item.done',
    ],
  ],
  [
    'an MCP server',
    [
      'output_item.added',
      'mcp_list_tools.in_progress',
      'mcp_list_tools.completed',
      'output_item.done',
      'output_item.added',
      'mcp_call.in_progress',
      'mcp_call_arguments.delta',
      'mcp_call_arguments.done',
      'mcp_call.completed',
      'output_item.done',
    ],
  ],
  [
    'an MCP server that fails',
    [
      'output_item.added',
      'mcp_list_tools.in_progress',
      'mcp_list_tools.failed',
      'output_item.done',
      'output_item.added',
      'mcp_call.in_progress',
      'mcp_call_arguments.delta',
      'mcp_call_arguments.done',
      'mcp_call.failed',
      'output_item.done',
    ],
  ],
  ['a shell call', ['output_item.added', 'output_item.done']],
  ['an MCP approval', ['output_item.added', 'output_item.done']],
])('%s follows the grammar of the real API', (name, types) => {
  const found = grammar(name).filter((type, index, all) => !(type.endsWith('.delta') && all[index - 1] === type));
  expect(found).toEqual(types);
});

test('an item is added empty and in progress, the response begins without output', () => {
  const first = (name: string) => {
    const events = payloads(responses.bodyToStream(Buffer.from(JSON.stringify(RESPONSE_SAMPLES[name]))));
    return events.find((event) => event['type'] === 'response.output_item.added')?.['item'];
  };
  const item = { status: 'in_progress' };
  expect(first('text')).toEqual({
    ...item,
    id: 'msg_68a00000000000000001',
    type: 'message',
    content: [],
    role: 'assistant',
  });
  expect(first('reasoning and a function call')).toEqual({
    id: 'rs_68a00000000000000001',
    type: 'reasoning',
    summary: [],
  });
  expect(first('a web search')).toEqual({ ...item, id: 'ws_68a00000000000000001', type: 'web_search_call' });
  expect(first('an image')).toEqual({ ...item, id: 'ig_68a00000000000000001', type: 'image_generation_call' });
  expect(first('a code interpreter')).toMatchObject({ ...item, code: '', outputs: null, container_id: 'cntr_1' });

  const [created, progress] = payloads(responses.bodyToStream(Buffer.from(JSON.stringify(RESPONSE_SAMPLES['text']))));
  expect(created?.['response']).toEqual(progress?.['response']);
  const start = created?.['response'] as JsonObject;
  expect(start).toMatchObject({
    status: 'in_progress',
    output: [],
    usage: null,
    completed_at: null,
    service_tier: 'auto',
  });
  expect(start).not.toHaveProperty('billing');
});

test('numbers keep their spelling, and the last event carries the bytes of the body', () => {
  const body =
    '{"id":"resp_1","object":"response","status":"completed","temperature":1.0,"top_p":0.980,"x":12345678901234567890,"e":"\\u00e9\\/","output":[{"type":"new_item","id":"n_1","score":1.0}]}';
  const events = responses.bodyToStream(Buffer.from(`  ${body}`)).map(String);
  expect(events[0]).toContain('"temperature":1.0,"top_p":0.980,"x":12345678901234567890');
  expect(events[2]).toContain('"score":1.0');
  expect(events.at(-1)).toContain(body);
  expect(responses.streamToBody(events.map((event) => Buffer.from(event))).toString()).toBe(body);
});

test('the response is sliced out of whatever surrounds it', () => {
  const completed =
    'event: response.completed\r\ndata: { "response" : {"a":"}","n":1.0} , "type":"response.completed"}\r\n\r\n';
  expect(responses.streamToBody([Buffer.from(completed), Buffer.from(': bye\n\n')]).toString()).toBe(
    '{"a":"}","n":1.0}',
  );
  expect(() => responses.streamToBody([Buffer.from('data: {"type":"response.created"}\n\n')])).toThrow(
    'no response.completed',
  );
});

test('any text survives in any cut', () => {
  const unit = fc.oneof(
    fc.constantFrom('"', '\\', '\n', '\r', ' ', '\u2028', '😀'),
    fc.string({ unit: 'binary', maxLength: 1 }),
  );
  fc.assert(
    fc.property(fc.string({ unit }), (value) => {
      const item = {
        id: 'fc_1',
        type: 'function_call',
        status: 'completed',
        arguments: value,
        call_id: 'c',
        name: 'f',
      };
      const events = responses.bodyToStream(
        Buffer.from(JSON.stringify({ id: 'resp_1', status: 'completed', output: [item] })),
      );
      const deltas = payloads(events).filter((event) => event['type'] === 'response.function_call_arguments.delta');
      expect(textOf(deltas)).toBe(value);
      expect(JSON.parse(responses.streamToBody(events).toString())).toMatchObject({ output: [item] });
    }),
  );
});
