const SHARD_BITS = 6;
const SHARDS = 2 ** SHARD_BITS;
const FIRST_SLOTS = 8;

/**
 * Numbers of entries by a hash of 32 bits, several for one hash where that is so: open addressing in typed arrays. It is
 * divided into shards that grow by themselves, so that no insertion moves more than a small part of it.
 */
export class HashIndex {
  readonly #shards: Int32Array[];
  readonly #counts = new Int32Array(SHARDS);
  readonly #hashOf: (entry: number) => number;

  /** `hashOf` takes the number of an entry that is here. */
  constructor(hashOf: (entry: number) => number) {
    this.#hashOf = hashOf;
    // A slot holds the number of an entry plus one; 0 is free.
    this.#shards = Array.from({ length: SHARDS }, () => new Int32Array(FIRST_SLOTS));
  }

  add(hash: number, entry: number): void {
    const shard = shardOf(hash);
    const count = (this.#counts[shard] ?? 0) + 1;
    this.#counts[shard] = count;
    let slots = this.#slots(shard);
    if (count * 4 > slots.length * 3) slots = this.#enlarge(shard);
    insert(slots, hash, entry);
  }

  remove(hash: number, entry: number): void {
    const shard = shardOf(hash);
    const slots = this.#slots(shard);
    const mask = slots.length - 1;
    let free = hash & mask;
    while (slots[free] !== entry + 1) {
      if (slots[free] === 0) return;
      free = (free + 1) & mask;
    }
    this.#counts[shard] = (this.#counts[shard] ?? 0) - 1;
    // What stands behind moves up, unless it would then stand before its own place.
    let next = free;
    for (;;) {
      next = (next + 1) & mask;
      const value = slots[next] ?? 0;
      if (value === 0) break;
      const home = this.#hashOf(value - 1) & mask;
      if (((next - home) & mask) < ((next - free) & mask)) continue;
      slots[free] = value;
      free = next;
    }
    slots[free] = 0;
  }

  /** The first entry with this hash that is accepted, or -1. */
  find(hash: number, accepts: (entry: number) => boolean): number {
    const slots = this.#slots(shardOf(hash));
    const mask = slots.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const value = slots[at] ?? 0;
      if (value === 0) return -1;
      const entry = value - 1;
      if (this.#hashOf(entry) === hash && accepts(entry)) return entry;
    }
  }

  #slots(shard: number): Int32Array {
    const slots = this.#shards[shard];
    if (!slots) throw new Error('there is a shard for every hash');
    return slots;
  }

  #enlarge(shard: number): Int32Array {
    const old = this.#slots(shard);
    const slots = new Int32Array(old.length * 2);
    for (const value of old) if (value !== 0) insert(slots, this.#hashOf(value - 1), value - 1);
    this.#shards[shard] = slots;
    return slots;
  }
}

function shardOf(hash: number): number {
  return hash >>> (32 - SHARD_BITS);
}

function insert(slots: Int32Array, hash: number, entry: number): void {
  const mask = slots.length - 1;
  let at = hash & mask;
  while (slots[at] !== 0) at = (at + 1) & mask;
  slots[at] = entry + 1;
}
