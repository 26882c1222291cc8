import { promisify } from 'node:util';
import { constants, crc32, zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } from 'node:zlib';
import { isJsonObject } from '../core/json.ts';
import { ownBytes } from './recording.ts';
import { metaOf, recordingFrom } from './recording-meta.ts';
import type { Recording } from './types.ts';

/*
 * An entry on Redis:   0 "LP" · 2 version · 3 flags · 4 CRC-32 of all but itself · 8 length of the payload · 12 payload
 * The payload, compressed when the flag says so:   0 length of meta · 4 meta (JSON) · bytes of the answer
 */
const MAGIC = Buffer.from('LP');
const VERSION = 1;
const FLAG_ZSTD = 1;
const CRC_AT = 4;
const LENGTH_AT = 8;
const PAYLOAD_AT = 12;
/** Below this, compressing costs more than the bytes are worth. */
const COMPRESS_FROM = 8 * 1024;
/** From this on the work is done off the event loop. */
const ASYNC_FROM = 256 * 1024;
/** What an entry may grow to when it is unpacked; a forged length must not take all memory. */
const MAX_PAYLOAD = 256 * 1024 * 1024;

const compressAsync = promisify(zstdCompress);
const decompressAsync = promisify(zstdDecompress);
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export interface DecodedEntry {
  readonly recording: Recording;
  /** Purge token under which the answer was generated. */
  readonly generation: string;
}

/** Packs a recording for Redis. */
export async function encodeEntry(recording: Recording, generation: string): Promise<Buffer> {
  const meta = Buffer.from(JSON.stringify({ ...metaOf(recording), generation }));
  const metaLength = Buffer.alloc(4);
  metaLength.writeUInt32BE(meta.length);
  const payload = Buffer.concat([metaLength, meta, recording.bytes]);
  const compressed = payload.length >= COMPRESS_FROM;
  const packed = compressed ? await compress(payload) : payload;
  const head = Buffer.alloc(PAYLOAD_AT);
  MAGIC.copy(head);
  head[2] = VERSION;
  head[3] = compressed ? FLAG_ZSTD : 0;
  head.writeUInt32BE(payload.length, LENGTH_AT);
  const entry = Buffer.concat([head, packed]);
  entry.writeUInt32BE(checksum(entry), CRC_AT);
  return entry;
}

/**
 * Unpacks an entry; undefined for anything that is not exactly what `encodeEntry` made. Never throws or rejects; a promise
 * only of what is large enough to be unpacked off the event loop.
 */
export function decodeEntry(entry: Buffer): DecodedEntry | undefined | Promise<DecodedEntry | undefined> {
  if (!isIntact(entry)) return undefined;
  const length = entry.readUInt32BE(LENGTH_AT);
  if (length > MAX_PAYLOAD) return undefined;
  const packed = entry.subarray(PAYLOAD_AT);
  if (entry[3] !== FLAG_ZSTD) return parse(packed, length);
  const limit = { maxOutputLength: length };
  if (length >= ASYNC_FROM) {
    return decompressAsync(packed, limit).then(
      (payload) => parse(payload, length),
      () => undefined,
    );
  }
  try {
    return parse(zstdDecompressSync(packed, limit), length);
  } catch {
    return undefined;
  }
}

function isIntact(entry: Buffer): boolean {
  if (entry.length < PAYLOAD_AT + 4 || !entry.subarray(0, 2).equals(MAGIC) || entry[2] !== VERSION) return false;
  return entry.readUInt32BE(CRC_AT) === checksum(entry);
}

function checksum(entry: Buffer): number {
  return crc32(entry.subarray(LENGTH_AT), crc32(entry.subarray(0, CRC_AT)));
}

function compress(payload: Buffer): Buffer | Promise<Buffer> {
  return payload.length < ASYNC_FROM ? zstdCompressSync(payload, LEVEL) : compressAsync(payload, LEVEL);
}

function parse(payload: Buffer, length: number): DecodedEntry | undefined {
  if (payload.length !== length) return undefined;
  try {
    const metaEnd = 4 + payload.readUInt32BE(0);
    const meta: unknown = JSON.parse(payload.toString('utf8', 4, metaEnd));
    // A copy, because the payload may be a slice of a much larger read from the socket.
    const recording = recordingFrom(meta, ownBytes([payload.subarray(metaEnd)]));
    const generation = isJsonObject(meta) ? meta['generation'] : undefined;
    return recording === undefined || typeof generation !== 'string' ? undefined : { recording, generation };
  } catch {
    return undefined;
  }
}
