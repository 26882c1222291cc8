import { createHmac, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, crc32, zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } from 'node:zlib';
import { isJsonObject } from '../core/json.ts';
import { ownBytes } from './recording.ts';
import { metaOf, recordingFrom } from './recording-meta.ts';
import type { Recording } from './types.ts';

/*
 * An entry on Redis:   0 "LP" · 2 version · 3 flags · 4 CRC-32 of all but itself · 8 length of the payload · 12 key ·
 *                      52 payload · at the end, when the flag says so, HMAC-SHA-256 of all before it
 * The payload, compressed when the flag says so:   0 length of meta · 4 meta (JSON) · bytes of the answer
 *
 * The key stands in the checked part: a value that was copied to the place of another key is a miss there.
 */
const MAGIC = Buffer.from('LP');
const VERSION = 2;
const FLAG_ZSTD = 1;
const FLAG_SEALED = 2;
const CRC_AT = 4;
const LENGTH_AT = 8;
const KEY_AT = 12;
/** Tag and digest of a cache key, as bytes. */
const KEY_BYTES = 40;
const PAYLOAD_AT = KEY_AT + KEY_BYTES;
const SEAL_BYTES = 32;
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
  /** Purge tokens under which the answer was generated. */
  readonly tokens: string;
}

/** Packs recordings for Redis and unpacks them. With a secret, only entries that were sealed with it are accepted. */
export class EntryCodec {
  readonly #secret: Buffer | undefined;

  constructor(secret?: Buffer) {
    this.#secret = secret;
  }

  async encode(key: string, recording: Recording, tokens: string): Promise<Buffer> {
    const meta = Buffer.from(JSON.stringify({ ...metaOf(recording), tokens }));
    const metaLength = Buffer.alloc(4);
    metaLength.writeUInt32BE(meta.length);
    const payload = Buffer.concat([metaLength, meta, recording.bytes]);
    const compressed = payload.length >= COMPRESS_FROM;
    const packed = compressed ? await compress(payload) : payload;
    const head = Buffer.alloc(PAYLOAD_AT);
    MAGIC.copy(head);
    head[2] = VERSION;
    head[3] = (compressed ? FLAG_ZSTD : 0) | (this.#secret ? FLAG_SEALED : 0);
    head.writeUInt32BE(payload.length, LENGTH_AT);
    keyBytes(key).copy(head, KEY_AT);
    const entry = Buffer.concat([head, packed]);
    entry.writeUInt32BE(checksum(entry), CRC_AT);
    return this.#secret ? Buffer.concat([entry, seal(entry, this.#secret)]) : entry;
  }

  /**
   * Undefined for anything that is not exactly what `encode` made for this key. Never throws or rejects; a promise only
   * of what is large enough to be unpacked off the event loop.
   */
  decode(key: string, bytes: Buffer): DecodedEntry | undefined | Promise<DecodedEntry | undefined> {
    const entry = this.#opened(bytes);
    if (entry === undefined || !isIntact(entry, key)) return undefined;
    const length = entry.readUInt32BE(LENGTH_AT);
    if (length > MAX_PAYLOAD) return undefined;
    const packed = entry.subarray(PAYLOAD_AT);
    if (((entry[3] ?? 0) & FLAG_ZSTD) === 0) return parse(packed, length);
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

  /** The entry without its seal; undefined when it has none though it must, or a wrong one, or one that is not asked for. */
  #opened(bytes: Buffer): Buffer | undefined {
    const sealed = ((bytes[3] ?? 0) & FLAG_SEALED) !== 0;
    if (sealed !== (this.#secret !== undefined)) return undefined;
    if (!this.#secret) return bytes;
    if (bytes.length < PAYLOAD_AT + SEAL_BYTES) return undefined;
    const entry = bytes.subarray(0, -SEAL_BYTES);
    return timingSafeEqual(seal(entry, this.#secret), bytes.subarray(-SEAL_BYTES)) ? entry : undefined;
  }
}

function isIntact(entry: Buffer, key: string): boolean {
  if (entry.length < PAYLOAD_AT + 4 || !entry.subarray(0, 2).equals(MAGIC) || entry[2] !== VERSION) return false;
  if (!entry.subarray(KEY_AT, PAYLOAD_AT).equals(keyBytes(key))) return false;
  return entry.readUInt32BE(CRC_AT) === checksum(entry);
}

function keyBytes(key: string): Buffer {
  return Buffer.from(key.replace('.', ''), 'hex');
}

function seal(entry: Buffer, secret: Buffer): Buffer {
  return createHmac('sha256', secret).update(entry).digest();
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
    const tokens = isJsonObject(meta) ? meta['tokens'] : undefined;
    return recording === undefined || typeof tokens !== 'string' ? undefined : { recording, tokens };
  } catch {
    return undefined;
  }
}
