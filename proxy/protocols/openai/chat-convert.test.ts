import * as fc from 'fast-check';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { chatCompletions as chat } from './chat-completions.ts';
import { CHAT_SAMPLES } from './chat-samples.fixture.ts';
import { parseEvent } from '../../wire/sse-event.ts';

const samples = Object.entries(CHAT_SAMPLES).map(
  ([name, body]) => [name, Buffer.from(JSON.stringify(body, null, 2))] as const,
);

/** The official SDK, given these bytes as the answer. */
function sdk(bytes: Buffer, type: string): OpenAI {
  return new OpenAI({
    apiKey: 'none',
    maxRetries: 0,
    fetch: async () => new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }),
  });
}

const ask = { model: 'm', messages: [{ role: 'user' as const, content: 'hi' }] };

function payloads(events: readonly Buffer[]): JsonObject[] {
  return events.slice(0, -1).map((event) => JSON.parse(parseEvent(event).data) as JsonObject);
}

function encode(chunks: readonly object[]): Buffer[] {
  const data = [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]'];
  return data.map((text) => Buffer.from(`data: ${text}\n\n`));
}

test.each(samples)(
  '%s: the stream of a body gives back its very bytes, and is complete unless it is empty',
  (name, body) => {
    const events = chat.bodyToStream(body);
    expect(chat.streamToBody(events).toString()).toBe(body.toString());
    expect(chat.judgeStream(events)).toEqual(chat.judgeBody(body));
    expect(chat.judgeStream(events).complete).toBe(name !== 'empty text');
  },
);

test.each(samples)('%s: the official SDK reads the same answer from stream and body', async (name, body) => {
  const events = chat.bodyToStream(body);
  const final = await sdk(Buffer.concat(events), 'text/event-stream')
    .chat.completions.stream(ask)
    .finalChatCompletion();
  const unary = await sdk(body, 'application/json').chat.completions.create(ask);
  const { choices, ...rest } = JSON.parse(JSON.stringify(final)) as typeof final;
  const { choices: expected, ...expectedRest } = JSON.parse(JSON.stringify(unary)) as typeof unary;
  expect(rest.id).toBe(expectedRest.id);
  // The real API's moderation chunk comes last and says `usage: null`, which the SDK takes over.
  if (name !== 'moderation') expect(rest.usage).toEqual(expectedRest.usage);
  expect(choices).toHaveLength(expected.length);
  for (const [index, { message, finish_reason }] of choices.entries()) {
    expect(finish_reason).toBe(expected[index]?.finish_reason);
    expect(message.content).toBe(expected[index]?.message.content);
    expect(message.refusal).toBe(expected[index]?.message.refusal);
    // The SDK's accumulator of deltas knows function tools only.
    if (name !== 'a custom tool call') expect(message.tool_calls).toEqual(expected[index]?.message.tool_calls);
  }
});

test.each(samples)('%s: the chunks follow the grammar of the real API', (_, body) => {
  const events = chat.bodyToStream(body);
  const chunks = payloads(events);
  expect(events.at(-1)?.toString()).toBe('data: [DONE]\n\n');
  const answer = JSON.parse(body.toString()) as JsonObject;
  for (const chunk of chunks) {
    const { id, object, created, model } = chunk;
    expect({ id, object, created, model }).toEqual({
      id: answer['id'],
      object: 'chat.completion.chunk',
      created: answer['created'],
      model: answer['model'],
    });
    expect((chunk['choices'] as unknown[]).length).toBeLessThanOrEqual(1);
    expect('usage' in chunk).toBe('usage' in answer);
  }
  const withUsage = chunks.filter((chunk) => chunk['usage']);
  expect(withUsage.map((chunk) => [chunk['choices'], chunk['usage']])).toEqual(
    answer['usage'] ? [[[], answer['usage']]] : [],
  );
});

test('roles, calls and refusals open as the real API opens them', () => {
  const deltas = (name: string) =>
    payloads(chat.bodyToStream(Buffer.from(JSON.stringify(CHAT_SAMPLES[name]))))
      .flatMap((chunk) => chunk['choices'] as JsonObject[])
      .map((choice) => choice['delta']);
  expect(deltas('text').slice(0, 2)).toEqual([{ role: 'assistant', content: '', refusal: null }, { content: 'Héllo' }]);
  expect(deltas('one tool call').slice(0, 2)).toEqual([
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '' } }],
      refusal: null,
    },
    { tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] },
  ]);
  expect(deltas('parallel tool calls').slice(0, 2)).toEqual([
    { role: 'assistant', content: null },
    { tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '' } }] },
  ]);
  expect(deltas('refusal').slice(0, 2)).toEqual([
    { role: 'assistant', content: null, refusal: '' },
    { refusal: "I'm" },
  ]);
});

test('a stream with everything that providers do becomes the body of the same generation', () => {
  const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 5, model: 'gpt' };
  const chunk = (delta: object, more: object = {}) => ({
    ...head,
    choices: [{ index: 0, delta, finish_reason: null, ...more }],
    usage: null,
    obfuscation: 'x1',
  });
  const stream = encode([
    { id: '', object: '', created: 0, model: '', choices: [], prompt_filter_results: [{ prompt_index: 0 }] },
    chunk({ role: 'assistant', content: '' }, { content_filter_results: {} }),
    chunk({ reasoning_content: 'Let me ' }),
    chunk({ reasoning_content: 'think.' }),
    chunk({ tool_calls: [{ index: 1, id: 'b', type: 'function', function: { name: 'g', arguments: '' } }] }),
    chunk({ tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '{' } }] }),
    chunk({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '}' } }] }),
    chunk({ audio: { id: 'audio_1', data: 'YWI=' } }),
    chunk({ audio: { data: 'Y2Q=', transcript: 'abcd' } }),
    chunk({ audio: { expires_at: 9 } }),
    chunk({}, { finish_reason: 'tool_calls', content_filter_results: { hate: { filtered: false } } }),
    { ...head, choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3, cost: 1 } },
  ]);
  expect(JSON.parse(chat.streamToBody(stream).toString())).toEqual({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 5,
    model: 'gpt',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } },
            { id: 'b', type: 'function', function: { name: 'g', arguments: '' } },
          ],
          refusal: null,
          annotations: [],
          audio: { id: 'audio_1', expires_at: 9, data: 'YWJjZA==', transcript: 'abcd' },
          reasoning_content: 'Let me think.',
        },
        finish_reason: 'tool_calls',
        content_filter_results: { hate: { filtered: false } },
      },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3, cost: 1 },
    prompt_filter_results: [{ prompt_index: 0 }],
  });
});

test('numbers keep their spelling both ways', () => {
  const body = Buffer.from(
    '{"id":"c","created":1,"choices":[{"index":0,"message":{"role":"assistant","content":"a"},"logprobs":{"content":[{"token":"a","logprob":-0.0,"x":1.50,"big":12345678901234567890}],"refusal":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1.0,"cost":1e-7}}',
  );
  const back = chat.streamToBody(chat.bodyToStream(body)).toString();
  for (const spelling of ['"logprob": -0.0', '"x": 1.50', '"big": 12345678901234567890', ': 1.0,', '"cost": 1e-7']) {
    expect(back).toContain(spelling);
  }
});

test('any text survives in any cut, through stream and body', () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom('"', '\\', '\n', '\r', ' ', '\u2028', '😀'),
      fc.string({ unit: 'binary', maxLength: 1 }),
    ),
  });
  fc.assert(
    fc.property(text, text, (content, args) => {
      const tool_calls = [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: args } }];
      const message = { role: 'assistant', content, tool_calls, refusal: null, annotations: [] };
      const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' }];
      const events = chat.bodyToStream(Buffer.from(JSON.stringify({ id: 'c', choices })));
      const back = JSON.parse(chat.streamToBody(events).toString()) as { choices: unknown };
      expect(back.choices).toEqual([
        { ...choices[0], message: { ...message, content: content === '' ? null : content } },
      ]);
    }),
  );
});
