import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Place } from './store.ts';

/*
 * An entry:    0 version · 1 rest
 * Version 1:   rest = SHA-256 of place and payload, 16 bytes · payload
 * Version 2:   rest = nonce, 12 bytes · tag, 16 bytes · payload, AES-256-GCM with the place as additional data
 * The payload is compressed with zstd.
 */
const PLAIN = 1;
const SEALED = 2;
const SUM_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** What an entry may grow to when it is unpacked. */
const MAX_PAYLOAD = 256 * 1024 * 1024;
const CIPHER = 'aes-256-gcm';
const PURPOSE = 'llmproxy: responses at rest';

/**
 * Packs what is kept outside of this process. With a secret it is encrypted, and what was not sealed with that secret, or
 * was moved from another place, cannot be opened; without one a checksum finds damage and moves.
 */
export class StateSeal {
  readonly #key: Buffer | undefined;

  constructor(secret?: Buffer) {
    this.#key = secret && Buffer.from(hkdfSync('sha256', secret, '', PURPOSE, 32));
  }

  close(place: Place, value: Buffer): Buffer {
    const payload = zstdCompressSync(value, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
    if (!this.#key) return Buffer.concat([Buffer.of(PLAIN), sumOf(place, payload), payload]);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce).setAAD(placeBytes(place));
    const sealed = Buffer.concat([cipher.update(payload), cipher.final()]);
    return Buffer.concat([Buffer.of(SEALED), nonce, cipher.getAuthTag(), sealed]);
  }

  /** Undefined for what cannot be opened. */
  open(place: Place, entry: Buffer): Buffer | undefined {
    try {
      const payload = this.#key ? this.#decrypted(this.#key, place, entry) : checked(place, entry);
      return payload && zstdDecompressSync(payload, { maxOutputLength: MAX_PAYLOAD });
    } catch {
      return undefined;
    }
  }

  #decrypted(key: Buffer, place: Place, entry: Buffer): Buffer | undefined {
    if (entry[0] !== SEALED) return undefined;
    const tagAt = 1 + NONCE_BYTES;
    const payloadAt = tagAt + TAG_BYTES;
    const decipher = createDecipheriv(CIPHER, key, entry.subarray(1, tagAt), { authTagLength: TAG_BYTES })
      .setAAD(placeBytes(place))
      .setAuthTag(entry.subarray(tagAt, payloadAt));
    return Buffer.concat([decipher.update(entry.subarray(payloadAt)), decipher.final()]);
  }
}

function checked(place: Place, entry: Buffer): Buffer | undefined {
  const payload = entry.subarray(1 + SUM_BYTES);
  const isSame = entry[0] === PLAIN && entry.subarray(1, 1 + SUM_BYTES).equals(sumOf(place, payload));
  return isSame ? payload : undefined;
}

function sumOf(place: Place, payload: Buffer): Buffer {
  return createHash('sha256').update(placeBytes(place)).update('\n').update(payload).digest().subarray(0, SUM_BYTES);
}

function placeBytes({ scope, kind, id }: Place): Buffer {
  return Buffer.from(JSON.stringify([kind, scope, id]));
}
