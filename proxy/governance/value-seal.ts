import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import type { Secret } from '../core/secret.ts';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const PURPOSE = 'llmproxy: secrets at rest';
const VERSION = 'v1';
const ID_LENGTH = 8;

/**
 * Encrypts secrets for the database, each bound to the row it belongs to. The text says which master key it was sealed with,
 * so that a changed key is told from damage.
 */
export class ValueSeal {
  /** Eight characters that say which master key this is, and nothing about it. */
  readonly keyId: string;
  /** As an object of its own: given as bytes, each cipher takes four times as long to be made. */
  readonly #key: KeyObject;

  constructor(master: Secret) {
    const bytes = Buffer.from(hkdfSync('sha256', master.reveal(), '', PURPOSE, 32));
    this.#key = createSecretKey(bytes);
    this.keyId = createHash('sha256').update('id of ').update(bytes).digest('base64url').slice(0, ID_LENGTH);
  }

  /** `row` is what the value belongs to, such as `virtual_key/ID`. */
  close(row: string, value: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce).setAAD(Buffer.from(row));
    const bytes = Buffer.concat([nonce, cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${VERSION}:${this.keyId}:${bytes.toString('base64url')}`;
  }

  /** Undefined for what was sealed with another master key, for another row, or is damaged. */
  open(row: string, sealed: string): string | undefined {
    const [version, keyId, text] = sealed.split(':');
    if (version !== VERSION || keyId !== this.keyId || text === undefined) return undefined;
    try {
      const bytes = Buffer.from(text, 'base64url');
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const tag = bytes.subarray(bytes.length - TAG_BYTES);
      const decipher = createDecipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(row)).setAuthTag(tag);
      const plain = decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES));
      return Buffer.concat([plain, decipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }
}
