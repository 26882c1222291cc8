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

test.each(Object.keys(CHAT_SAMPLES))('%s: no cut of the stream is complete, at an event or anywhere else', (name) => {
  const events = streamOf(name);
  for (let count = 0; count < events.length; count += 1) expect(judge(...events.slice(0, count)).complete).toBe(false);
  const bytes = Buffer.concat(events);
  const random = seededRandom(7);
  const cuts = Array.from({ length: 40 }, () => Math.floor(random() * bytes.length));
  for (const cut of [...cuts, bytes.length - 1, bytes.length - 2, bytes.length - 3]) {
    expect(chat.judgeStream(splitEvents(bytes.subarray(0, cut))).complete).toBe(false);
  }
  expect(chat.judgeStream(splitEvents(bytes))).toMatchObject({ complete: true, ended: true });
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
    { ended: true, reason: 'the stream ended without [DONE]' },
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
  ['an error as finish_reason', [piece(0, 'error'), done], { ended: true, reason: 'a choice ended with an error' }],
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
  expect(judge(': hi\n\n', piece(0), piece(1), piece(1, 'length'), piece(0, 'stop'), done, ': bye\n\n').complete).toBe(
    true,
  );
  expect(judge(crlf(piece(0, 'stop')), crlf(done)).complete).toBe(true);
  expect(judge(piece(0, 'stop').replaceAll('\n', '\r'), done.replaceAll('\n', '\r')).complete).toBe(true);
});

test.each([
  ['cut JSON', '{"id":"c","choices":[{"finish_re', { ended: false, reason: 'the body is not a JSON object' }],
  ['a list', '[]', { ended: false, reason: 'the body is not a JSON object' }],
  ['an error', '{"error":{"message":"m"}}', { ended: false, reason: 'the body tells of an error: m' }],
  ['something else', '{"ok":true}', { ended: false, reason: 'the body has no choices' }],
  [
    'an unfinished choice',
    '{"id":"c","choices":[{"index":0,"finish_reason":"stop"},{"index":1}]}',
    { ended: true, id: 'c', reason: 'a choice has no finish_reason' },
  ],
])('a body with %s is not complete', (_, body, facts) => {
  expect(chat.judgeBody(Buffer.from(body))).toEqual({ complete: false, encryptedItems: [], ...facts });
});
