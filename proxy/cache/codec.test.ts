import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeEntry, encodeEntry } from './codec.ts';
import { makeRecording, makeStream } from './recordings.fixture.ts';
import type { Recording } from './types.ts';

const SMALL = makeStream(['data: {"a":1}\n\n', 'data: [DONE]\n\n'], { encryptedItems: ['rs_1'] });
const LONG = makeStream(Array.from({ length: 500 }, (_, index) => `data: {"delta":"word ${index}"}\n\n`));
const { answerId: _answerId, ...WITHOUT_ID } = makeRecording();

test.each<[string, Recording]>([
  ['a body', makeRecording()],
  ['a small stream', SMALL],
  ['a long stream', LONG],
  ['an answer without an id', WITHOUT_ID],
  ['bytes of no meaning', makeRecording({ bytes: randomBytes(300_000) })],
  ['an empty body', makeRecording({ bytes: Buffer.alloc(0) })],
])('%s comes back as it was, with its generation', async (_name, recording) => {
  expect(await decodeEntry(await encodeEntry(recording, 'g1'))).toStrictEqual({ recording, generation: 'g1' });
});

test('a long answer is stored much smaller than it is', async () => {
  expect((await encodeEntry(LONG, 'g')).length).toBeLessThan(LONG.bytes.length / 4);
});

test.each([
  ['small', SMALL],
  ['compressed', LONG],
])('a %s entry with any byte flipped is a miss', async (_name, recording) => {
  const entry = await encodeEntry(recording, 'g');
  await fc.assert(
    fc.asyncProperty(fc.nat(entry.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const broken = Buffer.from(entry);
      broken[at] = (broken[at] ?? 0) ^ mask;
      expect(await decodeEntry(broken)).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test('an entry cut anywhere, or with bytes behind it, is a miss', async () => {
  const entry = await encodeEntry(SMALL, 'g');
  for (let length = 0; length < entry.length; length++) {
    expect(await decodeEntry(entry.subarray(0, length))).toBeUndefined();
  }
  expect(await decodeEntry(Buffer.concat([entry, Buffer.from('x')]))).toBeUndefined();
});

test('garbage of any kind is a miss', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      expect(await decodeEntry(Buffer.from(bytes))).toBeUndefined();
      expect(await decodeEntry(Buffer.concat([Buffer.from('LP\u0001\u0000'), bytes]))).toBeUndefined();
    }),
  );
});

test('the decoded bytes are memory of their own, so that what is counted is what is held', async () => {
  const entry = await encodeEntry(SMALL, 'g');
  const read = Buffer.concat([Buffer.alloc(50_000), entry]).subarray(50_000);
  const decoded = await decodeEntry(read);
  expect(decoded?.recording.bytes.buffer.byteLength).toBe(SMALL.bytes.length);
});
