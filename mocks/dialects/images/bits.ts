/** Writes numbers bit by bit. */
export class BitWriter {
  readonly #bytes: number[] = [];
  readonly #leastFirst: boolean;
  #pending = 0;
  #count = 0;

  /** `least`: the first bit is the lowest of the first byte (WebP); `most`: the highest (JPEG). */
  constructor(first: 'least' | 'most') {
    this.#leastFirst = first === 'least';
  }

  write(value: number, bits: number): void {
    for (let at = 0; at < bits; at += 1) {
      const bit = (value >>> (this.#leastFirst ? at : bits - 1 - at)) & 1;
      this.#pending |= bit << (this.#leastFirst ? this.#count : 7 - this.#count);
      this.#count += 1;
      if (this.#count === 8) this.#flush();
    }
  }

  #flush(): void {
    this.#bytes.push(this.#pending);
    this.#pending = 0;
    this.#count = 0;
  }

  /** All bytes; the last is filled up with `padding` bits. */
  bytes(padding: 0 | 1): readonly number[] {
    while (this.#count > 0) this.write(padding, 1);
    return this.#bytes;
  }
}
