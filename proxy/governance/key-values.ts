import { createHmac, randomBytes } from 'node:crypto';

/** How every virtual key begins. */
export const KEY_PREFIX = 'sk-lp-';
const KEY_BYTES = 24;
/** What is longer than this is no key, and is not digested. */
const MAX_KEY = 256;

/** A new value: 192 random bits, in 32 letters and digits of base64url. */
export function newKeyValue(): string {
  return `${KEY_PREFIX}${randomBytes(KEY_BYTES).toString('base64url')}`;
}

/** Digests of key values: what is on disk and in memory in their place. */
export class KeyDigests {
  readonly #pepper: Buffer;

  /** `pepper` is base64, a row of the database. */
  constructor(pepper: string) {
    this.#pepper = Buffer.from(pepper, 'base64');
    if (this.#pepper.length < 32) throw new Error('the pepper of the key digests has less than 32 bytes');
  }

  /** HMAC-SHA-256 in base64url; undefined for what cannot be a key. */
  of(value: string): string | undefined {
    if (value === '' || value.length > MAX_KEY) return undefined;
    return createHmac('sha256', this.#pepper).update(value).digest('base64url');
  }
}
