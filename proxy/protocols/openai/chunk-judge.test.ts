import { expect, test } from 'vitest';
import { chatCompletions as chat } from './chat-completions.ts';
import { CHAT_SAMPLES } from './chat-samples.fixture.ts';
import { splitEvents } from '../../wire/sse.ts';
import { seededRandom } from '../../core/random.ts';

const streamOf = (name: string) => chat.bodyToStream(Buffer.from(JSON.stringify(CHAT_SAMPLES[name])));
const judge = (...events: (string | Buffer)[]) => chat.judgeStream(events.map((event) => Buffer.from(event)));
const done = 'data: [DONE]\n\n';
const piece = (index: number, finish: string | null = null) =>
  `data: {"id":"c","choices":[{"index":${index},"delta":{"content":"a"},"finish_reason":${JSON.stringify(finish)}}]}\n\n`;

const empty = (index: number, finish: string) => piece(index, finish).replace('"content":"a"', '"content":""');
const reasoning = piece(0).replace('"content"', '"reasoning_content"');
const obfuscated = piece(0).replace('}\n', ',"obfuscation":"aB3dE"}\n');

test.each(Object.keys(CHAT_SAMPLES))('%s: no cut of the stream is complete, at an event or anywhere else', (name) => {
  const events = streamOf(name);
  for (let count = 0; count < events.length; count += 1) expect(judge(...events.slice(0, count)).complete).toBe(false);
  const bytes = Buffer.concat(events);
  const random = seededRandom(7);
  const cuts = Array.from({ length: 40 }, () => Math.floor(random() * bytes.length));
  for (const cut of [...cuts, bytes.length - 1, bytes.length - 2, bytes.length - 3]) {
    expect(chat.judgeStream(splitEvents(bytes.subarray(0, cut))).complete).toBe(false);
  }
  expect(chat.judgeStream(splitEvents(bytes))).toMatchObject({ complete: name !== 'empty text', ended: true });
});

test.each([
  ['no event at all', [], { ended: false, reason: 'a choice has no finish_reason' }],
  ['only [DONE]', [done], { ended: false, reason: 'a choice has no finish_reason' }],
  [
    'one of two choices unfinished',
    [piece(0), piece(1), piece(0, 'stop'), done],
    { ended: false, reason: 'a choice has no finish_reason' },
  ],
  [
    'all finished but no [DONE]',
    [piece(0), piece(0, 'stop')],
    { ended: true, unmarked: true, reason: 'the stream ended without [DONE]' },
  ],
  ['[DONE] cut off', [piece(0, 'stop'), 'data: [DONE]\n'], { ended: true, reason: 'the last event is cut off' }],
  ['[DONE] twice', [piece(0, 'stop'), done, done], { ended: true, reason: 'events follow [DONE]' }],
  ['chunks behind [DONE]', [piece(0, 'stop'), done, piece(0)], { ended: true, reason: 'events follow [DONE]' }],
  [
    'a malformed event',
    [piece(0), 'data: {"choices":[{"index":0,"delta":{"content":"x}}\n\n', piece(0, 'stop'), done],
    { ended: true, reason: 'an event is not a JSON object' },
  ],
  [
    'an error in the middle',
    [piece(0), 'data: {"error":{"message":"Oops"}}\n\n', done],
    { ended: false, failed: true, id: 'c', reason: 'the stream told of an error: Oops' },
  ],
  [
    'an error as finish_reason',
    [piece(0), piece(0, 'error'), done],
    { ended: false, reason: 'the stream told of an error: a choice ended with an error' },
  ],
  [
    'a flat error in the middle',
    [piece(0), 'data: {"object":"error","message":"Oops"}\n\n', done],
    { ended: false, reason: 'the stream told of an error: Oops' },
  ],
  [
    'an end by a filter',
    [piece(0, 'content_filter'), done],
    { ended: true, reason: "a choice ended with 'content_filter'" },
  ],
  [
    'an end for want of capacity',
    [piece(0, 'insufficient_system_resource'), done],
    { ended: true, reason: "a choice ended with 'insufficient_system_resource'" },
  ],
  ['an end by a word that is not known', [piece(0, 'new'), done], { ended: true, reason: "a choice ended with 'new'" }],
  [
    'an end at a limit',
    [piece(0), piece(0, 'length'), done],
    { ended: true, atLimit: true, reason: 'a choice ended at a limit of tokens' },
  ],
  [
    'a choice without anything in it',
    [piece(0), empty(1, 'stop'), piece(0, 'stop'), done],
    { ended: true, reason: 'a choice is empty' },
  ],
  ['reasoning alone', [reasoning, empty(0, 'stop'), done], { ended: true, reason: 'a choice is empty' }],
  [
    'text behind the end of its choice',
    [piece(0, 'stop'), piece(0), done],
    { ended: true, reason: 'a choice goes on behind its finish_reason' },
  ],
  ['two ends', [piece(0, 'stop'), empty(0, 'length'), done], { ended: true, reason: 'a choice ended twice' }],
  [
    'events of two answers',
    [piece(0), piece(0, 'stop').replace('"c"', '"d"'), done],
    { ended: true, reason: 'the events belong to two answers' },
  ],
  [
    'an event that came twice',
    [obfuscated, obfuscated, empty(0, 'stop'), done],
    { ended: true, reason: 'an event came twice' },
  ],
])('%s is not complete', (_, events, facts) => {
  expect(judge(...events)).toEqual({
    complete: false,
    encryptedItems: [],
    ...(events.length > 1 ? { id: 'c' } : {}),
    ...facts,
  });
});

test('comments anywhere, CRLF and several choices are complete', () => {
  const crlf = (event: string) => event.replaceAll('\n', '\r\n');
  expect(judge(': hi\n\n', piece(0), piece(1), piece(1, 'eos'), piece(0, 'stop'), done, ': bye\n\n').complete).toBe(
    true,
  );
  expect(judge(crlf(piece(0, 'stop')), crlf(done)).complete).toBe(true);
  expect(judge(piece(0, 'stop').replaceAll('\n', '\r'), done.replaceAll('\n', '\r')).complete).toBe(true);
});

test.each([
  ['cut JSON', '{"id":"c","choices":[{"finish_re', { ended: false, reason: 'the body is not a JSON object' }],
  ['a list', '[]', { ended: false, reason: 'the body is not a JSON object' }],
  [
    'an error',
    '{"error":{"message":"m"}}',
    { ended: false, error: { error: { message: 'm' } }, reason: 'the body tells of an error: m' },
  ],
  [
    'a flat error',
    '{"object":"error","message":"m"}',
    { ended: false, error: { object: 'error', message: 'm' }, reason: 'the body tells of an error: m' },
  ],
  [
    'an error without a name',
    '{"detail":[{"msg":"m"}]}',
    { ended: false, error: { detail: [{ msg: 'm' }] }, reason: 'the body tells of an error: ' },
  ],
  [
    'an error as finish_reason',
    '{"id":"c","choices":[{"index":0,"message":{"content":"a"},"finish_reason":"error"}]}',
    { ended: false, id: 'c', reason: 'a choice ended with an error' },
  ],
  [
    'an end by a filter',
    '{"id":"c","choices":[{"index":0,"finish_reason":"content_filter"}]}',
    { ended: true, id: 'c', reason: "a choice ended with 'content_filter'" },
  ],
  [
    'nothing in it',
    '{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"","tool_calls":[]},"finish_reason":"stop"}]}',
    { ended: true, id: 'c', reason: 'a choice is empty' },
  ],
  [
    'an end at a limit',
    '{"id":"c","choices":[{"index":0,"message":{"content":"a"},"finish_reason":"length"}]}',
    { ended: true, id: 'c', atLimit: true, reason: 'a choice ended at a limit of tokens' },
  ],
  ['something else', '{"ok":true}', { ended: false, reason: 'the body has no choices' }],
  [
    'an unfinished choice',
    '{"id":"c","choices":[{"index":0,"finish_reason":"stop"},{"index":1}]}',
    { ended: true, id: 'c', reason: 'a choice has no finish_reason' },
  ],
])('a body with %s is not complete', (_, body, facts) => {
  expect(chat.judgeBody(Buffer.from(body))).toEqual({ complete: false, encryptedItems: [], ...facts });
});

test('gateways may repeat an end, and send what is empty or only usage behind it', () => {
  const usage = 'data: {"id":"c","choices":[],"usage":{"prompt_tokens":1}}\n\n';
  expect(judge(piece(0), empty(0, 'stop'), empty(0, 'stop'), usage, done)).toMatchObject({
    complete: true,
    usage: { input: 1 },
  });
  // Equal text twice is text: only what random padding tells apart can be known to be one event.
  expect(judge(piece(0), piece(0), empty(0, 'stop'), done).complete).toBe(true);
  for (const letters of ['', 'aB3d']) {
    const padded = obfuscated.replace('aB3dE', letters);
    expect(judge(padded, padded, empty(0, 'stop'), done).complete).toBe(true);
  }
});

test('usage stands beside choices, in the last chunk, or where Groq puts it', () => {
  const beside = piece(0, 'stop').replace('{"id"', '{"usage":{"prompt_tokens":7,"completion_tokens":2},"id"');
  expect(judge(beside, done).usage).toEqual({ input: 7, output: 2 });
  const groq = piece(0, 'stop').replace(
    '{"id"',
    '{"x_groq":{"id":"r","usage":{"prompt_tokens":8,"completion_tokens":3}},"id"',
  );
  expect(judge(groq, done).usage).toEqual({ input: 8, output: 3 });
});
