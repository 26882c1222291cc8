import { hash, randomBytes } from 'node:crypto';

/** How every virtual key begins. */
export const KEY_PREFIX = 'sk-lp-';
const KEY_BYTES = 24;
/** What is longer than this is no key, and is not digested. */
const MAX_KEY = 256;

/** A new value: 192 random bits, in 32 letters and digits of base64url. */
export function newKeyValue(): string {
  return `${KEY_PREFIX}${randomBytes(KEY_BYTES).toString('base64url')}`;
}

/** Bytes that SHA-256 works on at a time. */
const BLOCK = 64;
const [INNER, OUTER] = [0x36, 0x5c];

/** Digests of key values: what is on disk and in memory in their place. */
export class KeyDigests {
  readonly #inner: Buffer;
  readonly #outer: Buffer;

  /** `pepper` is base64, a row of the database. */
  constructor(pepper: string) {
    const bytes = Buffer.from(pepper, 'base64');
    if (bytes.length < 32) throw new Error('the pepper of the key digests has less than 32 bytes');
    const key = bytes.length > BLOCK ? hash('sha256', bytes, 'buffer') : bytes;
    this.#inner = padded(key, INNER);
    this.#outer = padded(key, OUTER);
  }

  /**
   * HMAC-SHA-256 in base64url; undefined for what cannot be a key. Two plain hashes, as RFC 2104 defines it: `createHmac` makes an
   * object of OpenSSL for each call, and takes six times as long.
   */
  of(value: string): string | undefined {
    if (value === '' || value.length > MAX_KEY) return undefined;
    const inner = hash('sha256', Buffer.concat([this.#inner, Buffer.from(value)]), 'buffer');
    return hash('sha256', Buffer.concat([this.#outer, inner]), 'base64url');
  }
}

function padded(key: Buffer, pad: number): Buffer {
  const block = Buffer.alloc(BLOCK, pad);
  for (const [index, byte] of key.entries()) block[index] = byte ^ pad;
  return block;
}
