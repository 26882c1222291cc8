import { expect, test } from 'vitest';
import { type Piece, RecordCodec } from './record-codec.ts';

const LOG = 'lease token';
const PIECES: Piece[] = [
  { kind: 'head', bytes: Buffer.from('{}'), more: false },
  { kind: 'chunk', bytes: Buffer.from([0, 255, 128]), more: true },
  { kind: 'chunk', bytes: Buffer.alloc(0), more: false },
  { kind: 'end', bytes: Buffer.from('é'), more: false },
  { kind: 'lost', bytes: Buffer.alloc(0), more: false },
];
const CODECS = [new RecordCodec(), new RecordCodec(Buffer.alloc(32, 1)), new RecordCodec(Buffer.alloc(32, 2))] as const;

test.each([0, 1])('what was packed is unpacked, equal in every part (%i)', (index) => {
  const codec = CODECS[index === 0 ? 0 : 1];
  expect(codec.decode(LOG, 7, codec.encode(LOG, 7, PIECES))).toEqual(PIECES);
});

test.each([0, 1])('a record is none in another log, in another place, or with any byte changed (%i)', (index) => {
  const codec = CODECS[index === 0 ? 0 : 1];
  const record = codec.encode(LOG, 7, PIECES);
  expect(codec.decode('lease other', 7, record)).toBeUndefined();
  expect(codec.decode(LOG, 8, record)).toBeUndefined();
  for (let at = 0; at < record.length; at += 1) {
    const changed = Buffer.from(record);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(codec.decode(LOG, 7, changed)).toBeUndefined();
    expect(codec.decode(LOG, 7, record.subarray(0, at))).toBeUndefined();
  }
});

test('a record that was sealed with another secret, or with none, is not read, nor one that should not be sealed', () => {
  const records = CODECS.map((codec) => codec.encode(LOG, 1, PIECES));
  const readable = CODECS.map((codec) => records.map((record) => codec.decode(LOG, 1, record) !== undefined));
  expect(readable).toEqual([
    [true, false, false],
    [false, true, false],
    [false, false, true],
  ]);
});
