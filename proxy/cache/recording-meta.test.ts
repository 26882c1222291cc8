import { expect, test } from 'vitest';
import { metaOf, recordingFrom } from './recording-meta.ts';
import { makeStream } from './recordings.fixture.ts';

const RECORDING = makeStream(['data: 1\n\n', 'data: [DONE]\n\n']);
const META = metaOf(RECORDING);

test('a description and its bytes are the recording again', () => {
  expect(recordingFrom(JSON.parse(JSON.stringify(META)), RECORDING.bytes)).toStrictEqual(RECORDING);
});

test.each([
  { operation: 'toString' },
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
  { encryptedItems: [1] },
])('a description with %j is refused', (change) => {
  expect(recordingFrom({ ...META, ...change }, RECORDING.bytes)).toBeUndefined();
});

test('what is no description at all is refused', () => {
  for (const meta of [null, [], 'text', 7]) expect(recordingFrom(meta, RECORDING.bytes)).toBeUndefined();
});
