import { createHmac, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, crc32, zstdCompress, zstdDecompress } from 'node:zlib';
import { isJsonObject } from '../core/json.ts';
import type { OwnField } from '../protocols/types.ts';
import type { ReadyForm } from './ready-form.ts';
import { metaOf, recordingFrom } from './recording-meta.ts';
import { numbersLength, readNumbers, writeNumbers } from './slab/numbers.ts';
import type { Recording } from './types.ts';

/*
 * An entry on Redis:   0 "LP" · 2 version · 3 flags · 4 CRC-32 of all but itself · 8 length of the payload · 12 key ·
 *                      52 payload · at the end, when the flag says so, HMAC-SHA-256 of all before it
 * The payload, compressed when the flag says so:   0 length of meta · 4 length of the numbers · 8 meta (JSON) · numbers ·
 *                      the answer's bytes, or its ready form
 * The numbers are the lengths of the events, their times, and the cuts of the ready form.
 *
 * The key stands in the checked part: a value that was copied to the place of another key is a miss there.
 */
const MAGIC = Buffer.from('LP');
const VERSION = 3;
const FLAG_ZSTD = 1;
const FLAG_SEALED = 2;
const CRC_AT = 4;
const LENGTH_AT = 8;
const KEY_AT = 12;
/** Tag and digest of a cache key, as bytes. */
const KEY_BYTES = 40;
const PAYLOAD_AT = KEY_AT + KEY_BYTES;
const SEAL_BYTES = 32;
const NUMBERS_LENGTH_AT = 4;
const META_AT = 8;
/**
 * Below this, unpacking costs more than reading what was not packed: 27 KB take four times as long, 1 MB three times. From
 * this on an entry is packed if that halves it, because Redis and the network have to hold and carry it.
 */
const COMPRESS_FROM = 2 * 1024 * 1024;
const WORTH = 0.5;
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
    const payload = payloadOf(recording, tokens);
    const smaller = payload.length < COMPRESS_FROM ? undefined : await compressAsync(payload, LEVEL);
    const compressed = smaller !== undefined && smaller.length <= payload.length * WORTH;
    const packed = compressed ? smaller : payload;
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
    return decompressAsync(packed, { maxOutputLength: length }).then(
      (payload) => parse(payload, length),
      () => undefined,
    );
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

function payloadOf(recording: Recording, tokens: string): Buffer {
  const { lengths, times, ...rest } = metaOf(recording);
  const { ready, bytes } = recording;
  const form = ready && { hidden: ready.hidden, own: ready.own };
  const meta = Buffer.from(JSON.stringify({ ...rest, events: lengths.length, ...form, tokens }));
  const numbers = [...lengths, ...times, ...(ready?.cuts ?? [])];
  const head = Buffer.alloc(META_AT + meta.length + numbersLength(numbers));
  head.writeUInt32BE(meta.length);
  head.writeUInt32BE(head.length - META_AT - meta.length, NUMBERS_LENGTH_AT);
  meta.copy(head, META_AT);
  writeNumbers(numbers, head, META_AT + meta.length);
  return Buffer.concat([head, ready?.body ?? bytes]);
}

function parse(payload: Buffer, length: number): DecodedEntry | undefined {
  if (payload.length !== length) return undefined;
  try {
    const metaEnd = META_AT + payload.readUInt32BE(0);
    const numbersEnd = metaEnd + payload.readUInt32BE(NUMBERS_LENGTH_AT);
    if (numbersEnd > length) return undefined;
    const meta: unknown = JSON.parse(payload.toString('utf8', META_AT, metaEnd));
    const numbers = readNumbers(payload, metaEnd, numbersEnd);
    if (!isJsonObject(meta) || !numbers) return undefined;
    const { events, hidden, own, tokens, ...rest } = meta;
    if (typeof events !== 'number' || typeof tokens !== 'string') return undefined;
    const described = { ...rest, lengths: numbers.slice(0, events), times: numbers.slice(events, 2 * events) };
    const body = payload.subarray(numbersEnd);
    const recording = recordingFrom(described, body, readyPartOf(hidden, own, numbers.slice(2 * events)));
    return recording && { recording, tokens };
  } catch {
    return undefined;
  }
}

/** The ready form without its body; undefined when there is none. Throws for what is none. */
function readyPartOf(hidden: unknown, own: unknown, cuts: readonly number[]): Omit<ReadyForm, 'body'> | undefined {
  if (hidden === undefined) return undefined;
  if (!isListOf(hidden, isString) || !isListOf(own, isOwnField)) throw new Error('not a ready form');
  return { hidden, cuts, own };
}

function isListOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(isItem);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isOwnField(value: unknown): value is OwnField {
  if (!isJsonObject(value)) return false;
  const { name, start, end, meaning } = value;
  return isString(name) && isString(meaning) && typeof start === 'number' && typeof end === 'number' && start <= end;
}
