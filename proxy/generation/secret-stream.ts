const STAR = 0x2a;
const EMPTY = Buffer.alloc(0);

/**
 * Takes secrets out of a body while it passes. Each is overwritten with as many asterisks as it has bytes, so that lengths
 * and ranges that were announced stay true. Where nothing matches, the very buffers that came in go out; only bytes that
 * may be the beginning of a secret wait for the next piece.
 */
export class SecretStream {
  readonly #secrets: readonly Buffer[];
  #held: Buffer = EMPTY;

  /** `secrets` longest first, none of them empty. */
  constructor(secrets: readonly Buffer[]) {
    this.#secrets = secrets;
  }

  /** The bytes that may leave now. */
  push(chunk: Buffer): Buffer {
    const data = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const sure = this.#startOfUnfinished(data);
    const clean = this.#mask(data, sure);
    if (sure === clean.length) {
      this.#held = EMPTY;
      return clean;
    }
    this.#held = clean.subarray(sure);
    return clean.subarray(0, sure);
  }

  /** The rest, once no more pieces come. */
  end(): Buffer {
    const rest = this.#mask(this.#held, this.#held.length);
    this.#held = EMPTY;
    return rest;
  }

  /** Where the beginning of a secret stands at the end of `data`; its length when there is none. */
  #startOfUnfinished(data: Buffer): number {
    let start = data.length;
    for (const secret of this.#secrets) {
      const first = secret[0] ?? 0;
      let at = data.indexOf(first, Math.max(0, data.length - secret.length + 1));
      while (at !== -1 && at < start) {
        if (beginsAt(secret, data, at)) start = at;
        at = data.indexOf(first, at + 1);
      }
    }
    return start;
  }

  /** `data` without the secrets that begin before `end`: the same buffer, or a copy. */
  #mask(data: Buffer, end: number): Buffer {
    let clean = data;
    for (const secret of this.#secrets) {
      let at = clean.indexOf(secret);
      while (at !== -1 && at < end) {
        if (clean === data) clean = Buffer.from(data);
        clean.fill(STAR, at, at + secret.length);
        at = clean.indexOf(secret, at + secret.length);
      }
    }
    return clean;
  }
}

/** Whether `data` from `at` to its end is the beginning of `secret`. A loop: it ends with the second byte nearly always. */
function beginsAt(secret: Buffer, data: Buffer, at: number): boolean {
  for (let index = at + 1; index < data.length; index += 1) if (data[index] !== secret[index - at]) return false;
  return true;
}
