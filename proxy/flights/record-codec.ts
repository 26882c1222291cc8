import { createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Frame } from './shared-flights.ts';

/*
 * A record of a log:   0 "LF" · 2 version · 3 flags · 4 CRC-32 of what it is bound to, its number and its payload ·
 *                      8 payload · at the end, when the flag says so, HMAC-SHA-256 of the same and all before it
 * The payload is pieces:   0 kind, with the highest bit set where the frame goes on in the next piece · 1 length · 5 bytes
 *
 * Lease, token and number are not in the record but in what is checked: a record that was copied to another log or another
 * place of its log is none there.
 */
const MAGIC = Buffer.from('LF');
const VERSION = 1;
const FLAG_SEALED = 1;
const CRC_AT = 4;
const PAYLOAD_AT = 8;
const SEAL_BYTES = 32;
const PIECE_HEAD = 5;
const MORE = 0x80;

/** `lost`: the leader gave up. */
export type PieceKind = Frame['kind'] | 'lost';
const KINDS: readonly PieceKind[] = ['head', 'chunk', 'end', 'lost'];

/** A frame, or a part of one. */
export interface Piece {
  readonly kind: PieceKind;
  readonly bytes: Buffer;
  /** The frame goes on in the next piece. */
  readonly more: boolean;
}

/** Bytes that a piece takes in a record. */
export function pieceBytes({ bytes }: Piece): number {
  return PIECE_HEAD + bytes.length;
}

/** Packs pieces into records of one log and unpacks them. With a secret only records that were sealed with it are read. */
export class RecordCodec {
  readonly #secret: Buffer | undefined;

  constructor(secret?: Buffer) {
    this.#secret = secret;
  }

  /** `log`: what the record is bound to, `number`: its place there. */
  encode(log: string, number: number, pieces: readonly Piece[]): Buffer {
    const head = Buffer.alloc(PAYLOAD_AT);
    MAGIC.copy(head);
    head[2] = VERSION;
    head[3] = this.#secret ? FLAG_SEALED : 0;
    const record = Buffer.concat([head, ...pieces.flatMap(partsOf)]);
    record.writeUInt32BE(checksum(log, number, record.subarray(PAYLOAD_AT)), CRC_AT);
    return this.#secret ? Buffer.concat([record, seal(this.#secret, log, number, record)]) : record;
  }

  /** Undefined for anything that is not exactly what `encode` made for this place. Never throws. */
  decode(log: string, number: number, bytes: Buffer): Piece[] | undefined {
    const record = this.#opened(log, number, bytes);
    if (record === undefined || record.length < PAYLOAD_AT || !record.subarray(0, 2).equals(MAGIC)) return undefined;
    const payload = record.subarray(PAYLOAD_AT);
    if (record[2] !== VERSION || record.readUInt32BE(CRC_AT) !== checksum(log, number, payload)) return undefined;
    return piecesIn(payload);
  }

  /** The record without its seal; undefined when it has none though it must, or a wrong one, or one that is not asked for. */
  #opened(log: string, number: number, bytes: Buffer): Buffer | undefined {
    const sealed = ((bytes[3] ?? 0) & FLAG_SEALED) !== 0;
    if (sealed !== (this.#secret !== undefined)) return undefined;
    if (!this.#secret) return bytes;
    if (bytes.length < PAYLOAD_AT + SEAL_BYTES) return undefined;
    const record = bytes.subarray(0, -SEAL_BYTES);
    return timingSafeEqual(seal(this.#secret, log, number, record), bytes.subarray(-SEAL_BYTES)) ? record : undefined;
  }
}

function partsOf({ kind, bytes, more }: Piece): [Buffer, Buffer] {
  const head = Buffer.alloc(PIECE_HEAD);
  head[0] = KINDS.indexOf(kind) | (more ? MORE : 0);
  head.writeUInt32BE(bytes.length, 1);
  return [head, bytes];
}

function piecesIn(payload: Buffer): Piece[] | undefined {
  const pieces: Piece[] = [];
  for (let at = 0; at < payload.length;) {
    if (at + PIECE_HEAD > payload.length) return undefined;
    const first = payload[at] ?? 0;
    const kind = KINDS[first & ~MORE];
    const end = at + PIECE_HEAD + payload.readUInt32BE(at + 1);
    if (kind === undefined || end > payload.length) return undefined;
    pieces.push({ kind, bytes: payload.subarray(at + PIECE_HEAD, end), more: (first & MORE) !== 0 });
    at = end;
  }
  return pieces;
}

function checksum(log: string, number: number, payload: Buffer): number {
  return crc32(payload, crc32(`${log} ${number}`));
}

function seal(secret: Buffer, log: string, number: number, record: Buffer): Buffer {
  return createHmac('sha256', secret).update(`${log} ${number} `).update(record).digest();
}
