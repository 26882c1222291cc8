import { expect, test } from 'vitest';
import { metaOf, recordingFrom } from './recording-meta.ts';
import { makeRecording, makeStream } from './recordings.fixture.ts';

const RECORDING = makeStream(['data: 1\n\n', 'data: [DONE]\n\n']);
const META = metaOf(RECORDING);

test('a description and its bytes are the recording again', () => {
  expect(recordingFrom(JSON.parse(JSON.stringify(META)), RECORDING.bytes)).toStrictEqual(RECORDING);
});

test('a recording without an id or usage is described without them', () => {
  const { answerId: _id, usage: _usage, ...rest } = RECORDING;
  expect(recordingFrom(JSON.parse(JSON.stringify(metaOf(rest))), RECORDING.bytes)).toStrictEqual(rest);
  const parts = { cachedInput: 0, cacheWrite: 1, audioInput: 0, reasoning: 1, audioOutput: 1 };
  const usage = { input: 1, output: 2, ...parts, images: 1, seconds: 1.5 };
  expect(recordingFrom(metaOf({ ...RECORDING, usage }), RECORDING.bytes)?.usage).toEqual(usage);
});

test('a refusal is described by a shape of its own, and is a body again', () => {
  const refusal = makeRecording({ refusal: { status: 400, request: 'ab' } });
  const meta = metaOf(refusal);
  expect(meta).toMatchObject({ shape: 'refusal' });
  expect(recordingFrom(JSON.parse(JSON.stringify(meta)), refusal.bytes)).toStrictEqual(refusal);
  for (const change of [{ shape: 'body' }, { refusal: undefined }, { refusal: { status: 200, request: 'ab' } }]) {
    expect(recordingFrom({ ...meta, ...change }, refusal.bytes)).toBeUndefined();
  }
});

test.each([
  { operation: 'toString' },
  { shape: 'refusal' },
  { shape: 'song' },
  { shape: 'body' },
  { model: 1 },
  { endpoint: null },
  { headers: [['content-type']] },
  { headers: {} },
  { lengths: [9] },
  { lengths: [9, 13] },
  { lengths: [30, -7] },
  { times: [0] },
  { times: [0, 'x'] },
  { storedAt: '0' },
  { expiresAt: undefined },
  { answerId: 5 },
  { target: undefined },
  { target: { provider: 'openai', address: 'https://one.example/v1' } },
  { target: { provider: 'openai', address: 1, model: 'm' } },
  { target: { provider: null, address: 'https://one.example/v1', model: 'm' } },
  { kept: undefined },
  { kept: 'yes' },
  { usage: null },
  { usage: 5 },
  { usage: { input: 1 } },
  { usage: { output: 1 } },
  { usage: { input: 1, output: 2, reasoning: 'x' } },
  { usage: { input: -1, output: 2 } },
  { encryptedItems: [1] },
])('a description with %j is refused', (change) => {
  expect(recordingFrom({ ...META, ...change }, RECORDING.bytes)).toBeUndefined();
});

test('what is no description at all is refused', () => {
  for (const meta of [null, [], 'text', 7]) expect(recordingFrom(meta, RECORDING.bytes)).toBeUndefined();
});
