import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventsOf } from './recording.ts';
import { record } from './recorder.ts';
import type { Answer } from './recorder.ts';
import { fakeProtocol } from './fake-protocol.fixture.ts';

const EVENTS = ['data: {"a":1}\n\n', 'data: {"é":"\u{1f600}"}\n\n', ': note\n\n', 'data: [DONE]\n\n'];
const TARGET = { provider: 'openai', address: 'https://one.example/v1', model: 'gpt-4o' };
const TERMS = { now: 1000, ttlMs: 500, maxBytes: 10_000 };

function answer(change: Partial<Answer> = {}): Answer {
  return {
    protocol: fakeProtocol(),
    model: 'gpt-4o',
    shape: 'stream',
    status: 200,
    headers: [['Content-Type', 'text/event-stream']],
    chunks: EVENTS.map((event) => Buffer.from(event)),
    times: [100, 105.4, 105.4, 230],
    endpoint: 'gpt-4o/one',
    target: TARGET,
    kept: true,
    ...change,
  };
}

test('a stream is recorded byte for byte with the end and time of each event', () => {
  expect(record(answer(), TERMS)).toMatchObject({
    facts: { complete: true },
    recording: {
      operation: 'chat.completions',
      model: 'gpt-4o',
      shape: 'stream',
      bytes: Buffer.from(EVENTS.join('')),
      times: [0, 5, 5, 130],
      endpoint: 'gpt-4o/one',
      target: TARGET,
      answerId: 'answer-1',
      kept: true,
      usage: { input: 1, output: 2 },
      encryptedItems: ['rs_1'],
      storedAt: 1000,
      expiresAt: 1500,
    },
  });
});

test('wherever the chunks were cut, the events are the same', () => {
  const whole = Buffer.from(EVENTS.join(''));
  fc.assert(
    fc.property(fc.array(fc.nat(whole.length), { maxLength: 12 }), (cuts) => {
      const offsets = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
      const chunks = offsets.slice(1).map((end, index) => whole.subarray(offsets[index], end));
      const result = record(answer({ chunks, times: chunks.map(() => 0) }), TERMS);
      const recording = 'recording' in result ? result.recording : undefined;
      expect(recording && eventsOf(recording).map(String)).toEqual(EVENTS);
    }),
  );
});

test('a stream cut at any byte before its end leaves nothing to store', () => {
  const whole = Buffer.from(EVENTS.join(''));
  for (let length = 0; length < whole.length; length++) {
    expect(record(answer({ chunks: [whole.subarray(0, length)], times: [0] }), TERMS)).toHaveProperty('rejected');
  }
});

test('bytes behind the terminal event are a reason to distrust the whole', () => {
  const chunks = [...EVENTS, 'data: {"half'].map((text) => Buffer.from(text));
  expect(record(answer({ chunks }), TERMS)).toMatchObject({ rejected: 'incomplete: bytes after the last event' });
});

test('an event has the time of the chunk that completes it', () => {
  const [one, two, three, four] = EVENTS as [string, string, string, string];
  const chunks = [one + two.slice(0, 3), two.slice(3) + three, four.slice(0, 5), four.slice(5)];
  const result = record(answer({ chunks: chunks.map((text) => Buffer.from(text)), times: [10, 20, 30, 40] }), TERMS);
  expect('recording' in result && result.recording.times).toEqual([0, 10, 10, 30]);
  const first = [one.slice(0, 2), one.slice(2) + two + three + four].map((text) => Buffer.from(text));
  const late = record(answer({ chunks: first, times: [10, 25] }), TERMS);
  expect('recording' in late && late.recording.times).toEqual([0, 0, 0, 0]);
});

test('an answer without an id or usage is recorded without them', () => {
  const facts = { complete: true, ended: true, encryptedItems: [] };
  const result = record(answer({ facts }), TERMS);
  if (!('recording' in result)) throw new Error(result.rejected);
  expect(result.recording).not.toHaveProperty('answerId');
  expect(result.recording).not.toHaveProperty('usage');
  expect(result.facts).toBe(facts);
});

test('bytes whose encoding is called identity are plain bytes', () => {
  expect(record(answer({ headers: [['content-encoding', 'Identity']] }), TERMS)).toHaveProperty('recording');
});

test('an answer that is not complete for no stated reason lacks its end', () => {
  const facts = { complete: false, ended: false, encryptedItems: [] };
  expect(record(answer({ facts }), TERMS)).toEqual({ rejected: 'incomplete: no verified end', facts });
});

test('a body is recorded as it is', () => {
  const result = record(
    answer({ shape: 'body', chunks: [Buffer.from('{"ok":'), Buffer.from('true}')], times: [0, 9] }),
    TERMS,
  );
  expect(result).toMatchObject({
    recording: { shape: 'body', bytes: Buffer.from('{"ok":true}'), ends: [], times: [] },
  });
});

test.each([
  ['a status that is not 200', { status: 206 }, 'status 206'],
  ['compressed bytes', { headers: [['Content-Encoding', 'gzip']] as const }, 'content-encoding gzip'],
  ['a body without its proof of completeness', { shape: 'body' as const, chunks: [Buffer.from('{}')] }, 'incomplete: '],
])('%s is rejected with the reason', (_name, change, reason) => {
  const result = record(answer(change), TERMS);
  expect('rejected' in result && result.rejected).toContain(reason);
});

test('an answer larger than the bound is rejected, one of exactly that size is not', () => {
  const size = Buffer.byteLength(EVENTS.join(''));
  expect(record(answer(), { ...TERMS, maxBytes: size - 1 })).toMatchObject({
    rejected: `too large: ${size} bytes`,
    facts: { id: 'answer-1' },
  });
  expect(record(answer(), { ...TERMS, maxBytes: size })).toHaveProperty('recording');
});

test('an answer that is not UTF-8 is rejected, whatever its shape', () => {
  const broken = Buffer.concat([
    Buffer.from('data: {"ok":true,"text":"'),
    Buffer.from([0xff]),
    Buffer.from('"}\n\ndata: [DONE]\n\n'),
  ]);
  for (const shape of ['stream', 'body'] as const) {
    expect(record(answer({ shape, chunks: [broken], times: [0] }), TERMS)).toMatchObject({ rejected: 'not UTF-8' });
  }
});

test('a rejected answer still has its facts, so that its tokens can be counted', () => {
  const chunks = EVENTS.slice(0, 3).map((text) => Buffer.from(text));
  expect(record(answer({ chunks }), TERMS)).toMatchObject({
    facts: { complete: false, usage: { input: 1, output: 2 } },
  });
});

test('only headers that describe the answer are kept', () => {
  const headers = [
    ['Content-Type', 'text/event-stream'],
    ['x-request-id', 'req_1'],
    ['OpenAI-Processing-Ms', '12'],
    ['openai-version', '2020-10-01'],
    ['x-ratelimit-remaining-tokens', '5'],
    ['set-cookie', '__cf_bm=secret'],
    ['transfer-encoding', 'chunked'],
    ['connection', 'keep-alive'],
    ['date', 'today'],
    ['content-length', '5'],
  ] as const;
  const result = record(answer({ headers }), TERMS);
  expect('recording' in result && result.recording.headers).toEqual([
    ['content-type', 'text/event-stream'],
    ['x-request-id', 'req_1'],
    ['openai-processing-ms', '12'],
    ['openai-version', '2020-10-01'],
  ]);
});
