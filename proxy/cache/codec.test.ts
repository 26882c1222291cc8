import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { EntryCodec } from './codec.ts';
import { modelTag } from './key.ts';
import { makeRecording, makeStream } from './recordings.fixture.ts';
import type { Recording } from './types.ts';

const CODEC = new EntryCodec();
const KEY = `${modelTag('gpt-4o')}.${'1'.repeat(64)}`;
const SMALL = makeStream(['data: {"a":1}\n\n', 'data: [DONE]\n\n'], { encryptedItems: ['rs_1'] });
const LONG = makeStream(Array.from({ length: 80_000 }, (_, index) => `data: {"delta":"word ${index}"}\n\n`));
/** A stream of which some events are hidden, some shown in part, and all by a client that wants everything. */
const READY = {
  ...makeStream(['data: é1,"usage":null}\n\n', 'data: é2}\n\n', 'data: {"usage":{}}\n\n', 'data: [DONE]\n\n']),
  ready: {
    body: Buffer.from('data: é1}\n\ndata: é2}\n\ndata: [DONE]\n\n'),
    hidden: [',"usage":null', 'data: {"usage":{}}\n\n'],
    cuts: [9, 0, 15, 1],
    own: [{ name: 'user', start: 3, end: 5, meaning: 'x' }],
  },
};
const { answerId: _answerId, ...WITHOUT_ID } = makeRecording();

test.each<[string, Recording]>([
  ['a body', makeRecording()],
  ['a small stream', SMALL],
  ['a long stream', LONG],
  ['a stream with its ready form', READY],
  ['an answer without an id', WITHOUT_ID],
  ['bytes of no meaning', makeRecording({ bytes: randomBytes(3_000_000) })],
  ['an empty body', makeRecording({ bytes: Buffer.alloc(0) })],
])('%s comes back as it was, with its tokens', async (_name, recording) => {
  expect(await CODEC.decode(KEY, await CODEC.encode(KEY, recording, 'g1'))).toStrictEqual({
    recording,
    tokens: 'g1',
  });
});

test('a long answer is stored much smaller than it is, one that would not become so or is not long as it is', async () => {
  expect((await CODEC.encode(KEY, LONG, 'g')).length).toBeLessThan(LONG.bytes.length / 2);
  for (const bytes of [randomBytes(3_000_000), Buffer.alloc(1_500_000, 'x')]) {
    const entry = await CODEC.encode(KEY, makeRecording({ bytes }), 'g');
    expect(entry[3]).toBe(0);
    expect(entry.includes(bytes)).toBe(true);
  }
});

test('a ready form stands in the entry as it is sent, and restores nothing until it has to', async () => {
  const entry = await CODEC.encode(KEY, READY, 'g');
  expect(entry.includes(READY.ready.body)).toBe(true);
  expect(entry.includes(READY.bytes)).toBe(false);
  const { recording } = (await CODEC.decode(KEY, entry))!;
  expect(recording.ready?.body.buffer).toBe(entry.buffer);
  expect(recording.bytes.toString()).toBe(READY.bytes.toString());
});

test.each([
  ['other cuts than the events allow', { cuts: [9, 0] }],
  ['a cut of a text that is not there', { cuts: [9, 0, 15, 2] }],
  ['a cut behind the end', { cuts: [9, 0, 150, 1] }],
  ['texts that are none', { hidden: [5] as unknown as string[] }],
  ['fields that are none', { own: [{ name: 'user', start: 5, end: 3, meaning: 'x' }] }],
])('an entry whose ready form has %s is a miss', async (_name, change) => {
  const entry = await CODEC.encode(KEY, { ...READY, ready: { ...READY.ready, ...change } }, 'g');
  expect(await CODEC.decode(KEY, entry)).toBeUndefined();
});

test.each([
  ['small', SMALL],
  ['compressed', LONG],
])('a %s entry with any byte flipped is a miss', async (_name, recording) => {
  const entry = await CODEC.encode(KEY, recording, 'g');
  await fc.assert(
    fc.asyncProperty(fc.nat(entry.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const broken = Buffer.from(entry);
      broken[at] = (broken[at] ?? 0) ^ mask;
      expect(await CODEC.decode(KEY, broken)).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test('an entry cut anywhere, or with bytes behind it, is a miss', async () => {
  const entry = await CODEC.encode(KEY, SMALL, 'g');
  for (let length = 0; length < entry.length; length++) {
    expect(await CODEC.decode(KEY, entry.subarray(0, length))).toBeUndefined();
  }
  expect(await CODEC.decode(KEY, Buffer.concat([entry, Buffer.from('x')]))).toBeUndefined();
});

test('garbage of any kind is a miss', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      expect(await CODEC.decode(KEY, Buffer.from(bytes))).toBeUndefined();
      expect(await CODEC.decode(KEY, Buffer.concat([Buffer.from('LP\u0003\u0000'), bytes]))).toBeUndefined();
    }),
  );
});

const OTHER_KEYS = [
  `${modelTag('gpt-4o')}.${'2'.repeat(64)}`,
  `${modelTag('other')}.${'1'.repeat(64)}`,
  `${modelTag('gpt-4o')}.${'1'.repeat(63)}2`,
];
const SECRET = randomBytes(32);

test.each([
  ['with a checksum', new EntryCodec()],
  ['with a seal', new EntryCodec(SECRET)],
])('an entry %s is one of its own key alone', async (_name, codec) => {
  const entry = await codec.encode(KEY, SMALL, 'g');
  expect(await codec.decode(KEY, entry)).toMatchObject({ recording: SMALL });
  for (const key of OTHER_KEYS) expect(await codec.decode(key, entry)).toBeUndefined();
});

test.each<[string, Recording]>([
  ['a small one', SMALL],
  ['a compressed one', LONG],
  ['one that would not become smaller', makeRecording({ bytes: randomBytes(3_000_000) })],
  ['one with its ready form', READY],
])('a sealed entry comes back as it was: %s', async (_name, recording) => {
  const codec = new EntryCodec(SECRET);
  const entry = await codec.encode(KEY, recording, 'g');
  expect(await new EntryCodec(Buffer.from(SECRET)).decode(KEY, entry)).toStrictEqual({ recording, tokens: 'g' });
});

test('an entry without a seal, with that of another secret, or with one that is not asked for is a miss', async () => {
  const [plain, sealed, other] = [new EntryCodec(), new EntryCodec(SECRET), new EntryCodec(randomBytes(32))];
  const entries = await Promise.all([plain, sealed, other].map((codec) => codec.encode(KEY, SMALL, 'g')));
  const [fromPlain, fromSealed, fromOther] = entries as [Buffer, Buffer, Buffer];
  expect(await sealed.decode(KEY, fromPlain)).toBeUndefined();
  expect(await sealed.decode(KEY, fromOther)).toBeUndefined();
  expect(await plain.decode(KEY, fromSealed)).toBeUndefined();
  // With the flag taken off and the seal cut off, or a flag without a seal behind it.
  const stripped = Buffer.from(fromSealed.subarray(0, -32));
  stripped[3] = (stripped[3] ?? 0) & ~2;
  expect(await sealed.decode(KEY, stripped)).toBeUndefined();
  const flagged = Buffer.from(fromPlain);
  flagged[3] = (flagged[3] ?? 0) | 2;
  expect(await sealed.decode(KEY, flagged)).toBeUndefined();
});

test('a sealed entry with any byte flipped, or cut anywhere, is a miss', async () => {
  const codec = new EntryCodec(SECRET);
  const entry = await codec.encode(KEY, SMALL, 'g');
  for (let at = 0; at < entry.length; at += 1) {
    const broken = Buffer.from(entry);
    broken[at] = (broken[at] ?? 0) ^ 1;
    expect(await codec.decode(KEY, broken)).toBeUndefined();
    expect(await codec.decode(KEY, entry.subarray(0, at))).toBeUndefined();
  }
});

/** The entry with another head and a checksum that fits it. */
function forged(entry: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(entry);
  change(copy);
  copy.writeUInt32BE(crc32(copy.subarray(8), crc32(copy.subarray(0, 4))), 4);
  return copy;
}

test('an entry is laid out as its description says', async () => {
  const entry = await CODEC.encode(KEY, SMALL, 'g');
  expect(entry.toString('latin1', 0, 2)).toBe('LP');
  expect([entry[2], entry[3]]).toEqual([3, 0]);
  expect(entry.readUInt32BE(8)).toBe(entry.length - 52);
  expect(entry.toString('hex', 12, 52)).toBe(KEY.replace('.', ''));
  expect(forged(entry, () => undefined)).toEqual(entry);
  const long = await CODEC.encode(KEY, LONG, 'g');
  expect(long[3]).toBe(1);
  expect(long.readUInt32BE(8)).toBeGreaterThan(LONG.bytes.length);
  expect((await new EntryCodec(SECRET).encode(KEY, SMALL, 'g')).length).toBe(entry.length + 32);
});

test.each<[string, Recording]>([
  ['plain', SMALL],
  ['compressed', LONG],
])('a %s entry whose head gives another length is a miss, whatever its checksum', async (_name, recording) => {
  const entry = await CODEC.encode(KEY, recording, 'g');
  const length = entry.readUInt32BE(8);
  for (const other of [0, length - 1, length + 1, 0xffff_ffff]) {
    expect(
      await CODEC.decode(
        KEY,
        forged(entry, (copy) => copy.writeUInt32BE(other, 8)),
      ),
    ).toBeUndefined();
  }
});

test('an entry of another version is a miss, whatever its checksum', async () => {
  const entry = await CODEC.encode(KEY, SMALL, 'g');
  for (const version of [1, 2, 4]) {
    expect(
      await CODEC.decode(
        KEY,
        forged(entry, (copy) => (copy[2] = version)),
      ),
    ).toBeUndefined();
  }
});

test('an entry without tokens or without a recording is a miss', async () => {
  const noTokens = await CODEC.encode(KEY, SMALL, undefined as unknown as string);
  expect(await CODEC.decode(KEY, noTokens)).toBeUndefined();
  const noRecording = await CODEC.encode(KEY, { ...SMALL, model: 5 as unknown as string }, 'g');
  expect(await CODEC.decode(KEY, noRecording)).toBeUndefined();
});
