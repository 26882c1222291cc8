import { expect, test } from 'vitest';
import { seededRandom } from '../../core/random.ts';
import { responses } from './responses.ts';
import { RESPONSE_SAMPLES } from './responses-samples.fixture.ts';
import { splitEvents } from '../../wire/sse.ts';

const event = (type: string, members: string) =>
  `event: ${type}\ndata: {"type":"${type}","sequence_number":1${members && `,${members}`}}\n\n`;
const lifecycle = (type: string, status: string, more = '') =>
  event(`response.${type}`, `"response":{"id":"resp_1","status":"${status}","error":null${more}}`);
const created = lifecycle('created', 'in_progress');
const delta = event('response.output_text.delta', '"delta":"a","logprobs":[],"item_id":"msg_1"');
const completed = lifecycle('completed', 'completed', ',"usage":{"input_tokens":5,"output_tokens":2}');
/** Numbers the events as they come. */
const numbered = (events: readonly string[]) => {
  let count = 0;
  return events.map((text) => text.replace('"sequence_number":1', () => `"sequence_number":${count++}`));
};
const judge = (...events: string[]) => responses.judgeStream(numbered(events).map((text) => Buffer.from(text)));
const judgeAsTheyAre = (...events: string[]) => responses.judgeStream(events.map((text) => Buffer.from(text)));
const EMPTY = ['nothing at all', 'empty text', 'reasoning in full'];

test.each([
  ['open', 'created', created],
  ['open', 'queued', lifecycle('queued', 'queued')],
  ['open', 'in_progress', lifecycle('in_progress', 'in_progress')],
  ['open', 'a keepalive', event('keepalive', '')],
  ['content', 'an added item', event('response.output_item.added', '"item":{"type":"reasoning"}')],
  ['content', 'a delta', delta],
  ['content', 'a delta without an event line', delta.replace(/^event.*\n/, '')],
  ['content', 'progress of a tool', event('response.web_search_call.in_progress', '')],
  ['content', 'a type that does not exist yet', event('response.new.delta', '"x":{"y":1}')],
  ['end', 'completed', completed],
  ['end', 'incomplete', lifecycle('incomplete', 'incomplete')],
  [
    'error',
    'failed',
    event('response.failed', '"response":{"id":"resp_1","status":"failed","error":{"code":"c","message":"m"}}'),
  ],
  ['error', 'a nested error', event('error', '"error":{"type":"t","code":"c","message":"m","param":null}')],
  ['error', 'a flat error', event('error', '"code":"c","message":"m","param":null')],
  ['error', 'an error without a type', 'data: {"error":{"message":"m"}}\n\n'],
  ['other', 'a comment', ': keep-alive\n\n'],
  ['other', '[DONE]', 'data: [DONE]\n\n'],
  ['other', 'cut JSON', 'event: response.created\ndata: {"type":"resp'],
  ['other', 'an unknown event', event('ping', '')],
])('%s: %s', (kind, _, text) => {
  const facts = responses.readEvent(Buffer.from(text));
  expect(facts.kind).toBe(kind);
  if (kind === 'error') expect(facts.message).toBe('m');
});

test('id and usage are read from the events that carry the response', () => {
  expect(responses.readEvent(Buffer.from(created))).toMatchObject({ id: 'resp_1' });
  expect(responses.readEvent(Buffer.from(completed))).toMatchObject({ id: 'resp_1', usage: { input: 5, output: 2 } });
});

test.each(Object.keys(RESPONSE_SAMPLES))(
  '%s: no cut of the stream is complete, at an event or anywhere else',
  (name) => {
    const events = responses.bodyToStream(Buffer.from(JSON.stringify(RESPONSE_SAMPLES[name])));
    for (let count = 0; count < events.length; count += 1) {
      expect(responses.judgeStream(events.slice(0, count))).toMatchObject({ complete: false, ended: false });
    }
    const bytes = Buffer.concat(events);
    const random = seededRandom(7);
    const cuts = Array.from({ length: 40 }, () => Math.floor(random() * bytes.length));
    for (const cut of [...cuts, bytes.length - 1, bytes.length - 2, bytes.length - 3]) {
      expect(responses.judgeStream(splitEvents(bytes.subarray(0, cut))).complete).toBe(false);
    }
    expect(responses.judgeStream(splitEvents(bytes))).toMatchObject({ complete: !EMPTY.includes(name), ended: true });
  },
);

test('encrypted items of the answer are named', () => {
  const body = Buffer.from(JSON.stringify(RESPONSE_SAMPLES['reasoning and a function call']));
  expect(responses.judgeBody(body).encryptedItems).toEqual(['rs_68a00000000000000001']);
  expect(responses.judgeStream(responses.bodyToStream(body)).encryptedItems).toEqual(['rs_68a00000000000000001']);
});

const known = { id: 'resp_1', usage: { input: 5, output: 2 } };

test.each([
  ['no event at all', [], { ended: false, reason: 'the stream ended without response.completed' }],
  [
    'a stream that stops',
    [created, delta],
    { ended: false, id: 'resp_1', reason: 'the stream ended without response.completed' },
  ],
  [
    'an incomplete response',
    [created, delta, lifecycle('incomplete', 'incomplete', ',"usage":{"input_tokens":5,"output_tokens":2}')],
    { ended: true, ...known, reason: 'the stream ended with response.incomplete' },
  ],
  [
    'a completed event with another status',
    [completed.replace('"completed"', '"in_progress"')],
    { ended: true, ...known, reason: 'the status is in_progress, not completed' },
  ],
  [
    'a completed event without a response',
    [event('response.completed', '')],
    { ended: false, reason: 'response.completed carries no response' },
  ],
  ['events behind the last', [completed, delta], { ended: true, ...known, reason: 'events follow the terminal one' }],
  [
    'a malformed event',
    [created, 'data: {"type":"response.x"\n\n', completed],
    { ended: true, ...known, reason: 'an event is not a JSON object' },
  ],
  [
    'a last event cut off',
    [created, completed.slice(0, -1)],
    { ended: true, ...known, reason: 'the last event is cut off' },
  ],
  [
    'a failure',
    [created, event('error', '"error":{"message":"m"}'), event('response.failed', '')],
    { ended: false, failed: true, id: 'resp_1', reason: 'the stream told of an error: m' },
  ],
])('%s is not complete', (_, events, facts) => {
  expect(judge(...events)).toEqual({ complete: false, encryptedItems: [], ...facts });
});

test('comments and a stray [DONE] behind the last event do no harm', () => {
  expect(judge(': hi\n\n', created, delta, completed, 'data: [DONE]\n\n', ': bye\n\n')).toMatchObject({
    complete: true,
    ...known,
  });
});

test.each([
  ['cut JSON', '{"id":"resp_1","st', { ended: false, reason: 'the body is not a JSON object' }],
  [
    'an error',
    '{"error":{"message":"m"}}',
    { ended: false, error: { error: { message: 'm' } }, reason: 'the response tells of an error: m' },
  ],
  [
    'a flat error',
    '{"object":"error","message":"m"}',
    { ended: false, error: { object: 'error', message: 'm' }, reason: 'the body tells of an error: m' },
  ],
  [
    'a failure',
    '{"id":"resp_1","status":"failed","error":{"message":"m"}}',
    {
      ended: false,
      id: 'resp_1',
      error: { id: 'resp_1', status: 'failed', error: { message: 'm' } },
      reason: 'the response tells of an error: m',
    },
  ],
  ['something else', '{"ok":true}', { ended: false, reason: 'the body is no response: it has no status' }],
  [
    'a queued response',
    '{"id":"resp_1","status":"queued"}',
    { ended: true, id: 'resp_1', reason: 'the status is queued, not completed' },
  ],
])('a body with %s is not complete', (_, body, facts) => {
  expect(responses.judgeBody(Buffer.from(body))).toEqual({ complete: false, encryptedItems: [], ...facts });
});

test('an error event is numbered behind what was sent and read as one', () => {
  const error = { message: 'm', type: 'server_error', code: 'stream_interrupted' };
  const bytes = responses.errorEvent(error, 7);
  expect(bytes.toString()).toBe(
    'event: error\ndata: {"type":"error","sequence_number":7,"error":{"type":"server_error","code":"stream_interrupted","message":"m","param":null}}\n\n',
  );
  expect(responses.readEvent(bytes)).toMatchObject({ kind: 'error', message: 'm' });
});

const item = event('response.output_item.done', '"output_index":0,"item":{"type":"function_call"}');
const empty = lifecycle('completed', 'completed', ',"output":[]');
const at = (text: string, number: number) => text.replace('"sequence_number":1', `"sequence_number":${number}`);

test.each([
  ['an event twice', [at(created, 0), at(delta, 1), at(delta, 1), at(completed, 2)], 'an event came twice or too late'],
  ['events in another order', [at(created, 0), at(delta, 2), at(delta, 1), at(completed, 3)], 'an event is missing'],
  ['an event too few', [at(created, 0), at(completed, 2)], 'an event is missing'],
  ['no output', [at(created, 0), at(empty, 1)], 'the output is empty'],
])('a stream with %s has ended and is not complete', (_, events, reason) => {
  expect(judgeAsTheyAre(...events)).toMatchObject({ complete: false, ended: true, reason });
});

test('numbers may begin anywhere, and be left out', () => {
  expect(judgeAsTheyAre(at(created, 7), at(delta, 8), at(completed, 9)).complete).toBe(true);
  const bare = [created, delta, completed].map((text) => text.replace(',"sequence_number":1', ''));
  expect(judgeAsTheyAre(...bare).complete).toBe(true);
});

test('items that were seen whole are the output, whether or not the end repeats them', () => {
  expect(judge(created, item, empty).complete).toBe(true);
});

test.each([
  ['[]', false],
  ['[{"type":"reasoning","summary":[]}]', false],
  ['[{"type":"message","content":[]}]', false],
  ['[{"type":"message","content":[{"type":"output_text","text":""}]}]', false],
  ['[{"type":"message","content":[{"type":"refusal","refusal":""}]}]', false],
  ['[{"type":"message","content":[{"type":"refusal","refusal":"no"}]}]', true],
  ['[{"type":"message","content":[{"type":"output_text","text":"a"}]}]', true],
  ['[{"type":"reasoning"},{"type":"function_call"}]', true],
])('a response whose output is %s is worth keeping: %s', (output, complete) => {
  const body = `{"id":"resp_1","status":"completed","output":${output}}`;
  expect(responses.judgeBody(Buffer.from(body))).toMatchObject({ complete, ended: true });
});

test('a flat error in a stream is a failure that no SDK hears of', () => {
  const flat = 'data: {"object":"error","message":"m"}\n\n';
  expect(responses.readEvent(Buffer.from(flat))).toMatchObject({ kind: 'error', message: 'm' });
  const facts = judge(created, flat, completed);
  expect(facts).toMatchObject({ complete: false, ended: false });
  expect(facts.failed).toBeUndefined();
});
