import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions';
import { describe, expect, test } from 'vitest';
import type { JsonReply, Random, StreamReply } from '../reply.ts';
import { secureRandom } from '../../generation/random.ts';
import { bodyOf, call, dataOf, TEST_NOW, testContext } from '../testing.ts';

const hello = [{ role: 'user', content: 'Hello from LLMProxy' }];
const ask = (body: object, over = {}) =>
  call('chat.completions', { body: { model: 'gpt-4o-mini', messages: hello, ...body } }, testContext(over));
const eventsOf = (body: object, over = {}) => [...(ask({ stream: true, ...body }, over) as StreamReply).events];

const completionOf = (body: object, over = {}) => bodyOf(ask(body, over)) as ChatCompletion;
const chunksOf = (body: object, over = {}) =>
  dataOf(ask({ stream: true, ...body }, over)) as readonly ChatCompletionChunk[];
const deltasOf = (body: object, over = {}) =>
  chunksOf(body, over).flatMap(({ choices }) => choices.map(({ delta }) => delta));

const tools = [
  {
    type: 'function',
    function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
  },
  { type: 'function', function: { name: 'add_calendar', parameters: { type: 'object', properties: {} } } },
];
const user = (content: string) => ({ messages: [{ role: 'user', content }] });

describe('whole', () => {
  test('the body has the provider’s keys in its order, pretty-printed', () => {
    const reply = ask({}) as JsonReply;
    expect(reply.body.startsWith('{\n  "id": "chatcmpl-')).toBe(true);
    const body = JSON.parse(reply.body) as { id: string; created: number; choices: readonly { message: object }[] };
    expect(Object.keys(body)).toEqual([
      'id',
      'object',
      'created',
      'model',
      'choices',
      'usage',
      'service_tier',
      'system_fingerprint',
    ]);
    expect(Object.keys(body.choices[0]!)).toEqual(['index', 'message', 'logprobs', 'finish_reason']);
    expect(body.choices[0]!.message).toEqual({
      role: 'assistant',
      content: 'Hello from LLMProxy!',
      refusal: null,
      annotations: [],
    });
    expect(body.id).toMatch(/^chatcmpl-[A-Za-z0-9]{29}$/);
    expect(body.created).toBe(TEST_NOW);
  });

  test('a reasoning model has no logprobs key, no fingerprint, and reasoning tokens in its usage', () => {
    const body = completionOf({ model: 'gpt-5-mini' });
    expect(Object.keys(body.choices[0]!)).toEqual(['index', 'message', 'finish_reason']);
    expect(body.system_fingerprint).toBeNull();
    // 6 tokens of text, 9 that the model always adds, 128 of reasoning.
    expect(body.usage?.completion_tokens).toBe(6 + 9 + 128);
    expect(body.usage?.completion_tokens_details?.reasoning_tokens).toBe(128);
  });

  test('prompt tokens are 3, and 3 with role and content for each message', () => {
    const messages = [
      { role: 'system', content: 'You are a helpful assistant.' },
      { role: 'user', content: 'Hello!', name: 'ada' },
    ];
    const tokens = (model: string) => completionOf({ model, messages }).usage!.prompt_tokens;
    expect(tokens('gpt-4o')).toBe(3 + (3 + 1 + 6) + (3 + 1 + 2 + 1 + 1));
    expect(tokens('gpt-5')).toBe(tokens('gpt-4o') - 1);
  });

  test('n choices are counted n times', () => {
    const body = completionOf({ n: 3 });
    expect(body.choices).toHaveLength(3);
    expect(body.usage?.completion_tokens).toBe(18);
  });

  test('tool calls stand between content and refusal, with ids of 24', () => {
    const body = completionOf({ ...user('weather'), tools });
    const [choice] = body.choices;
    expect(Object.keys(choice!.message)).toEqual(['role', 'content', 'tool_calls', 'refusal', 'annotations']);
    expect(choice).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
    expect(choice!.message.tool_calls).toEqual([
      {
        id: expect.stringMatching(/^call_[A-Za-z0-9]{24}$/),
        type: 'function',
        function: { name: 'get_weather', arguments: '{"city":"Berlin"}' },
      },
    ]);
  });

  test('a tool’s answer ends the loop with a text that repeats it', () => {
    const messages = [
      { role: 'user', content: 'weather' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
    ];
    const body = completionOf({ messages, tools });
    expect(body.choices[0]!.message.content).toBe('get_weather returned: sunny');
  });

  test('logprobs carry the bytes of every token and the asked number of alternatives', () => {
    const body = completionOf({ ...user('é😀'), logprobs: true, top_logprobs: 2 });
    const content = body.choices[0]!.logprobs!.content!;
    expect(Buffer.from(content.flatMap(({ bytes }) => bytes ?? [])).toString()).toBe('Mock response to: é😀');
    expect(content.every(({ top_logprobs: top }) => top.length === 2)).toBe(true);
  });

  test('a scripted refusal has no content', () => {
    const body = completionOf({}, { scripted: { refusal: 'No.' } });
    expect(body.choices[0]).toMatchObject({ message: { content: null, refusal: 'No.' }, finish_reason: 'stop' });
  });

  test('equal requests differ in nothing but ids', () => {
    const strip = (random: Random) => JSON.stringify(completionOf({}, { random })).replaceAll(/chatcmpl-\w+/g, '');
    expect(strip(secureRandom())).toBe(strip(secureRandom()));
  });
});

describe('streamed', () => {
  test('every event is one compact data line with a blank line, and the last is [DONE]', () => {
    const bytes = eventsOf({}).map((event) => event.bytes);
    expect(bytes.every((text) => /^data: [^\n]+\n\n$/.test(text))).toBe(true);
    expect(bytes.at(-1)).toBe('data: [DONE]\n\n');
    expect(bytes.at(-2)).toContain('"finish_reason":"stop"');
  });

  test('role first, then the pieces, then an empty delta with the reason', () => {
    expect(deltasOf({})).toEqual([
      { role: 'assistant', content: '', refusal: null },
      ...['Hello', ' from', ' L', 'LM', 'Proxy', '!'].map((content) => ({ content })),
      {},
    ]);
    expect(eventsOf({}).map(({ kind }) => kind)).toEqual([
      'open',
      ...Array<string>(6).fill('content'),
      'close',
      'close',
    ]);
  });

  test.each(['plain ascii', 'em — dash', 'astral 😀 and 日本語'])(
    'obfuscation pads every payload of "%s" to 1 modulo 16 characters',
    (text) => {
      const payloads = eventsOf({ ...user(text), stream_options: { include_usage: true } })
        .map((event) => event.bytes.slice('data: '.length, -2))
        .filter((payload) => payload !== '[DONE]');
      expect(payloads.map((payload) => Array.from(payload).length % 16)).toEqual(payloads.map(() => 1));
      for (const payload of payloads) expect(payload).toMatch(/"obfuscation":"[A-Za-z0-9]{0,15}"\}$/);
    },
  );

  test('obfuscation is left out when the request says so', () => {
    const chunks = chunksOf({ stream_options: { include_obfuscation: false } });
    expect(chunks.some((chunk) => 'obfuscation' in chunk)).toBe(false);
  });

  test('with include_usage every chunk has usage null and one more has the count', () => {
    const chunks = chunksOf({ stream_options: { include_usage: true } });
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 12, completion_tokens: 6, total_tokens: 18 },
    });
    expect(chunksOf({}).some((chunk) => 'usage' in chunk)).toBe(false);
  });

  test('choices take turns, each with its own role and finish', () => {
    const chunks = chunksOf({ ...user('2+2'), n: 2 });
    expect(chunks.map(({ choices }) => choices[0]!.index)).toEqual([0, 1, 0, 1, 0, 1]);
    expect(chunks.map(({ choices }) => choices[0]!.finish_reason)).toEqual([null, null, null, null, 'stop', 'stop']);
  });

  test('a single call opens in the role delta', () => {
    const [first, ...rest] = deltasOf({ ...user('weather'), tools });
    expect(first).toMatchObject({
      role: 'assistant',
      content: null,
      tool_calls: [{ index: 0, type: 'function', function: { name: 'get_weather', arguments: '' } }],
    });
    const pieces = rest.slice(0, -1).map((delta) => delta.tool_calls![0]!);
    expect(pieces.map((piece) => Object.keys(piece))).toEqual(pieces.map(() => ['index', 'function']));
    expect(pieces.map((piece) => piece.function?.arguments).join('')).toBe('{"city":"Berlin"}');
  });

  test('parallel calls open one after the other after a bare role delta', () => {
    const deltas = deltasOf({ ...user('weather for my calendar'), tools });
    expect(deltas[0]).toEqual({ role: 'assistant', content: null });
    const indexes = deltas.slice(1, -1).map((delta) => delta.tool_calls![0]!.index);
    expect(indexes).toEqual(indexes.toSorted((one, other) => one - other));
    expect(new Set(indexes)).toEqual(new Set([0, 1]));
  });

  test('a refusal streams in its own member', () => {
    const deltas = deltasOf({}, { scripted: { refusal: 'No way.' } });
    expect(deltas[0]).toEqual({ role: 'assistant', content: null, refusal: '' });
    expect(
      deltas
        .slice(1, -1)
        .map((delta) => delta.refusal)
        .join(''),
    ).toBe('No way.');
  });

  test('logprobs are empty at the role, filled at the pieces and null at the end', () => {
    const chunks = chunksOf({ ...user('2+2'), logprobs: true });
    const logprobs = chunks.map(({ choices }) => choices[0]!.logprobs);
    expect(logprobs[0]).toEqual({ content: [], refusal: null });
    expect(logprobs[1]).toMatchObject({ content: [{ token: '4', bytes: [52], top_logprobs: [] }], refusal: null });
    expect(logprobs[2]).toBeNull();
    expect(chunksOf({ model: 'gpt-5' }).every(({ choices }) => !('logprobs' in choices[0]!))).toBe(true);
  });

  test('scripted chunks are the deltas', () => {
    const deltas = deltasOf({}, { scripted: { chunks: ['a', '', 'b c'] } });
    expect(deltas.slice(1, -1)).toEqual([{ content: 'a' }, { content: '' }, { content: 'b c' }]);
  });

  test('the older functions stream as function_call', () => {
    const body = {
      ...user('weather'),
      functions: [{ name: 'get_weather', parameters: { type: 'object', properties: {} } }],
    };
    expect(deltasOf(body)[0]).toMatchObject({
      role: 'assistant',
      content: null,
      function_call: { name: 'get_weather', arguments: '' },
    });
    expect(chunksOf(body).at(-1)!.choices[0]!.finish_reason).toBe('function_call');
  });
});
