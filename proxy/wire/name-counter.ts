/** Bits of the table: a few times as many as names are ever counted. */
const SLOTS = 1 << 18;
const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/** Counts different names by their checksums. Two names may share one, so there are at least as many as it says. */
export class NameCounter {
  readonly #seen = new Uint8Array(SLOTS / 8);
  #count = 0;

  /** Adds the bytes between two offsets; returns how many different names there have been. */
  add(bytes: Buffer, start: number, end: number): number {
    let sum = OFFSET_BASIS;
    for (let at = start; at < end; at += 1) sum = Math.imul(sum ^ (bytes[at] as number), PRIME);
    // FNV mixes its upper bits best.
    const slot = ((sum >>> 14) ^ sum) & (SLOTS - 1);
    const [place, bit] = [slot >>> 3, 1 << (slot & 7)];
    const known = this.#seen[place] as number;
    if ((known & bit) === 0) {
      this.#seen[place] = known | bit;
      this.#count += 1;
    }
    return this.#count;
  }
}
