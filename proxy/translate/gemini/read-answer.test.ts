import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../wire/sse-event.ts';
import { EventSplitter } from '../../wire/sse.ts';
import type { Step } from '../steps.ts';
import { joined } from '../translate.fixture.ts';
import { ArrayCutter } from './array.ts';
import { GeminiReader } from './read-answer.ts';

const USAGE = {
  promptTokenCount: 10,
  candidatesTokenCount: 8,
  totalTokenCount: 25,
  cachedContentTokenCount: 4,
  toolUsePromptTokenCount: 2,
  thoughtsTokenCount: 5,
};
const META = { modelVersion: 'gemini-3.6-flash', responseId: 'r1' };
const NEUTRAL = { input: 12, output: 13, cacheRead: 4, reasoning: 5 };

/** A stream's chunks: parts of each, the last with its finish reason. */
function chunks(parts: readonly object[][], finishReason = 'STOP', more: object = {}): object[] {
  return parts.map((list, at) => ({
    candidates: [
      {
        content: { parts: list, role: 'model' },
        ...(at === parts.length - 1 ? { finishReason } : {}),
        index: 0,
        ...(at === parts.length - 1 ? more : {}),
      },
    ],
    usageMetadata: at === parts.length - 1 ? USAGE : { promptTokenCount: 10, totalTokenCount: 10 },
    ...META,
  }));
}

const PARTS: object[][] = [
  [{ text: 'I think ', thought: true }],
  [{ text: 'so 😀', thought: true }],
  [{ text: 'Hel' }],
  [{ text: 'lo “é”' }],
  [
    { functionCall: { name: 'f', args: { city: 'Köln', n: [1] }, id: 'x1' }, thoughtSignature: 'sig' },
    { functionCall: { name: 'g', args: {} } },
  ],
  [{ text: '' }],
];

const sse = (values: readonly object[]) =>
  Buffer.from(values.map((value) => `data: ${JSON.stringify(value)}\r\n\r\n`).join(''));

const array = (values: readonly object[]) =>
  Buffer.from(`[${values.map((value) => JSON.stringify(value, null, 2)).join('\n,\r\n')}\n]`);

function readSse(pieces: readonly Buffer[]): Step[] {
  const reader = new GeminiReader();
  const splitter = new EventSplitter();
  const steps = pieces.flatMap((piece) =>
    splitter.push(piece).flatMap((bytes) => [...reader.event(undefined, parseEvent(bytes).data)]),
  );
  return [...steps, ...reader.end()];
}

function readArray(pieces: readonly Buffer[]): Step[] {
  const reader = new GeminiReader();
  const cutter = new ArrayCutter();
  const steps = pieces.flatMap((piece) => cutter.push(piece).flatMap((data) => [...reader.event(undefined, data)]));
  return [...steps, ...reader.end()];
}

const readAll = (values: readonly object[]) => readSse([sse(values)]);

describe('reading', () => {
  it('a stream is steps, a call is whole, the finish waits for the end', () => {
    const steps = readAll(chunks(PARTS));
    expect(joined(steps)).toEqual([
      { kind: 'start', id: 'r1', model: 'gemini-3.6-flash', usage: { input: 10, output: 0 } },
      { kind: 'reasoning-start', block: 0, choice: 0 },
      { kind: 'reasoning-delta', block: 0, text: 'I think so 😀' },
      { kind: 'block-end', block: 0 },
      { kind: 'text-start', block: 1, choice: 0 },
      { kind: 'text-delta', block: 1, text: 'Hello “é”' },
      { kind: 'block-end', block: 1 },
      { kind: 'call-start', block: 2, choice: 0, id: 'x1', name: 'f' },
      { kind: 'seal', block: 2, seal: { family: 'gemini', model: 'gemini-3.6-flash', value: 'sig' } },
      { kind: 'call-delta', block: 2, input: '{"city":"Köln","n":[1]}' },
      { kind: 'block-end', block: 2 },
      { kind: 'call-start', block: 3, choice: 0, id: '', name: 'g' },
      { kind: 'call-delta', block: 3, input: '{}' },
      { kind: 'block-end', block: 3 },
      { kind: 'finish', choice: 0, cause: 'tool_calls', native: 'STOP' },
      { kind: 'usage', usage: NEUTRAL, serviceTier: undefined },
      { kind: 'end' },
    ]);
  });

  it('says the same wherever the bytes are cut, as events, as an array and whole', () => {
    const values = chunks(PARTS);
    const events = sse(values);
    const list = array(values);
    const expected = joined(readAll(values));
    for (let at = 0; at <= events.length; at += 1) {
      expect(joined(readSse([events.subarray(0, at), events.subarray(at)]))).toEqual(expected);
    }
    for (let at = 0; at <= list.length; at += 1) {
      expect(joined(readArray([list.subarray(0, at), list.subarray(at)]))).toEqual(expected);
    }
    expect(joined(readArray([...list].map((byte) => Buffer.from([byte]))))).toEqual(expected);
    const parts = [{ text: 'I think so 😀', thought: true }, { text: 'Hello “é”' }, ...(PARTS[4] ?? [])];
    const whole = new GeminiReader().body(Buffer.from(JSON.stringify(chunks([parts])[0], null, 2)));
    expect(whole.slice(1)).toEqual(expected.slice(1));
  });

  it('a stream without a finish reason was cut', () => {
    expect(readAll(chunks(PARTS).slice(0, -1)).some(({ kind }) => kind === 'end' || kind === 'finish')).toBe(false);
    expect(readSse([])).toEqual([]);
    expect(new GeminiReader().body(Buffer.from('{"candidates":[{"content":{}}]}')).at(-1)).toMatchObject({
      kind: 'error',
    });
  });

  it.each([
    ['STOP', 'stop'],
    ['MAX_TOKENS', 'length'],
    ...[
      'SAFETY',
      'PROHIBITED_CONTENT',
      'BLOCKLIST',
      'SPII',
      'IMAGE_SAFETY',
      'RECITATION',
      'LANGUAGE',
      'MODEL_ARMOR',
    ].map((reason) => [reason, 'filter']),
    // What the model did wrong after it said something.
    ['MALFORMED_FUNCTION_CALL', 'stop'],
    ['OTHER', 'stop'],
  ])('%s is %s', (native, cause) => {
    expect(readAll(chunks([[{ text: 'x' }]], native)).at(-3)).toEqual({ kind: 'finish', choice: 0, cause, native });
  });

  it.each(['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'MISSING_THOUGHT_SIGNATURE', 'OTHER'])(
    '%s without text is a failure, never a call',
    (native) => {
      const values = chunks([[]], native, { finishMessage: 'Unexpected tool call: f' });
      const error = { kind: 'error', message: 'Unexpected tool call: f', type: native, status: 502 };
      expect(readAll(values).at(-1)).toEqual(error);
      expect(new GeminiReader().body(Buffer.from(JSON.stringify(values[0]))).at(-1)).toEqual(error);
    },
  );

  it('a refused prompt, and an answer without content, are answers', () => {
    expect(
      readAll([{ promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 3 }, ...META }]).slice(
        1,
      ),
    ).toEqual([
      { kind: 'finish', choice: 0, cause: 'filter', native: 'SAFETY' },
      { kind: 'usage', usage: { input: 3, output: 0 }, serviceTier: undefined },
      { kind: 'end' },
    ]);
    for (const content of [{}, { role: 'model' }, undefined]) {
      const candidate = { finishReason: 'MAX_TOKENS', ...(content === undefined ? {} : { content }) };
      expect(readAll([{ candidates: [candidate], ...META }]).slice(1)).toEqual([
        { kind: 'finish', choice: 0, cause: 'length', native: 'MAX_TOKENS' },
        { kind: 'end' },
      ]);
    }
  });

  it('failures are told in every form that they have', () => {
    const error = { code: 503, message: 'Overloaded', status: 'UNAVAILABLE' };
    const step = { kind: 'error', message: 'Overloaded', type: 'UNAVAILABLE', status: 503 };
    const reader = new GeminiReader();
    expect(reader.event(undefined, JSON.stringify({ error }))).toEqual([step]);
    expect(reader.end()).toEqual([]);
    expect(new GeminiReader().event(undefined, JSON.stringify([{ error }]))).toEqual([step]);
    expect(new GeminiReader().body(Buffer.from(JSON.stringify({ error })))).toEqual([step]);
    for (const text of ['{', '"x"', 'null']) {
      expect(new GeminiReader().event(undefined, text)).toMatchObject([{ kind: 'error', status: 502 }]);
    }
  });

  it('a text’s signature seals it, though its own part is empty', () => {
    expect(readAll(chunks([[{ text: 'Hi' }], [{ text: '', thoughtSignature: 's' }]])).slice(1, -2)).toEqual([
      { kind: 'text-start', block: 0, choice: 0 },
      { kind: 'text-delta', block: 0, text: 'Hi' },
      { kind: 'seal', block: 0, seal: { family: 'gemini', model: 'gemini-3.6-flash', value: 's' } },
      { kind: 'block-end', block: 0 },
      { kind: 'finish', choice: 0, cause: 'stop', native: 'STOP' },
    ]);
  });

  it('sources count characters where Google counts bytes', () => {
    const groundingMetadata = {
      groundingChunks: [{ web: { uri: 'https://a/', title: 'A' } }, { web: { uri: 'https://b/' } }],
      groundingSupports: [{ segment: { startIndex: 6, endIndex: 9, text: 'é!' }, groundingChunkIndices: [0, 1, 7] }],
    };
    const steps = readAll(
      chunks([[{ text: '😀 ' }], [{ text: '“é' }], [{ text: '', thoughtSignature: 's' }]], 'STOP', {
        groundingMetadata,
      }),
    );
    const text = '😀 “é';
    expect(Buffer.byteLength(text.slice(0, 3))).toBe(5);
    const citations = steps.filter(({ kind }) => kind === 'citation');
    expect(citations).toHaveLength(2);
    const exact = {
      ...groundingMetadata,
      groundingSupports: [{ segment: { startIndex: 5, endIndex: 10 }, groundingChunkIndices: [0] }],
    };
    expect(
      readAll(chunks([[{ text }]], 'STOP', { groundingMetadata: exact })).find(({ kind }) => kind === 'citation'),
    ).toEqual({
      kind: 'citation',
      block: 0,
      citation: { url: 'https://a/', title: 'A', text: '“é', start: 3, end: 5 },
    });
  });

  it('log probabilities come in OpenAI’s form, choices with their own blocks', () => {
    const logprobsResult = {
      topCandidates: [
        {
          candidates: [
            { token: 'H', logProbability: -0.1 },
            { token: 'J', logProbability: -3 },
          ],
        },
      ],
      chosenCandidates: [{ token: 'H', tokenId: 1, logProbability: -0.1 }],
    };
    const candidates = [0, 1].map((index) => ({
      content: { parts: [{ text: 'H' }] },
      finishReason: 'STOP',
      index,
      logprobsResult,
    }));
    const steps = readAll([{ candidates, ...META }]);
    expect(steps.filter(({ kind }) => kind === 'text-start')).toEqual([
      { kind: 'text-start', block: 0, choice: 0 },
      { kind: 'text-start', block: 1, choice: 1 },
    ]);
    expect(steps.find(({ kind }) => kind === 'text-delta')).toMatchObject({
      logprobs: [
        { token: 'H', logprob: -0.1, bytes: [72], top_logprobs: [{ token: 'H' }, { token: 'J', logprob: -3 }] },
      ],
    });
  });
});

describe('a STOP that comes before the answer is over', () => {
  const [first, more, last] = [
    chunks([[{ text: 'a' }]])[0]!,
    chunks([[{ text: 'b' }], []])[0]!,
    chunks([[{ text: '', thoughtSignature: 's' }]])[0]!,
  ];
  const ends = (answers: readonly object[]): boolean => readAll(answers).some(({ kind }) => kind === 'end');

  it('is none', () => {
    expect(ends([first, more])).toBe(false);
    expect(ends([first, more, last])).toBe(true);
    expect(ends([first, { usageMetadata: USAGE, ...META }])).toBe(true);
  });
});

describe('the cutter of arrays', () => {
  it('is not misled by braces and quotes in texts', () => {
    const values = [{ a: '}{"\\', b: [{ c: '\\"' }] }, {}, { d: { e: {} } }];
    expect(new ArrayCutter().push(array(values)).map((text) => JSON.parse(text) as unknown)).toEqual(values);
  });

  it('bounds what it keeps, and says whether an object is open', () => {
    const cutter = new ArrayCutter(8);
    expect(cutter.push(Buffer.from('[{"a":'))).toEqual([]);
    expect(cutter.isBetween).toBe(false);
    expect(() => cutter.push(Buffer.from('"long"'))).toThrow(RangeError);
    const whole = new ArrayCutter();
    whole.push(Buffer.from('[{}'));
    expect(whole.isBetween).toBe(true);
  });
});
