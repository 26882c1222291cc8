import { createParser } from 'eventsource-parser';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../generation/random.ts';
import type { Random, StreamReply } from './reply.ts';
import { call, testContext } from './testing.ts';

interface Seen {
  readonly event: string | undefined;
  readonly data: string;
}

/** What a parser of the standard sees when the bytes come in two reads, cut anywhere. */
function parsed(bytes: string, cut: number): readonly Seen[] {
  const seen: Seen[] = [];
  const parser = createParser({ onEvent: ({ event, data }) => seen.push({ event, data }) });
  const decoder = new TextDecoder();
  const raw = Buffer.from(bytes);
  const at = Math.floor(cut * raw.length);
  parser.feed(decoder.decode(raw.subarray(0, at), { stream: true }));
  parser.feed(decoder.decode(raw.subarray(at), { stream: true }));
  return seen;
}

const chunks = fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 6 });
const cuts = fc.double({ min: 0, max: 1, noNaN: true });

function streamed(operation: string, body: object, scripted: readonly string[]): readonly string[] {
  const reply = call(operation, { body: { ...body, stream: true } }, testContext({ scripted: { chunks: scripted } }));
  return [...(reply as StreamReply).events].map((event) => event.bytes);
}

const messages = [{ role: 'user', content: 'x' }];

interface AnyChunk {
  readonly choices: readonly { readonly delta?: { readonly content?: string }; readonly text?: string }[];
}

test.each([
  ['chat.completions', { model: 'gpt-4o', messages }],
  ['completions', { model: 'gpt-3.5-turbo-instruct', prompt: 'x' }],
])('%s: any text arrives whole through a standard parser, one event each, ending with [DONE]', (operation, body) => {
  fc.assert(
    fc.property(chunks, cuts, (texts, cut) => {
      const events = streamed(operation, body, texts);
      const seen = parsed(events.join(''), cut);
      expect(seen).toHaveLength(events.length);
      expect(seen.at(-1)).toEqual({ event: undefined, data: '[DONE]' });
      const choices = seen.slice(0, -1).flatMap(({ data }) => (JSON.parse(data) as AnyChunk).choices);
      expect(choices.map(({ delta, text }) => delta?.content ?? text ?? '').join('')).toBe(texts.join(''));
    }),
    { numRuns: 50 },
  );
});

test('responses: any text arrives whole through a standard parser, each event named by its type', () => {
  fc.assert(
    fc.property(chunks, cuts, (texts, cut) => {
      const events = streamed('responses', { model: 'gpt-4o', input: 'x' }, texts);
      const seen = parsed(events.join(''), cut);
      expect(seen).toHaveLength(events.length);
      const data = seen.map((one) => JSON.parse(one.data) as { type: string; sequence_number: number; delta?: string });
      expect(data.map(({ type }) => type)).toEqual(seen.map(({ event }) => event));
      expect(data.map(({ sequence_number: number }) => number)).toEqual(data.map((_, at) => at));
      expect(data.map(({ delta }) => delta ?? '').join('')).toBe(texts.join(''));
    }),
    { numRuns: 50 },
  );
});

test.each(['chat.completions', 'responses'])('%s makes an event only when it is taken', (operation) => {
  const seeded = seededRandom(1);
  let paddings = 0;
  const random: Random = { ...seeded, alnum: (length) => ((paddings += Number(length < 16)), seeded.alnum(length)) };
  const context = testContext({ random, scripted: { chunks: Array.from({ length: 50_000 }, () => 'word ') } });
  const body = { model: 'gpt-4o', messages: [{ role: 'user', content: 'x' }], input: 'x', stream: true };
  const events = (call(operation, { body }, context) as StreamReply).events[Symbol.iterator]();
  for (let taken = 0; taken < 20; taken += 1) events.next();
  expect(paddings).toBeGreaterThan(10);
  expect(paddings).toBeLessThan(30);
});
