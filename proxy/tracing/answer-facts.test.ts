import { expect, test } from 'vitest';
import type { OperationId } from '../protocols/types.ts';
import { answeredWith } from './answer-facts.ts';

const parts = (...texts: string[]): Buffer[] => texts.map((text) => Buffer.from(text));
const read = (operation: OperationId, ...texts: string[]) =>
  answeredWith({ operation, request: undefined, answer: parts(...texts) });
const LONG = 'x'.repeat(20_000);

test.each<[string, OperationId, string[], string | undefined, string[]]>([
  [
    'a chat completion of two choices',
    'chat.completions',
    [
      '{"model": "gpt-x", "choices": [{"message":{"content":"a"},"finish_reason":"stop"},{"message":{"content":"b"},"finish_reason":"length"}]}',
    ],
    'gpt-x',
    ['stop', 'length'],
  ],
  [
    'a long stream of chunks',
    'chat.completions',
    [
      'data: {"id":"c","model":"gpt-x","choices":[{"delta":{},"finish_reason":null}]}\n\n',
      `data: {"choices":[{"delta":{"content":"${LONG}"},"finish_reason":null}]}\n\n`,
      'data: {"choices":[{"delta":{},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n',
    ],
    'gpt-x',
    ['tool_calls'],
  ],
  [
    'a message',
    'messages',
    [`{"type":"message","model":"claude-x","content":[{"text":"${LONG}"}],"stop_reason":"end_turn"}`],
    'claude-x',
    ['end_turn'],
  ],
  [
    'content of Gemini',
    'gemini.generate',
    [`{"candidates":[{"content":{"text":"${LONG}"},"finishReason":"STOP"}],"modelVersion":"gemini-x"}`],
    'gemini-x',
    ['STOP'],
  ],
  [
    'a response',
    'responses',
    [`{"id":"r","status":"incomplete","model":"gpt-x","output":[{"status":"completed","text":"${LONG}"}]}`],
    'gpt-x',
    ['incomplete'],
  ],
  [
    'a stream of a response',
    'responses',
    [
      'data: {"type":"response.created","response":{"status":"in_progress","model":"gpt-x"}}\n\n',
      `data: {"type":"x","delta":"${LONG}"}\n\ndata: {"type":"response.completed","response":{}}\n\n`,
    ],
    'gpt-x',
    ['completed'],
  ],
  ['no answer', 'chat.completions', [], undefined, []],
  ['an answer that is no JSON', 'chat.completions', ['<html>'], undefined, []],
])('of %s: its model and why it ended', (_what, operation, texts, model, finishReasons) => {
  expect(read(operation, ...texts)).toEqual({ ...(model === undefined ? {} : { model }), finishReasons });
});

test('what a text quotes is no member, and sentences are no values', () => {
  const quoted = JSON.stringify({ content: '{"model":"quoted","finish_reason":"quoted"}', finish_reason: 'stop' });
  expect(read('chat.completions', quoted)).toEqual({ finishReasons: ['stop'] });
  expect(read('chat.completions', '{"model":"a whole sentence","finish_reason":"another one"}')).toEqual({
    finishReasons: [],
  });
});
