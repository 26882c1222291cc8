import { expect, test } from 'vitest';
import { PROTOCOLS } from '../protocols/table.ts';
import { record } from './recorder.ts';
import type { Answer } from './recorder.ts';
import { Replayer } from './replayer.ts';

const TERMS = { now: 0, ttlMs: 1_000, maxBytes: 1_000_000 };
const EVERYTHING = { includeUsage: true, includeObfuscation: true };

function chunk(choices: unknown[], rest: object = {}): string {
  const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o-2024-08-06' };
  return `data: ${JSON.stringify({ ...head, choices, ...rest })}\n\n`;
}

const CHAT = [
  chunk([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]),
  chunk([{ index: 0, delta: { content: 'Hé' }, finish_reason: null }]),
  chunk([{ index: 0, delta: { content: 'llo' }, finish_reason: null }]),
  chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]),
  chunk([], { usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } }),
  'data: [DONE]\n\n',
];

const MESSAGE = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi' }] };
const RESPONSE = { id: 'resp_1', object: 'response', output: [MESSAGE], usage: null };

function event(type: string, sequence: number, status: string): string {
  const data = { type, sequence_number: sequence, response: { ...RESPONSE, status } };
  return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

const RESPONSES = [
  event('response.created', 0, 'in_progress'),
  event('response.in_progress', 1, 'in_progress'),
  event('response.completed', 2, 'completed'),
];

function answer(operation: 'chat.completions' | 'responses', chunks: Buffer[]): Answer {
  return {
    protocol: PROTOCOLS[operation],
    model: 'gpt-4o',
    shape: 'stream',
    status: 200,
    headers: [['content-type', 'text/event-stream; charset=utf-8']],
    chunks,
    times: chunks.map(() => 0),
    endpoint: 'gpt-4o/one',
    target: { provider: 'openai', address: 'https://one.example/v1', model: 'gpt-4o' },
    kept: false,
  };
}

const STREAMS = [
  ['chat.completions', CHAT],
  ['responses', RESPONSES],
] as const;

test.each(STREAMS)('a whole %s stream is recorded and replayed byte for byte', (operation, events) => {
  const result = record(answer(operation, [Buffer.from(events.join(''))]), TERMS);
  if (!('recording' in result)) throw new Error(result.rejected);
  expect(result.recording.ends).toHaveLength(events.length);
  const replay = new Replayer(PROTOCOLS).replay(result.recording, { stream: true, view: EVERYTHING });
  expect(replay.body.toString()).toBe(events.join(''));
});

test.each(STREAMS)('a %s stream that ends at any earlier event is not recorded', (operation, events) => {
  for (let count = 0; count < events.length; count++) {
    const cut = answer(operation, [Buffer.from(events.slice(0, count).join(''))]);
    expect(record(cut, TERMS)).toHaveProperty('rejected');
  }
});

test.each(STREAMS)('a %s stream that is cut at any byte is not recorded', (operation, events) => {
  const whole = Buffer.from(events.join(''));
  for (let length = 0; length < whole.length; length++) {
    expect(record(answer(operation, [whole.subarray(0, length)]), TERMS)).toHaveProperty('rejected');
  }
});

test.each(STREAMS)('a %s stream with an error event in it is not recorded', (operation, events) => {
  const error = PROTOCOLS[operation].errorEvent({ message: 'overloaded', type: 'server_error', code: 'x' });
  for (let at = 0; at <= events.length; at++) {
    const chunks: Buffer[] = events.map((text) => Buffer.from(text));
    chunks.splice(at, 0, error);
    expect(record(answer(operation, chunks), TERMS)).toHaveProperty('rejected');
  }
});

test('a recorded chat stream hides its usage from clients that did not ask, and answers as JSON with it', () => {
  const result = record(answer('chat.completions', [Buffer.from(CHAT.join(''))]), TERMS);
  if (!('recording' in result)) throw new Error(result.rejected);
  const replayer = new Replayer(PROTOCOLS);
  const view = { includeUsage: false, includeObfuscation: true };
  const stream = replayer.replay(result.recording, { stream: true, view }).body.toString();
  expect(stream).toBe([...CHAT.slice(0, 4), CHAT[5]].join(''));
  const body: unknown = JSON.parse(replayer.replay(result.recording, { stream: false, view }).body.toString());
  expect(body).toMatchObject({
    object: 'chat.completion',
    choices: [{ message: { content: 'Héllo' }, finish_reason: 'stop' }],
    usage: { total_tokens: 5 },
  });
});
