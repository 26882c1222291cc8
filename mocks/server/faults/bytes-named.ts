import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { BytesFaultName } from '../../rules/faults/catalogue.ts';
import type { Delivery, Head, WireStep } from '../delivery.ts';
import { cut } from './connection.ts';
import type { FaultParameters, FaultScene, NamedEffect } from './effect.ts';
import type { ChunkedOptions, Piece } from './wire.ts';
import { bodyStep, chunk, chunked, framing, headBytes, onWire, pieces, wholeBody } from './wire.ts';

type Writing = (head: Head, delivery: Delivery, parameters: FaultParameters, scene: FaultScene) => Iterable<WireStep>;

/** The normal answer, written another way. */
function written(write: Writing): NamedEffect {
  return (parameters, scene) => {
    const delivery = scene.normal();
    if (delivery.head === undefined) return undefined;
    return onWire(delivery, write(delivery.head, delivery, parameters, scene));
  };
}

/** The body in pieces that end at the given places. */
function* splitAt(body: Piece, ends: Iterable<number>): Generator<Piece> {
  let start = 0;
  for (const end of ends) {
    if (end > start && end < body.bytes.length) {
      yield { bytes: body.bytes.subarray(start, end), events: 0 };
      start = end;
    }
  }
  yield { bytes: body.bytes.subarray(start), events: body.events };
}

/** Where the first character of several bytes has begun and not ended. */
function insideCharacter(bytes: Buffer): number {
  return bytes.findIndex((byte) => byte >= 0xc0) + 1;
}

function* steps(most: number, length: number, next: () => number): Generator<number> {
  for (let at = 0; at < length;) {
    at += 1 + Math.floor(next() * Math.max(1, most));
    yield at;
  }
}

const byEvents: Writing = (head, delivery, { ms }) => chunked(head, pieces(delivery), { waitMs: Number(ms) });
const atOnce: Writing = (head, delivery) => chunked(head, [wholeBody(delivery)]);

const splitUtf8: Writing = (head, delivery, { ms }) => {
  const body = wholeBody(delivery);
  return chunked(head, splitAt(body, [insideCharacter(body.bytes)]), { waitMs: Number(ms) });
};

const ragged: Writing = (head, delivery, { most, ms }, { context }) => {
  const body = wholeBody(delivery);
  const ends = steps(Number(most), body.bytes.length, () => context.random.next());
  return chunked(head, splitAt(body, ends), { waitMs: Number(ms) });
};

const oneByte: Writing = (head, delivery, { ms }) => {
  const body = wholeBody(delivery);
  return chunked(head, splitAt(body, body.bytes.keys()), { waitMs: Number(ms) });
};

const TEXT_FIELD = /"(?:content|delta|text|arguments)": ?"/;

const invalidUtf8: Writing = (head, delivery) => {
  const { bytes, events } = wholeBody(delivery);
  // A character a byte, so that places in the text are places in the bytes.
  const field = TEXT_FIELD.exec(bytes.toString('latin1'));
  const at = field === null ? bytes.length : field.index + field[0].length;
  const spoilt = Buffer.concat([bytes.subarray(0, at), Buffer.from([0xff]), bytes.subarray(at)]);
  return chunked(head, [{ bytes: spoilt, events }]);
};

interface Encoding {
  readonly name: string;
  readonly encode: (body: Buffer) => Buffer;
}

function encoded({ name, encode }: Encoding): Writing {
  return (head, delivery) => {
    const body = wholeBody(delivery);
    const lines = [`content-encoding: ${name}`, 'connection: close'];
    return chunked(head, [{ ...body, bytes: encode(body.bytes) }], { lines });
  };
}

function firstHalf(bytes: Buffer): Buffer {
  return bytes.subarray(0, Math.floor(bytes.length / 2));
}

/** Head with the given lengths, then the whole body. */
function sized(lengths: (real: number, by: number) => readonly number[]): Writing {
  return (head, delivery, { by }) => {
    const body = wholeBody(delivery);
    const lines = lengths(body.bytes.length, Number(by)).map((length) => `content-length: ${length}`);
    return [framing(headBytes(head, [...lines, 'connection: close'])), bodyStep(body)];
  };
}

function untilClose(share: (parameters: FaultParameters) => number): Writing {
  return (head, delivery, parameters) => {
    const body = wholeBody(delivery);
    const bytes = body.bytes.subarray(0, Math.floor(body.bytes.length * share(parameters)));
    return [framing(headBytes(head, ['connection: close'])), bodyStep({ ...body, bytes })];
  };
}

function framed(options: ChunkedOptions): Writing {
  return (head, delivery) => chunked(head, pieces(delivery), options);
}

const invalidChunk: Writing = (head, delivery) => [
  framing(headBytes(head, ['transfer-encoding: chunked', 'connection: close'])),
  ...[...pieces(delivery)].slice(0, 1).map((piece) => chunk(piece)),
  framing('zz\r\nnot a chunk\r\n0\r\n\r\n'),
];

function* slowHead(head: Head, delivery: Delivery, { ms }: FaultParameters): Generator<WireStep> {
  const [first, ...rest] = chunked(head, pieces(delivery));
  if (first === undefined || !('send' in first)) return;
  for (const byte of first.send) {
    yield { waitMs: Number(ms) };
    yield framing(Buffer.from([byte]));
  }
  yield* rest;
}

const badStatusLine: Writing = (head, delivery) => {
  const whole = headBytes(head, ['connection: close']).toString('latin1');
  return [framing(whole.replace(/^HTTP\/1\.1/, 'HTP/1.1')), bodyStep(wholeBody(delivery))];
};

/** The faults in the bytes that carry an answer. */
export const BYTES_EFFECTS: Readonly<Record<BytesFaultName, NamedEffect>> = {
  'cut-at-byte': ({ at }, scene) => cut({ kind: 'cut', atByte: Number(at) }, scene),
  'split-utf8': written(splitUtf8),
  'invalid-utf8': written(invalidUtf8),
  'one-byte': written(oneByte),
  ragged: written(ragged),
  'per-event': written(byEvents),
  coalesced: written(atOnce),
  gzip: written(encoded({ name: 'gzip', encode: (body) => gzipSync(body) })),
  br: written(encoded({ name: 'br', encode: (body) => brotliCompressSync(body) })),
  deflate: written(encoded({ name: 'deflate', encode: (body) => deflateSync(body) })),
  'gzip-cut': written(encoded({ name: 'gzip', encode: (body) => firstHalf(gzipSync(body)) })),
  'gzip-lie': written(encoded({ name: 'gzip', encode: (body) => body })),
  'length-long': written(sized((real, by) => [real + by])),
  'length-short': written(sized((real, by) => [Math.max(0, real - by)])),
  'length-conflict': written(sized((real) => [real, real + 1])),
  'chunk-extension': written(framed({ extension: ';mock="yes"' })),
  'chunk-invalid': written(invalidChunk),
  'chunk-trailer': written(framed({ last: Buffer.from('0\r\nx-mock-trailer: yes\r\n\r\n') })),
  'until-close': written(untilClose(() => 1)),
  'until-close-cut': written(untilClose(({ percent }) => Number(percent) / 100)),
  'slow-headers': written(slowHead),
  'bad-status-line': written(badStatusLine),
};
