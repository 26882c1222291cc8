import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import { CHAT_SAMPLES } from '../protocols/openai/chat-samples.fixture.ts';
import { generate } from '../protocols/gemini/generate.ts';
import { RESPONSE_SAMPLES } from '../protocols/openai/responses-samples.fixture.ts';
import { splitEvents } from '../wire/sse.ts';
import {
  chatStream,
  context,
  delta,
  chunks,
  DONE,
  type OpenAiFamily,
  PROTOCOL,
  target,
} from './openai-families.fixture.ts';
import { AnswerTranslation, translateRequest } from './translation.ts';

interface Sample {
  readonly name: string;
  readonly from: OpenAiFamily;
  readonly to: OpenAiFamily;
  readonly body: Buffer;
}

/** Answers of providers' own tools and sound, which no other family can tell. */
const INEXPRESSIBLE = /search|interpreter|image|MCP|shell|audio|nothing|empty|in full/;

function samplesOf(from: OpenAiFamily, to: OpenAiFamily, samples: Readonly<Record<string, JsonObject>>): Sample[] {
  return Object.entries(samples).map(([name, body]) => ({ name, from, to, body: Buffer.from(JSON.stringify(body)) }));
}

const ALL: Sample[] = [
  ...samplesOf('chat', 'responses', CHAT_SAMPLES),
  ...samplesOf('responses', 'chat', RESPONSE_SAMPLES),
  ...samplesOf('chat', 'chat', CHAT_SAMPLES),
  ...samplesOf('responses', 'responses', RESPONSE_SAMPLES),
];
const EXPRESSIBLE = ALL.filter(({ name }) => !INEXPRESSIBLE.test(name));
const CROSSED = EXPRESSIBLE.filter(({ from, to }) => from !== to);

function translation({ from, to }: Pick<Sample, 'from' | 'to'>): AnswerTranslation {
  return new AnswerTranslation({ from, to, context: context() });
}

function streamed(sample: Sample): Buffer {
  return Buffer.concat(PROTOCOL[sample.from].bodyToStream(sample.body));
}

function whole(sample: Pick<Sample, 'from' | 'to'>, stream: Buffer, clean = true): Buffer {
  const one = translation(sample);
  return Buffer.concat([one.push(stream), one.end(clean)]);
}

describe.each(EXPRESSIBLE)('$name, $from for a client of $to', (sample) => {
  const { to } = sample;

  test('is a complete answer, as a stream and as a body', () => {
    const events = splitEvents(whole(sample, streamed(sample)));
    expect(PROTOCOL[to].judgeStream(events)).toMatchObject({ complete: true });
    expect(PROTOCOL[to].judgeBody(translation(sample).body(sample.body))).toMatchObject({ complete: true });
  });

  test('says the same as a stream and as a body', () => {
    const events = splitEvents(whole(sample, streamed(sample)));
    const body = JSON.parse(translation(sample).body(sample.body).toString()) as JsonObject;
    expect(plain(JSON.parse(PROTOCOL[to].streamToBody(events).toString()))).toEqual(plain(body));
  });

  test('is read by the official client, as a stream and as a body', async () => {
    const stream = whole(sample, streamed(sample));
    const body = translation(sample).body(sample.body);
    expect(plain(await streamedByClient(to, stream))).toEqual(plain(await askedByClient(to, body)));
  });
});

/** Ids, which each translation makes anew, what the client adds, and text of which its stream helper keeps the last piece alone. */
const OTHERWISE = /^(?:id|item_id|parsed.*|output_text|system_fingerprint|reasoning_content)$/;

function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, member: unknown) => (OTHERWISE.test(key) || isNothing(member) ? undefined : member)),
  );
}

function isNothing(member: unknown): boolean {
  return member === null || (Array.isArray(member) && member.length === 0);
}

/** The official client, given these bytes as the answer. */
function sdk(bytes: Buffer, type: string): OpenAI {
  return new OpenAI({
    apiKey: 'none',
    maxRetries: 0,
    fetch: async () => new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }),
  });
}

const CHAT = { model: 'm', messages: [{ role: 'user' as const, content: 'hi' }] };
const RESPONSE = { model: 'm', input: 'hi' };

async function streamedByClient(to: OpenAiFamily, bytes: Buffer): Promise<unknown> {
  const client = sdk(bytes, 'text/event-stream');
  if (to === 'responses') return client.responses.stream(RESPONSE).finalResponse();
  return client.chat.completions.stream({ ...CHAT, stream_options: { include_usage: true } }).finalChatCompletion();
}

async function askedByClient(to: OpenAiFamily, bytes: Buffer): Promise<unknown> {
  const client = sdk(bytes, 'application/json');
  return to === 'responses' ? client.responses.create(RESPONSE) : client.chat.completions.create(CHAT);
}

test.each(CROSSED)('$name, $from for $to: the cuts of the network change nothing', (sample) => {
  const stream = streamed(sample);
  const expected = whole(sample, stream).toString();
  for (let cut = 1; cut < stream.length; cut += 1) {
    const one = translation(sample);
    const written = [one.push(stream.subarray(0, cut)), one.push(stream.subarray(cut)), one.end()];
    if (Buffer.concat(written).toString() !== expected) throw new Error(`another answer with a cut at byte ${cut}`);
  }
  const bytewise = translation(sample);
  const written = [...stream].map((byte) => bytewise.push(Buffer.from([byte])));
  expect(Buffer.concat([...written, bytewise.end()]).toString()).toBe(expected);
});

// Of several choices one may have ended before another says its first word.
const ONE_CHOICE = CROSSED.filter(({ name }) => name !== 'three choices');

test.each(ONE_CHOICE)('$name, $from for $to: a stream that is cut has no finish of its own making', (sample) => {
  const events = splitEvents(streamed(sample));
  for (let count = 0; count < events.length; count += 1) {
    const stream = Buffer.concat(events.slice(0, count));
    const written = splitEvents(whole(sample, stream, false));
    const mayEnd = PROTOCOL[sample.from].judgeStream(events.slice(0, count)).ended;
    const { complete, ended } = PROTOCOL[sample.to].judgeStream(written);
    if (complete || (ended && !mayEnd)) throw new Error(`finished after ${count} of ${events.length} events`);
  }
  expect(events.length).toBeGreaterThan(2);
});

test('a chat stream without [DONE] is whole at its clean end, and is not at a cut', () => {
  const stream = chunks(delta({ content: 'hi' }), delta({}, { finish_reason: 'stop' }));
  const clean = splitEvents(whole({ from: 'chat', to: 'responses' }, stream));
  expect(PROTOCOL.responses.judgeStream(clean).complete).toBe(true);
  const cut = splitEvents(whole({ from: 'chat', to: 'responses' }, stream, false));
  expect(PROTOCOL.responses.judgeStream(cut).ended).toBe(false);
});

test('[DONE] without a blank line behind it ends a stream that came to its clean end', () => {
  const stream = chatStream([{ content: 'hi' }]);
  const written = whole({ from: 'chat', to: 'responses' }, stream.subarray(0, -2));
  expect(written.toString()).toBe(whole({ from: 'chat', to: 'responses' }, stream).toString());
});

test.each([
  ['LF', (text: string) => text],
  ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
  ['CR', (text: string) => text.replaceAll('\n', '\r')],
  ['no space behind the colon', (text: string) => text.replaceAll('data: ', 'data:')],
  ['comments', (text: string) => `: hi\n\n${text.replaceAll('data: {', ': OPENROUTER PROCESSING\n\ndata: {')}`],
])('streams with %s are read', (_, change) => {
  const stream = chatStream([{ role: 'assistant', content: '' }, { content: 'Grüße' }]).toString();
  const written = whole({ from: 'chat', to: 'responses' }, Buffer.from(change(stream)));
  expect(written.toString()).toBe(whole({ from: 'chat', to: 'responses' }, Buffer.from(stream)).toString());
});

test.each(['chat', 'responses'] as const)(
  'an error in a stream becomes an error event for a client of %s, and nothing follows',
  (to) => {
    const failure = { error: { message: 'overloaded', type: 'server_error', code: 'server_is_overloaded' } };
    const stream = Buffer.concat([chunks(delta({ content: 'half' }), failure, delta({ content: 'more' })), DONE]);
    const events = splitEvents(whole({ from: 'chat', to }, stream));
    const verdict = PROTOCOL[to].judgeStream(events);
    expect(verdict).toMatchObject({ complete: false, ended: false, failed: true });
    expect(verdict.reason).toContain('overloaded');
    expect(events.at(-1)?.toString()).toContain('server_is_overloaded');
  },
);

test.each([
  ['an error member', { error: { message: 'no', type: 'server_error', code: 'c' } }],
  ['a text', { error: 'no' }],
  ['a flat error', { object: 'error', message: 'no', code: 400 }],
  ['a detail', { detail: 'no' }],
])('a body of status 200 that holds %s is an error body', (_, body) => {
  const written = translation({ from: 'chat', to: 'responses' }).body(Buffer.from(JSON.stringify(body)));
  expect(JSON.parse(written.toString())).toMatchObject({ error: { message: 'no' } });
  expect(PROTOCOL.responses.judgeBody(written).ended).toBe(false);
});

test('an error in an array, as Google sends it, is read', () => {
  const written = translation({ from: 'chat', to: 'responses' }).body(
    Buffer.from('[{"error":{"code":429,"message":"slow"}}]'),
  );
  expect(JSON.parse(written.toString())).toMatchObject({ error: { message: 'slow' } });
});

test.each(['', '<html>down</html>', '{}', '{"choices":[]}', '{"choices":[{"message":{"content":"x"}}]}'])(
  'a body that is no answer is an error: %s',
  (body) => {
    const written = translation({ from: 'chat', to: 'responses' }).body(Buffer.from(body));
    expect(PROTOCOL.responses.judgeBody(written)).toMatchObject({ complete: false, ended: false });
  },
);

test('[DONE] without a finish_reason is no end', () => {
  const stream = Buffer.concat([chunks(delta({ content: 'hi' })), DONE]);
  const events = splitEvents(whole({ from: 'chat', to: 'responses' }, stream));
  expect(PROTOCOL.responses.judgeStream(events)).toMatchObject({ complete: false, ended: false });
});

test('[DONE] without a finish_reason tells the client of no end and of no error', () => {
  const stream = Buffer.concat([chunks(delta({ content: 'hi' })), DONE]);
  const written = writtenBy(new AnswerTranslation({ from: 'chat', to: 'messages', context: context() }), stream);
  expect(written).toContain('"text":"hi"');
  expect(written).not.toMatch(/event: (?:error|message_stop)/);
});

test('what is torn at the end of a stream is no event', () => {
  const stream = Buffer.concat([chunks(delta({ content: 'hi' })), Buffer.from('data: {"choices":[{"del')]);
  const one = judged();
  const written = writtenBy(one, stream);
  expect(written).toContain('"content":"hi"');
  expect(written).not.toContain('"error"');
});

function writtenBy(one: AnswerTranslation, stream: Buffer): string {
  return Buffer.concat([one.push(stream), one.end(true)]).toString();
}

function judged(from: 'chat' | 'gemini' = 'chat'): AnswerTranslation {
  const protocol = from === 'chat' ? PROTOCOL.chat : generate;
  return new AnswerTranslation({ from, to: 'chat', context: context(), protocol });
}

const FINISH = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';
const PADDED = 'data: {"choices":[{"index":0,"delta":{"content":"hi"}}],"obfuscation":"abcdefgh"}\n\n';

test.each<[string, string, string | undefined]>([
  ['a good answer', `${PADDED}${FINISH}data: [DONE]\n\n`, undefined],
  ['one without its mark', `${PADDED}${FINISH}`, undefined],
  ['an event that came twice', `${PADDED}${PADDED}${FINISH}data: [DONE]\n\n`, 'an event came twice'],
  ['a torn event', `${PADDED}${FINISH}data: {"cho`, 'the last event is torn'],
  ['a byte that is no UTF-8', `${PADDED.replace('hi', '\u{e9}')}${FINISH}data: [DONE]\n\n`, 'not UTF-8'],
  ['a limit of tokens', `${PADDED}${FINISH.replace('"stop"', '"length"')}data: [DONE]\n\n`, undefined],
])('the doubt about a stream: %s', (_name, stream, doubt) => {
  const one = judged();
  one.push(Buffer.from(stream, 'latin1'));
  one.end(true);
  expect(one.doubt()).toBe(doubt);
});

test('the doubt about a body is that of its own protocol', () => {
  const bodyOf = (finishReason: string): Buffer =>
    Buffer.from(JSON.stringify({ candidates: [{ content: { parts: [{ text: 'hi' }] }, finishReason }] }));
  const [good, bad] = [judged('gemini'), judged('gemini')];
  good.body(bodyOf('STOP'));
  bad.body(bodyOf('SAFETY'));
  expect([good.doubt(), bad.doubt()]).toEqual([undefined, "a candidate ended with 'SAFETY'"]);
});

const SPOKEN = {
  messages: [
    'event: message_start\ndata: {"type":"message_start","message":{"id":"m","model":"c","usage":{"input_tokens":1}}}\n\n',
    'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n',
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}}\n\n',
    'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n',
    'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}\n\n',
    'event: message_stop\ndata: {"type":"message_stop"}\n\n',
  ],
  gemini: ['data: {"candidates":[{"content":{"parts":[{"text":"hi"}]},"finishReason":"STOP"}]}\r\n\r\n'],
} as const;

test.each(['messages', 'gemini'] as const)('comments and empty events amid those of %s say nothing', (from) => {
  for (const nothing of [': keep-alive\n\n', '\r\r\n', 'data:\n\n']) {
    const one = new AnswerTranslation({ from, to: 'chat', context: context() });
    const written = writtenBy(one, Buffer.from(SPOKEN[from].flatMap((event) => [nothing, event]).join('')));
    expect(PROTOCOL.chat.judgeStream(splitEvents(Buffer.from(written)))).toMatchObject({ complete: true });
  }
});

test('an answer has ended with its terminal mark, where there is one', () => {
  const ends = (from: 'messages' | 'gemini'): boolean[] => {
    const one = new AnswerTranslation({ from, to: 'chat', context: context() });
    return [...SPOKEN[from].map((event) => (one.push(Buffer.from(event)), one.ended)), (one.end(true), one.ended)];
  };
  expect(ends('messages')).toEqual([false, false, false, false, false, true, true]);
  expect(ends('gemini')).toEqual([false, true]);
});

test('an event that is too large is refused', () => {
  const one = new AnswerTranslation({ from: 'chat', to: 'responses', context: context(), maxEventBytes: 100 });
  expect(() => one.push(Buffer.alloc(200, 'a'))).toThrow('limit of 100 bytes');
});

test('a request of a chat client, for an endpoint of Responses', () => {
  const body = { model: 'public', stream: true, seed: 7, messages: [{ role: 'user', content: 'hi' }] };
  const written = translateRequest({ from: 'chat', to: 'responses' }, body, target());
  expect(written).toEqual({
    body: {
      model: 'upstream-model',
      input: [{ type: 'message', role: 'user', content: 'hi' }],
      stream: true,
      store: false,
    },
    dropped: ['seed'],
  });
  expect(() => translateRequest({ from: 'chat', to: 'responses' }, { ...body, stop: 'x' }, target())).toThrow(
    "'stop' cannot be told",
  );
});

test('model and stream that stand outside of the body', () => {
  const body = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] };
  const written = translateRequest({ from: 'gemini', to: 'chat' }, body, target(), { model: 'g', stream: true });
  expect(written.body).toMatchObject({
    model: 'upstream-model',
    stream: true,
    messages: [{ role: 'user', content: 'hi' }],
  });
});

test('the id that the endpoint gave is known from its first event on', () => {
  const one = translation({ from: 'chat', to: 'responses' });
  expect(one.upstreamId).toBeUndefined();
  one.push(chunks(delta({ content: 'hi' })));
  expect(one.upstreamId).toBe('chatcmpl-1');
  const other = translation({ from: 'chat', to: 'responses' });
  other.body(Buffer.from('{"id":"c","choices":[{"message":{"content":"x"},"finish_reason":"stop"}]}'));
  expect(other.upstreamId).toBe('c');
});
