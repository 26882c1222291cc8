const STAR = 0x2a;
const EMPTY = Buffer.alloc(0);

/**
 * Takes secrets out of a body while it passes. Each is overwritten with as many asterisks as it has bytes, so that lengths
 * and ranges that were announced stay true. Where nothing matches, the very buffers that came in go out; only bytes that
 * may be the beginning of a secret wait for the next piece.
 */
export class SecretStream {
  readonly #secrets: readonly Buffer[];
  readonly #longest: number;
  #held: Buffer = EMPTY;

  /** `secrets` longest first, none of them empty. */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets.map((secret) => Buffer.from(secret));
    this.#longest = Math.max(0, ...this.#secrets.map(({ length }) => length));
  }

  /** The bytes that may leave now. */
  push(chunk: Buffer): Buffer {
    const data = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const sure = this.#startOfUnfinished(data);
    const clean = this.#mask(data, sure);
    this.#held = clean.subarray(sure);
    return sure === clean.length ? clean : clean.subarray(0, sure);
  }

  /** The rest, once no more pieces come. */
  end(): Buffer {
    const rest = this.#mask(this.#held, this.#held.length);
    this.#held = EMPTY;
    return rest;
  }

  /** Where the beginning of a secret stands at the end of `data`; its length when there is none. */
  #startOfUnfinished(data: Buffer): number {
    for (let at = Math.max(0, data.length - this.#longest + 1); at < data.length; at += 1) {
      const rest = data.length - at;
      for (const secret of this.#secrets) {
        if (rest < secret.length && data[at] === secret[0] && data.compare(secret, 0, rest, at) === 0) return at;
      }
    }
    return data.length;
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
