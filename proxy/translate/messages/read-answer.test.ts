import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { parseEvent } from '../../wire/sse-event.ts';
import { EventSplitter } from '../../wire/sse.ts';
import type { Step } from '../steps.ts';
import { joined } from '../translate.fixture.ts';
import { MESSAGE, messageStream } from './answers.fixture.ts';
import { MessagesReader } from './read-answer.ts';

function readStream(chunks: readonly Buffer[]): Step[] {
  const reader = new MessagesReader();
  const splitter = new EventSplitter();
  const steps: Step[] = [];
  for (const chunk of chunks) {
    for (const bytes of splitter.push(chunk)) {
      const { event, data } = parseEvent(bytes);
      steps.push(...reader.event(event, data));
    }
  }
  return [...steps, ...reader.end()];
}

const read = (message: JsonObject, reader = new MessagesReader()) => reader.body(Buffer.from(JSON.stringify(message)));

function event(reader: MessagesReader, value: JsonObject): readonly Step[] {
  return reader.event(undefined, JSON.stringify(value));
}

/** The content of a unary answer with these members. */
const answer = (more: object) => read({ ...MESSAGE, ...more });

describe('a whole answer', () => {
  it('is steps in the order of its blocks', () => {
    const seal = { family: 'messages', model: 'claude-sonnet-5' };
    const usage = { input: 2110, output: 30, cacheRead: 2000, cacheWrite: 100, reasoning: 12 };
    expect(read(MESSAGE)).toEqual([
      { kind: 'start', id: 'msg_011C', model: 'claude-sonnet-5', usage },
      { kind: 'reasoning-start', block: 0, choice: 0 },
      { kind: 'reasoning-delta', block: 0, text: 'Let me see: é😀' },
      { kind: 'seal', block: 0, seal: { ...seal, value: 'sig==' } },
      { kind: 'block-end', block: 0 },
      { kind: 'reasoning-start', block: 1, choice: 0 },
      { kind: 'seal', block: 1, seal: { ...seal, value: 'hidden' }, redacted: true },
      { kind: 'block-end', block: 1 },
      { kind: 'text-start', block: 2, choice: 0 },
      {
        kind: 'citation',
        block: 2,
        citation: expect.objectContaining({
          url: 'https://w.example/',
          title: 'Weather',
          text: 'It is 20°.',
        }) as unknown,
      },
      { kind: 'text-delta', block: 2, text: 'It is “20°”.' },
      { kind: 'block-end', block: 2 },
      { kind: 'call-start', block: 3, choice: 0, id: 'toolu_1', name: 'f' },
      { kind: 'call-delta', block: 3, input: '{"city":"Köln","n":[1,2]}' },
      { kind: 'block-end', block: 3 },
      { kind: 'call-start', block: 4, choice: 0, id: 'toolu_2', name: 'g' },
      { kind: 'call-delta', block: 4, input: '{}' },
      { kind: 'block-end', block: 4 },
      { kind: 'finish', choice: 0, cause: 'tool_calls', native: 'tool_use' },
      { kind: 'usage', usage, serviceTier: 'standard' },
      { kind: 'end' },
    ]);
  });

  it('says the same as its stream, wherever that is cut', () => {
    const stream = messageStream();
    const unary = read(MESSAGE).slice(1);
    for (let at = 0; at <= stream.length; at += 1) {
      const steps = readStream([stream.subarray(0, at), stream.subarray(at)]);
      expect(joined(steps).slice(1)).toEqual(unary);
    }
    expect(joined(readStream([...stream].map((byte) => Buffer.from([byte])))).slice(1)).toEqual(unary);
  });

  it('is cut when it has no message_stop: no `end` is ever said', () => {
    const stream = messageStream();
    const cut = stream.subarray(0, stream.lastIndexOf('event: message_stop'));
    for (const at of [cut.length, cut.lastIndexOf('event: message_delta'), 400]) {
      expect(readStream([cut.subarray(0, at)]).some(({ kind }) => kind === 'end')).toBe(false);
    }
  });
});

it('message_stop without a reason to stop is no end', () => {
  const events = messageStream().toString().split('\n\n');
  const cut = events.filter((one) => !one.startsWith('event: message_delta')).join('\n\n');
  const kinds = readStream([Buffer.from(cut)]).map(({ kind }) => kind);
  expect(kinds).toContain('text-delta');
  expect(kinds).not.toContain('end');
});

describe('ends', () => {
  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop_sequence'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'context_length'],
    ['refusal', 'refusal'],
    ['pause_turn', 'pause'],
    ['compaction', 'stop'],
    ['tool_use', 'tool_calls'],
    ['of_tomorrow', 'stop'],
  ])('%s is %s', (native, cause) => {
    expect(answer({ stop_reason: native, stop_sequence: null })).toContainEqual({
      kind: 'finish',
      choice: 0,
      cause,
      native,
    });
  });

  it('the stop sequence is told', () => {
    expect(answer({ stop_reason: 'stop_sequence', stop_sequence: 'END' })).toContainEqual({
      kind: 'finish',
      choice: 0,
      cause: 'stop_sequence',
      native: 'stop_sequence',
      stopSequence: 'END',
    });
  });
});

describe('usage', () => {
  it('sums the iterations that are the model’s own', () => {
    const usage = {
      input_tokens: 5,
      output_tokens: 5,
      iterations: [
        { type: 'compaction', input_tokens: 100, output_tokens: 20 },
        { type: 'message', input_tokens: 5, output_tokens: 5, cache_read_input_tokens: 7 },
        { type: 'advisor_message', input_tokens: 1000, output_tokens: 1000 },
      ],
    };
    expect(answer({ usage }).find(({ kind }) => kind === 'usage')).toEqual({
      kind: 'usage',
      usage: { input: 112, output: 25, cacheRead: 7 },
    });
  });

  it('what is absent is unknown, not zero; totals of the end overwrite those of the start', () => {
    const reader = new MessagesReader();
    event(reader, { type: 'message_start', message: { usage: { input_tokens: 9, output_tokens: 1 } } });
    expect(
      event(reader, { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 4 } }),
    ).toContainEqual({ kind: 'usage', usage: { input: 9, output: 4 } });
  });
});

describe('structured output by a forced tool', () => {
  it('is unwrapped to text and ends like one, streamed or not', () => {
    const content: JsonObject[] = [
      { type: 'text', text: 'Here:' },
      { type: 'tool_use', id: 't', name: 'answer', input: { n: 1 } },
    ];
    const steps = read({ ...MESSAGE, content }, new MessagesReader({ formatTool: 'answer' }));
    expect(steps.slice(1, -2)).toEqual([
      { kind: 'text-start', block: 0, choice: 0 },
      { kind: 'text-delta', block: 0, text: '{"n":1}' },
      { kind: 'block-end', block: 0 },
      { kind: 'finish', choice: 0, cause: 'stop', native: 'tool_use' },
    ]);
    const reader = new MessagesReader({ formatTool: 'answer' });
    event(reader, {
      type: 'content_block_start',
      index: 0,
      content_block: { type: 'tool_use', id: 't', name: 'answer', input: {} },
    });
    expect(
      event(reader, {
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'input_json_delta', partial_json: '{"n"' },
      }),
    ).toEqual([{ kind: 'text-delta', block: 0, text: '{"n"' }]);
  });

  it('another tool is a call all the same', () => {
    const steps = read(MESSAGE, new MessagesReader({ formatTool: 'answer' }));
    expect(steps).toContainEqual({ kind: 'finish', choice: 0, cause: 'tool_calls', native: 'tool_use' });
  });
});

describe('failures', () => {
  it.each([
    ['overloaded_error', 503],
    ['rate_limit_error', 429],
    ['invalid_request_error', 400],
    ['api_error', 500],
  ])('%s has its status, in a stream and in a body', (type, status) => {
    const value = { type: 'error', error: { details: null, type, message: 'No' } };
    const step = { kind: 'error', message: 'No', type, status };
    expect(event(new MessagesReader(), value)).toEqual([step]);
    expect(read(value)).toEqual([step]);
  });

  it.each(['{', '[]', '"x"', ''])('%j is no event and no answer', (text) => {
    const error = [{ kind: 'error', message: expect.any(String) as unknown, status: 502 }];
    expect(new MessagesReader().event('x', text)).toEqual(error);
    expect(new MessagesReader().body(Buffer.from(text))).toEqual(error);
  });

  it('arguments that came whole with the start of a call count where no piece follows', () => {
    const reader = new MessagesReader();
    event(reader, {
      type: 'content_block_start',
      index: 0,
      content_block: { type: 'tool_use', id: 't', name: 'f', input: { a: 1 } },
    });
    expect(event(reader, { type: 'content_block_stop', index: 0 })).toEqual([
      { kind: 'call-delta', block: 0, input: '{"a":1}' },
      { kind: 'block-end', block: 0 },
    ]);
  });
});
