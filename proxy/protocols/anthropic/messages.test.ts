import { expect, test } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { splitEvents } from '../../wire/sse.ts';
import { sealName } from '../digest.ts';
import { messages } from './messages.ts';
import { block, json, messageEvent, PING, SAMPLES, start, stop, text } from './messages.fixture.ts';

const bodyOf = (value: object): Buffer => Buffer.from(JSON.stringify(value));
const parse = (body: Buffer): unknown => JSON.parse(body.toString());
const TEXT = { type: 'text', text: '' };

test.each(SAMPLES)('$name: the stream and its body are one answer in two shapes', ({ stream, body }) => {
  const made = messages.streamToBody(stream);
  expect(parse(made)).toEqual(body);
  const again = messages.bodyToStream(made);
  expect(parse(messages.streamToBody(again))).toEqual(body);
  for (const facts of [messages.judgeStream(stream), messages.judgeStream(again), messages.judgeBody(made)]) {
    expect(facts).toMatchObject({ complete: true, ended: true, id: 'msg_01' });
    expect(facts.usage).toMatchObject({ input: 17, output: 25, cachedInput: 4 });
  }
});

test('numbers keep their spelling on the way from one shape to the other', () => {
  const body = messages.streamToBody(SAMPLES[1]!.stream);
  expect(body.toString()).toContain('"at":12345678901234567890,"x":1.0}');
  const written = messages.bodyToStream(body).map((event) => messages.outputText(event));
  expect(written.join('')).toContain('"at":12345678901234567890,"x":1.0}');
});

test.each(SAMPLES)('$name: judged as it comes or all at once, the verdict is one', ({ stream }) => {
  const judge = messages.streamJudge();
  for (const event of stream) if (!judge.addOrdinary(event)) judge.add(event);
  expect(judge.verdict()).toEqual(messages.judgeStream(stream));
});

test.each(SAMPLES)('$name: cut anywhere, the stream is not complete', ({ stream }) => {
  const bytes = Buffer.concat(stream);
  for (let end = 0; end < bytes.length - 1; end += 1) {
    const facts = messages.judgeStream(splitEvents(bytes.subarray(0, end)));
    expect(facts.complete, `cut at ${end}`).toBe(false);
  }
});

test('the names of signatures are the same in the stream, in the body and in the request that brings them back', () => {
  const { stream, body } = SAMPLES[1]!;
  const names = [sealName('EqQB/sig=='), sealName('opaque')];
  expect(messages.judgeStream(stream).encryptedItems).toEqual(names);
  expect(messages.judgeBody(bodyOf(body)).encryptedItems).toEqual(names);
  const { content } = body as { content: JsonObject[] };
  const request = { model: 'm', max_tokens: 9, messages: [{ role: 'assistant', content }] };
  expect(messages.facts(request).encryptedItems).toEqual(names);
});

test('nothing is content before a block says something', () => {
  const kinds = [start(), PING, ...block(0, TEXT, text('x')), ...stop('end_turn')].map(
    (event) => messages.readEvent(event).kind,
  );
  expect(kinds).toEqual(['open', 'open', 'open', 'content', 'open', 'content', 'end']);
  const tool = messageEvent('content_block_start', { index: 0, content_block: { type: 'tool_use', name: 'w' } });
  expect(messages.readEvent(tool).kind).toBe('content');
  expect(messages.readEvent(Buffer.from(': comment\n\n')).kind).toBe('other');
  expect(messages.readEvent(messageEvent('new_event')).kind).toBe('other');
});

test('the usage of the beginning is not final', () => {
  expect(messages.readEvent(start()).usage).toBeUndefined();
  expect(messages.judgeStream([start(), ...block(0, TEXT, text('x'))]).usage).toBeUndefined();
});

test('an error event says what it is, and that the client was told', () => {
  const error = { type: 'overloaded_error', message: 'Overloaded' };
  const event = messageEvent('error', { error });
  expect(messages.readEvent(event)).toMatchObject({ kind: 'error', message: 'Overloaded' });
  const facts = messages.judgeStream([start(), event, ...stop('end_turn')]);
  expect(facts).toMatchObject({ complete: false, ended: false, failed: true });
  expect(messages.judgeStream([start(), Buffer.from('data: {"error":{"message":"x"}}\n\n')]).failed).toBeUndefined();
});

test('a call without arguments has one empty delta, or says all at its start', () => {
  for (const [input, deltas] of [[{}, json('')] as const, [{ a: 1 }, []] as const]) {
    const call = block(0, { type: 'tool_use', name: 'w', input }, deltas);
    expect(messages.judgeStream([start(), ...call, ...stop('tool_use')]).complete).toBe(true);
  }
});

test.each<[string, Buffer[], object]>([
  ['a refusal', [start(), ...block(0, TEXT, text('no')), ...stop('refusal')], { ended: true }],
  ['a pause', [start(), ...block(0, TEXT, text('x')), ...stop('pause_turn')], { ended: true }],
  ['no content', [start(), ...stop('end_turn')], { ended: true, reason: 'the message is empty' }],
  ['empty text', [start(), ...block(0, TEXT), ...stop('end_turn')], { ended: true, reason: 'the message is empty' }],
  ['thoughts alone', [start(), ...block(0, { type: 'thinking', thinking: 't' }), ...stop('end_turn')], { ended: true }],
  ['a limit', [start(), ...block(0, TEXT, text('x')), ...stop('max_tokens')], { ended: true, atLimit: true }],
  [
    'a limit in a call',
    [start(), ...block(0, { type: 'tool_use', name: 'w', input: {} }, json('', '{"a')), ...stop('max_tokens')],
    { ended: true, reason: 'a tool call ended at the limit of tokens' },
  ],
  [
    'a call whose arguments never came',
    [start(), ...block(0, { type: 'tool_use', name: 'w', input: {} }), ...stop('tool_use')],
    { ended: true, reason: 'the arguments of a tool call are missing' },
  ],
  ['no message_stop', [start(), ...block(0, TEXT, text('x')), stop('end_turn')[0]!], { ended: false }],
  [
    'no reason why it stopped',
    [start(), ...block(0, TEXT, text('x')), stop('end_turn')[1]!],
    { ended: false, reason: 'the stream ended without a stop reason' },
  ],
  ['an event behind the end', [start(), ...block(0, TEXT, text('x')), ...stop('end_turn'), start()], { ended: true }],
  ['no beginning', [...block(0, TEXT, text('x')), ...stop('end_turn')], { ended: true }],
  ['two beginnings', [start(), start(), ...block(0, TEXT, text('x')), ...stop('end_turn')], { ended: true }],
  ['a missing block', [start(), ...block(1, TEXT, text('x')), ...stop('end_turn')], { ended: true }],
  [
    'a block that stays open',
    [start(), ...block(0, TEXT, text('x')).slice(0, 2), ...stop('end_turn')],
    { ended: true, reason: 'a block was not closed' },
  ],
  [
    'a delta of another block',
    [start(), ...block(0, TEXT).slice(0, 1), ...block(1, TEXT, text('x')).slice(1), ...stop('end_turn')],
    { ended: true, reason: 'an event belongs to no open block' },
  ],
  ['no JSON', [start(), Buffer.from('event: x\ndata: {\n\n'), ...stop('end_turn')], { ended: true }],
])('%s: not complete', (_name, stream, facts) => {
  const verdict = messages.judgeStream(stream);
  expect(verdict).toMatchObject({ complete: false, ...facts });
  if (!('atLimit' in facts)) expect(verdict.atLimit).toBeUndefined();
});

test.each<[string, unknown, object]>([
  ['no JSON', undefined, { ended: false }],
  ['an error', { type: 'error', error: { type: 'api_error', message: 'm' } }, { ended: false, reason: /: m$/ }],
  ['something else', { id: 'x' }, { ended: false }],
  ['a refusal', { type: 'message', content: [], stop_reason: 'refusal' }, { ended: true }],
  ['no reason', { type: 'message', content: [{ type: 'text', text: 'x' }] }, { ended: true }],
])('a body with %s is not complete', (_name, value, { reason, ...facts }: { ended?: boolean; reason?: RegExp }) => {
  const verdict = messages.judgeBody(value === undefined ? Buffer.from('x') : bodyOf(value as object));
  expect(verdict).toMatchObject({ complete: false, ...facts });
  if (reason) expect(verdict.reason).toMatch(reason);
});

test('a delta that is no ordinary one is parsed', () => {
  const judge = messages.streamJudge();
  for (const odd of [start(), PING, ...block(0, TEXT), Buffer.concat(block(0, TEXT, text('a', 'b')).slice(1, 3))]) {
    expect(judge.addOrdinary(odd)).toBe(false);
  }
  const swapped = messageEvent('content_block_delta', { index: 0, delta: { type: 'text_delta', thinking: 'x' } });
  expect(judge.addOrdinary(swapped)).toBe(false);
  expect(
    judge.addOrdinary(
      messageEvent('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'x'.repeat(5000) } }),
    ),
  ).toBe(false);
});

test('the text of an answer is what is generated', () => {
  const said = SAMPLES.map(({ stream }) => stream.map((event) => messages.outputText(event)).join(''));
  expect(said[0]).toBe('Hello, wörld "\\');
  expect(said[1]).toBe('Let me seeweather{"city": "Köln", "at": 12345678901234567890, "x": 1.0}now');
});
