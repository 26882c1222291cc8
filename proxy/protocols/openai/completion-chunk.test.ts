import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { chatCompletions as chat } from './chat-completions.ts';
import { completions } from './completions.ts';
import { CHAT_SAMPLES } from './chat-samples.fixture.ts';
import { readChunk } from './completion-chunk.ts';
import { readPlainChunk } from './plain-event.ts';
import { parseEvent } from '../../wire/sse-event.ts';

const chunk = (choices: string, more = '') =>
  `data: {"id":"chatcmpl-1","created":5,"model":"m","choices":[${choices}]${more}}\n\n`;
const delta = (members: string, finish = 'null') =>
  chunk(`{"index":0,"delta":{${members}},"logprobs":null,"finish_reason":${finish}}`, ',"usage":null');
const text = (json: string, finish = 'null') =>
  chunk(`{"text":${json},"index":0,"logprobs":null,"finish_reason":${finish}}`);

test.each([
  ['open', 'a role', delta('"role":"assistant","content":"","refusal":null')],
  ['open', 'a role alone', delta('"role":"assistant"')],
  ['open', 'an empty delta', delta('')],
  ['open', 'empty content', delta('"content":""')],
  ['open', 'empty tool calls', delta('"tool_calls":[]')],
  ['open', 'the prelude of Azure', chunk('', ',"prompt_filter_results":[]')],
  ['open', 'usage', chunk('', ',"usage":{"prompt_tokens":1}')],
  ['open', 'no text', text('""')],
  ['content', 'content', delta('"content":"a"')],
  ['content', 'content that looks like its end', delta('"content":"\\"finish_reason\\":null"')],
  ['content', 'a role with content', delta('"role":"assistant","content":"a"')],
  ['content', 'a refusal', delta('"refusal":"No"')],
  ['content', 'reasoning', delta('"reasoning_content":"Hm"')],
  [
    'content',
    'a tool call',
    delta(
      '"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":""}}]',
    ),
  ],
  ['content', 'arguments', delta('"tool_calls":[{"index":0,"function":{"arguments":"{"}}]')],
  ['content', 'a function call', delta('"function_call":{"name":"f"}')],
  ['content', 'audio', delta('"audio":{"id":"a"}')],
  ['content', 'the end of a choice', delta('', '"stop"')],
  ['content', 'text', text('"a"')],
  ['content', 'the end of a text', text('""', '"length"')],
  ['end', '[DONE]', 'data: [DONE]\n\n'],
  ['end', '[DONE] without a space', 'data:[DONE]\r\n\r\n'],
  ['other', 'a comment', ': keep-alive\n\n'],
  ['other', 'no payload', 'event: ping\n\n'],
  ['other', 'cut JSON', 'data: {"id":"chat'],
  ['other', 'a bare value', 'data: 5\n\n'],
  ['error', 'an error', 'data: {"error":{"message":"m","type":"server_error","param":null,"code":null}}\n\n'],
  [
    'error',
    'an error beside choices',
    chunk('{"index":0,"delta":{"content":"a"},"finish_reason":null}', ',"error":{"message":"m"}'),
  ],
  ['error', 'an error as a string', 'data: {"error":"m"}\n\n'],
  ['error', 'an error event', 'event: error\ndata: {"message":"m"}\n\n'],
])('%s: %s', (kind, _, event) => {
  const facts = readChunk(Buffer.from(event));
  expect(facts.kind).toBe(kind);
  if (kind === 'error') expect(facts.message).toBe('m');
});

test('id and usage are read, an error of null is none', () => {
  const usage =
    '{"prompt_tokens":5,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":1}}';
  expect(chat.readEvent(Buffer.from(chunk('', `,"error":null,"usage":${usage}`)))).toMatchObject({
    kind: 'open',
    id: 'chatcmpl-1',
    usage: { input: 5, output: 2, cachedInput: 4, reasoning: 1 },
  });
  expect(completions.readEvent(Buffer.from(text('"a"')))).toMatchObject({ kind: 'content', id: 'chatcmpl-1' });
  expect(chat.readEvent(Buffer.from('data: {"id":"","choices":[]}\n\n'))).not.toHaveProperty('id');
});

const events = Object.values(CHAT_SAMPLES).flatMap((body) => chat.bodyToStream(Buffer.from(JSON.stringify(body))));

test('the chunks that streams are made of are read without parsing', () => {
  const plain = [
    'delta":{"content":"',
    'delta":{"tool_calls":[{"index":0,"function":{"arguments":"',
    'delta":{"refusal":"',
  ];
  for (const event of events) {
    const usual = plain.some((start) => event.includes(start)) && event.includes('"logprobs":null');
    if (usual && !event.includes('prompt_filter_results')) expect(readPlainChunk(event)).toBeDefined();
  }
  expect(readPlainChunk(Buffer.from(text('"a"')))).toEqual({
    id: 'chatcmpl-1',
    index: 0,
    content: true,
    answers: true,
  });
});

test('a number with a leading zero is no JSON and is not read without parsing', () => {
  const chunk = (index: string, call: string) =>
    Buffer.from(
      `data: {"id":"chatcmpl-1","choices":[{"index":${index},"delta":{"tool_calls":[{"index":${call},"function":` +
        `{"arguments":"{}"}}]},"finish_reason":null}]}\n\n`,
    );
  expect(readPlainChunk(chunk('0', '1'))).toBeDefined();
  expect(readPlainChunk(chunk('00', '1'))).toBeUndefined();
  expect(readPlainChunk(chunk('0', '01'))).toBeUndefined();
});

test('what is read without parsing is what parsing gives, whatever happened to the bytes', () => {
  const damage = fc.record({
    at: fc.nat(400),
    drop: fc.nat(6),
    put: fc.constantFrom('', '"', '\\', '}', ']', ',', '01', '\n', 'é', '"error":1,', '\\x'),
  });
  fc.assert(
    fc.property(fc.constantFrom(...events), fc.array(damage, { maxLength: 2 }), (event, damages) => {
      let bytes = event;
      for (const { at, drop, put } of damages) {
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(put), bytes.subarray(at + drop)]);
      }
      const plain = readPlainChunk(bytes);
      if (plain === undefined) return;
      const { id, choices, ...rest } = JSON.parse(parseEvent(bytes).data) as {
        id: string;
        choices: { index: number; finish_reason: null }[];
      };
      expect({ id, index: choices.map(({ index }) => index) }).toEqual({ id: plain.id, index: [plain.index] });
      expect(choices[0]?.finish_reason).toBeNull();
      expect(rest).not.toHaveProperty('error');
      // A space keeps the pattern from matching, so this is the parsed reading.
      const parsed = readChunk(Buffer.from(`data: ${parseEvent(bytes).data.replace('{', '{ ')}\n\n`));
      expect(readChunk(bytes)).toEqual(parsed);
    }),
    { numRuns: 20_000 },
  );
});
