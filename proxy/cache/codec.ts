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

/** Unpacks an entry; undefined for anything that is not exactly what `encodeEntry` made. Never rejects. */
export async function decodeEntry(entry: Buffer): Promise<DecodedEntry | undefined> {
  if (!isIntact(entry)) return undefined;
  try {
    const payload = await unpack(entry);
    return payload && parse(payload);
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

async function unpack(entry: Buffer): Promise<Buffer | undefined> {
  const length = entry.readUInt32BE(LENGTH_AT);
  const packed = entry.subarray(PAYLOAD_AT);
  if (length > MAX_PAYLOAD) return undefined;
  if (entry[3] !== FLAG_ZSTD) return packed.length === length ? packed : undefined;
  const limit = { maxOutputLength: length };
  const payload = length < ASYNC_FROM ? zstdDecompressSync(packed, limit) : await decompressAsync(packed, limit);
  return payload.length === length ? payload : undefined;
}

function parse(payload: Buffer): DecodedEntry | undefined {
  const metaEnd = 4 + payload.readUInt32BE(0);
  const meta: unknown = JSON.parse(payload.toString('utf8', 4, metaEnd));
  // A copy, because the payload may be a slice of a much larger read from the socket.
  const recording = recordingFrom(meta, ownBytes([payload.subarray(metaEnd)]));
  const generation = isJsonObject(meta) ? meta['generation'] : undefined;
  return recording === undefined || typeof generation !== 'string' ? undefined : { recording, generation };
}
