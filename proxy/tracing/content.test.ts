import { expect, test } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import { scrub } from '../core/redact.ts';
import type { OperationId } from '../protocols/types.ts';
import { capturedContent } from './content.ts';

function captured(operation: OperationId, request: JsonObject, ...answer: readonly (JsonObject | string)[]) {
  const bytes = answer.map((part) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)));
  const content = { operation, request: Buffer.from(JSON.stringify(request)), answer: bytes };
  const { input, output } = capturedContent(content, scrub);
  return {
    input: input === undefined ? undefined : (JSON.parse(input) as JsonObject[]),
    output: output === undefined ? undefined : (JSON.parse(output) as JsonObject[]),
  };
}

const ask = (content: unknown) => ({ model: 'm', messages: [{ role: 'user', content }] }) as JsonObject;
const text = (content: string) => ({ type: 'text', content });

test('a conversation with a tool, and the call that answers it', () => {
  const { input, output } = captured(
    'chat.completions',
    {
      model: 'm',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'How warm is it?' },
        {
          role: 'assistant',
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"city":"Köln"}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: '12 degrees' },
      ],
    },
    {
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: 'One moment.',
            tool_calls: [{ id: 'c2', type: 'function', function: { name: 'weather', arguments: '{}' } }],
          },
          finish_reason: 'tool_calls',
        },
      ],
    },
  );
  expect(input).toEqual([
    { role: 'system', parts: [text('Be brief.')] },
    { role: 'user', parts: [text('How warm is it?')] },
    { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'weather', arguments: '{"city":"Köln"}' }] },
    { role: 'user', parts: [{ type: 'tool_call_response', id: 'c1', response: '12 degrees' }] },
  ]);
  expect(output).toEqual([
    {
      role: 'assistant',
      parts: [text('One moment.'), { type: 'tool_call', id: 'c2', name: 'weather', arguments: '{}' }],
      finish_reason: 'tool_call',
    },
  ]);
});

test('a stream is put together, choice by choice', () => {
  const chunk = (index: number, delta: object, finish: string | null = null): string =>
    `data: ${JSON.stringify({ choices: [{ index, delta, finish_reason: finish }] })}\n\n`;
  const { output } = captured(
    'chat.completions',
    ask('Hi'),
    chunk(0, { role: 'assistant', content: 'He' }) + chunk(1, { content: 'Good' }),
    chunk(0, { content: 'llo' }) + chunk(1, { content: 'bye' }),
    chunk(1, {}, 'length') + chunk(0, {}, 'stop'),
    'data: [DONE]\n\n',
  );
  expect(output).toEqual([
    { role: 'assistant', parts: [text('Hello')], finish_reason: 'stop' },
    { role: 'assistant', parts: [text('Goodbye')], finish_reason: 'length' },
  ]);
});

test.each<[OperationId, JsonObject, JsonObject]>([
  [
    'messages',
    { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] },
    { type: 'message', role: 'assistant', content: [{ type: 'text', text: 'Hello' }], stop_reason: 'end_turn' },
  ],
  [
    'gemini.generate',
    { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
    { candidates: [{ content: { role: 'model', parts: [{ text: 'Hello' }] }, finishReason: 'STOP' }] },
  ],
  [
    'responses',
    { model: 'm', input: 'Hi' },
    {
      id: 'resp_1',
      object: 'response',
      status: 'completed',
      output: [
        {
          type: 'message',
          id: 'msg_1',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'Hello', annotations: [] }],
        },
      ],
    },
  ],
])('the same for %s', (operation, request, answer) => {
  expect(captured(operation, request, answer)).toEqual({
    input: [{ role: 'user', parts: [text('Hi')] }],
    output: [{ role: 'assistant', parts: [text('Hello')], finish_reason: 'stop' }],
  });
});

test('texts of other operations, and no pictures', () => {
  expect(captured('embeddings', { model: 'm', input: 'Hi' }).input).toEqual([{ role: 'user', parts: [text('Hi')] }]);
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
  expect(captured('chat.completions', ask([image])).input).toEqual([{ role: 'user', parts: [{ type: 'image' }] }]);
});

test('credentials are taken out, whole, before a long text is cut', () => {
  const key = `sk-${'a1'.repeat(20)}`;
  const long = `${'x '.repeat(4_090)}${key} ${'y'.repeat(9_000)}`;
  const { input } = captured('chat.completions', ask(`my key is ${key}`), {});
  expect(JSON.stringify(input)).not.toContain('a1a1');
  const cut = JSON.stringify(captured('chat.completions', ask(long), {}).input);
  expect(cut).not.toContain('a1');
  expect(cut.length).toBeLessThan(8_400);
});

test('of a long conversation the latest messages are kept, and what is too long to be read is left out', () => {
  const messages = Array.from({ length: 40 }, (_, at) => ({ role: 'user', content: `${at} ${'x'.repeat(2_000)}` }));
  const { input } = captured('chat.completions', { model: 'm', messages }, {});
  expect(JSON.stringify(input).length).toBeLessThan(33_000);
  expect(input?.length).toBeGreaterThan(10);
  expect(JSON.stringify(input?.at(-1))).toContain('39 x');
  expect(captured('chat.completions', ask('x'.repeat(300_000)))).toEqual({ input: undefined, output: undefined });
});

test('what is no request or no answer has no messages', () => {
  expect(captured('chat.completions', { model: 'm', messages: 7 as never }, 'oops')).toEqual({
    input: undefined,
    output: undefined,
  });
});
