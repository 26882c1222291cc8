import { expect, test } from 'vitest';
import { splitEvents } from '../../wire/sse.ts';
import { sealName } from '../digest.ts';
import { ArrayFramer } from './array-framer.ts';
import { generate } from './generate.ts';
import { answer, chunk, END, SAMPLES, USAGE } from './generate.fixture.ts';

const parse = (body: Buffer): unknown => JSON.parse(body.toString());
const bodyOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value, null, 2));

test.each(SAMPLES)('$name: the stream and its body are one answer in two shapes', ({ stream, body }) => {
  const made = generate.streamToBody(stream);
  expect(parse(made)).toEqual(body);
  const again = generate.bodyToStream(made);
  expect(parse(generate.streamToBody(again))).toEqual(body);
  const usage = { input: 10, output: 29, cachedInput: 4, reasoning: 9 };
  for (const facts of [generate.judgeStream(stream), generate.judgeStream(again)]) {
    expect(facts).toMatchObject({ complete: true, ended: true, unmarked: true, id: 'r-1', usage });
  }
  const whole = generate.judgeBody(made);
  expect(whole).toMatchObject({ complete: true, ended: true, id: 'r-1', usage });
  expect(whole.unmarked).toBeUndefined();
});

test.each(SAMPLES)('$name: cut anywhere, the stream is not complete', ({ stream }) => {
  const bytes = Buffer.concat(stream);
  for (let end = 0; end < bytes.length - 1; end += 1) {
    const facts = generate.judgeStream(splitEvents(bytes.subarray(0, end)));
    expect(facts.complete, `cut at ${end}`).toBe(false);
  }
});

test('an array of pieces is judged and replayed like the stream that it is', () => {
  const { stream, body } = SAMPLES[1]!;
  const pieces = bodyOf(stream.map((event) => JSON.parse(event.toString().slice(6)) as unknown));
  expect(generate.judgeBody(pieces)).toMatchObject({ complete: true, id: 'r-1' });
  expect(parse(generate.streamToBody(generate.bodyToStream(pieces)))).toEqual(body);
});

test('the framer writes the payloads as the elements of an array, however the events are put together', () => {
  const { stream } = SAMPLES[0]!;
  const whole = new ArrayFramer();
  const once = Buffer.concat([whole.write(Buffer.concat(stream)), whole.end()]).toString();
  const single = new ArrayFramer();
  const pieces = [Buffer.from(': comment\n\n'), ...stream].map((event) => single.write(event));
  expect(Buffer.concat([...pieces, single.end()]).toString()).toBe(once);
  expect(once).toBe(`[${stream.map((event) => event.toString().slice(6, -4)).join(',\r\n')}]`);
  expect(new ArrayFramer().end().toString()).toBe('[]');
  expect(generate.framer({ includeUsage: true, includeObfuscation: true })).toBeUndefined();
});

test('names of signatures are the same in the stream, in the body and in the request that brings them back', () => {
  const { stream, body } = SAMPLES[2]!;
  const names = [sealName('sig-call')];
  expect(generate.judgeStream(stream).encryptedItems).toEqual(names);
  expect(generate.judgeBody(bodyOf(body)).encryptedItems).toEqual(names);
});

test('numbers keep their spelling on the way from one shape to the other', () => {
  const body = Buffer.from(
    '{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"n":12345678901234567890,"x":1.0}}}]},"finishReason":"STOP"}]}',
  );
  const stream = generate.bodyToStream(body);
  expect(Buffer.concat(stream).toString()).toContain('"n":12345678901234567890,"x":1.0');
  expect(generate.streamToBody(stream).toString()).toMatch(/"n": 12345678901234567890,\s+"x": 1\.0\s/);
});

test('nothing is content before a part says something, an end is', () => {
  const kinds = [
    answer([{ text: '' }]),
    answer([]),
    { usageMetadata: USAGE },
    answer([{ text: 'x' }]),
    answer([{ text: '' }], { finishReason: 'MAX_TOKENS' }),
    { candidates: [{ finishReason: 'SAFETY' }] },
    { promptFeedback: { blockReason: 'SAFETY' } },
    answer([{ inlineData: { data: 'AA==' } }]),
  ].map((value) => generate.readEvent(chunk(value)).kind);
  expect(kinds).toEqual(['open', 'open', 'open', 'content', 'content', 'content', 'content', 'content']);
  expect(generate.readEvent(Buffer.from(': keep-alive\n\n')).kind).toBe('other');
});

test('a failure in the stream is told with and without a data line', () => {
  const error = { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } };
  for (const event of [chunk(error), Buffer.from(`${JSON.stringify(error, null, 2)}\r\n\r\n`)]) {
    expect(generate.readEvent(event)).toMatchObject({ kind: 'error', message: 'The model is overloaded.', error });
    const facts = generate.judgeStream([chunk(answer([{ text: 'x' }])), event, chunk(answer([], END))]);
    expect(facts).toMatchObject({ complete: false, ended: false, failed: true });
  }
});

test.each<[string, object[], object]>([
  ['safety', [answer([{ text: 'x' }], { finishReason: 'SAFETY' })], { ended: true }],
  ['a malformed call', [answer([], { finishReason: 'MALFORMED_FUNCTION_CALL' })], { ended: true }],
  ['a blocked prompt', [{ promptFeedback: { blockReason: 'OTHER' } }], { ended: true, reason: /blocked: OTHER/ }],
  ['no text', [answer([{ text: '' }], END)], { ended: true, reason: /empty/ }],
  ['no content', [{ candidates: [{ finishReason: 'STOP' }] }], { ended: true, reason: /empty/ }],
  ['thoughts alone', [answer([{ text: 't', thought: true }], END)], { ended: true, reason: /empty/ }],
  ['a limit', [answer([{ text: 'x' }], { finishReason: 'MAX_TOKENS' })], { ended: true, atLimit: true }],
  ['no end', [answer([{ text: 'x' }])], { ended: false }],
  ['text behind the end', [answer([{ text: 'x' }], END), answer([{ text: 'y' }])], { ended: false }],
  [
    'one of two candidates without an end',
    [{ candidates: [{ index: 0, content: { parts: [{ text: 'x' }] }, finishReason: 'STOP' }, { index: 1 }] }],
    { ended: false },
  ],
])('%s: not complete', (_name, answers, { reason, ...facts }: { reason?: RegExp }) => {
  const verdict = generate.judgeStream(answers.map(chunk));
  expect(verdict).toMatchObject({ complete: false, ...facts });
  if (reason) expect(verdict.reason).toMatch(reason);
});

test('a STOP in between is none: the answer goes on and ends once more', () => {
  const pieces = [answer([{ text: 'x' }], END), answer([{ text: 'y' }]), answer([{ text: '' }], END)].map(chunk);
  expect(generate.judgeStream(pieces).complete).toBe(true);
});

const counted = (text: string, tokens: number, more: object = {}): Buffer =>
  chunk(answer([{ text }], more, { usageMetadata: { promptTokenCount: 1, candidatesTokenCount: tokens } }));

test.each<[string, Buffer[], RegExp | undefined]>([
  ['grow', [counted('x', 1), counted('y', 2), counted('', 2, END)], undefined],
  ['stay for other text', [counted('x', 1), counted('y', 1, END)], undefined],
  ['are the same for the same text', [counted('x', 1), counted('x', 1), counted('y', 2, END)], /twice/],
  ['are the same for the same end', [counted('x', 1), counted('y', 2, END), counted('y', 2, END)], /twice/],
  ['go back', [counted('y', 2), counted('x', 1), counted('z', 3, END)], /out of order/],
  ['are missing for the same text', [chunk(answer([{ text: 'x' }])), chunk(answer([{ text: 'x' }], END))], undefined],
])('counters that %s', (_name, events, reason) => {
  const verdict = generate.judgeStream(events);
  expect(verdict).toMatchObject({ complete: reason === undefined, ended: true });
  if (reason) expect(verdict.reason).toMatch(reason);
});

test('something that is no JSON, or is torn, is noticed', () => {
  const good = chunk(answer([{ text: 'x' }], END));
  expect(generate.judgeStream([Buffer.from('data: {\r\n\r\n'), good])).toMatchObject({ complete: false, ended: true });
  expect(generate.judgeStream([good.subarray(0, -2)])).toMatchObject({ complete: false });
});

test.each<[string, Buffer, object]>([
  ['no JSON', Buffer.from('x'), { ended: false }],
  ['an empty list', Buffer.from('[]'), { ended: false }],
  [
    'an error',
    bodyOf({ error: { code: 400, message: 'm' } }),
    { ended: false, error: { error: { code: 400, message: 'm' } } },
  ],
  ['an error in a list', bodyOf([{ error: { message: 'm' } }]), { ended: false, error: { error: { message: 'm' } } }],
  ['something else', bodyOf({ id: 'x' }), { ended: false }],
  ['no end', bodyOf(answer([{ text: 'x' }])), { ended: true }],
])('a body with %s is not complete', (_name, body, facts) => {
  expect(generate.judgeBody(body)).toMatchObject({ complete: false, ...facts });
});

test('log probabilities of the pieces stand one behind the other', () => {
  const piece = (token: string, more: object = {}): Buffer =>
    chunk(answer([{ text: token }], { logprobsResult: { chosenCandidates: [{ token }] }, ...more }));
  const whole = parse(generate.streamToBody([piece('a'), piece('b', END)]));
  expect(whole).toMatchObject({
    candidates: [{ logprobsResult: { chosenCandidates: [{ token: 'a' }, { token: 'b' }] } }],
  });
});

test('the text of an answer is what is generated', () => {
  const said = SAMPLES.map(({ stream }) => stream.map((event) => generate.outputText(event)).join(''));
  expect(said[0]).toBe('Hello, wörld');
  expect(said[2]).toBe('weather{"city":"Köln","at":1}now{}');
});
