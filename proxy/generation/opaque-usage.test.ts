import { expect, test } from 'vitest';
import { opaqueUsage } from './opaque-usage.ts';

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const SSE_TYPE = { 'content-type': 'text/event-stream' };

/** What is read of these bytes when they come in pieces of `size`. */
function read(headers: Record<string, string>, bytes: string | Buffer, size: number): unknown {
  const reader = opaqueUsage(headers);
  const all = Buffer.from(bytes);
  for (let at = 0; at < all.length; at += size) reader?.push(all.subarray(at, at + size));
  return reader?.end();
}

const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;

test.each([1, 7, 10_000])('a JSON answer in pieces of %d bytes', (size) => {
  const usage = { input_tokens: 5, output_tokens: 6 };
  expect(read(JSON_TYPE, JSON.stringify({ text: 'Hi', usage }), size)).toEqual({ input: 5, output: 6 });
});

test.each([1_000, 16_384, 65_537])('a large answer in pieces of %d bytes', (size) => {
  const picture = 'A'.repeat(700_000);
  const data = [{ b64_json: picture }, { revised_prompt: 'a "b64_json": of a cat', b64_json: picture }];
  const usage = { input_tokens: 5, output_tokens: 4000, input_tokens_details: { text_tokens: 5 } };
  const answer = JSON.stringify({ created: 1, data, usage });
  expect(read(JSON_TYPE, answer, size)).toEqual({ input: 5, output: 4000, images: 2 });
  const early = JSON.stringify({ usage, data });
  expect(read(JSON_TYPE, early, size)).toEqual({ input: 5, output: 4000, images: 2 });
});

test('a large answer that is cut off says nothing', () => {
  const answer = `{"usage":{"input_tokens":1,"output_tokens":2},"data":[{"b64_json":"${'A'.repeat(2_000_000)}`;
  expect(read(JSON_TYPE, answer, 50_000)).toBeUndefined();
});

test.each([1, 13, 100_000])('the last usage of a stream in pieces of %d bytes', (size) => {
  const stream =
    event({ type: 'transcript.text.delta', delta: '"usage' }) +
    event({ type: 'early', usage: { input_tokens: 1, output_tokens: 0 } }) +
    event({ type: 'transcript.text.done', text: 'Hi', usage: { input_tokens: 14, output_tokens: 5 } });
  expect(read(SSE_TYPE, `${stream}data: [DONE]\n\n`, size)).toEqual({ input: 14, output: 5 });
  expect(read(SSE_TYPE, stream.trimEnd(), size)).toEqual({ input: 14, output: 5 });
});

test('every picture of a stream counts, whatever its size', () => {
  const usage = { input_tokens: 10, output_tokens: 100 };
  const made = (bytes: number): string =>
    event({ type: 'image_generation.completed', b64_json: 'A'.repeat(bytes), usage });
  const partial = event({ type: 'image_generation.partial_image', b64_json: 'AAAA' });
  expect(read(SSE_TYPE, partial + made(100) + made(1_500_000), 40_000)).toEqual({ input: 20, output: 200, images: 2 });
});

test('a stream with an event that is too large keeps what came before', () => {
  const stream = event({ usage: { input_tokens: 1, output_tokens: 2 } }) + `data: ${'A'.repeat(17 * 1024 * 1024)}`;
  expect(read(SSE_TYPE, stream, 1024 * 1024)).toEqual({ input: 1, output: 2 });
});

test.each([
  { 'content-type': 'audio/mpeg' },
  { 'content-type': 'text/plain' },
  { 'content-type': 'application/jsonl' },
  { ...JSON_TYPE, 'content-encoding': 'gzip' },
  {},
])('nothing is read of %j', (headers) => {
  expect(opaqueUsage(headers)).toBeUndefined();
});

test.each(['', 'no JSON', '[]', '{"usage":', '{"usage":{}}'])(
  'what is no answer with usage says nothing: %s',
  (text) => {
    expect(read(JSON_TYPE, text, 100)).toBeUndefined();
  },
);
