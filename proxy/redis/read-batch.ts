import type { Keyspace } from './keyspace.ts';
import { tagOf } from './slot.ts';
import { UNAVAILABLE } from './unavailable.ts';
import type { Unavailable } from './unavailable.ts';

/** Keys of one command: more would make other reads wait behind one long reply. */
const MAX_KEYS = 256;

export type ReadMany = (keys: string[]) => Promise<(Buffer | null)[] | Unavailable>;

/** Reads of one turn of the event loop, as one MGET; a key that several ask for is read once. */
class Batch {
  readonly #places = new Map<string, number>();
  readonly values: Promise<(Buffer | null)[] | Unavailable>;
  #settle: (values: Promise<(Buffer | null)[] | Unavailable>) => void = () => undefined;

  constructor() {
    this.values = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get size(): number {
    return this.#places.size;
  }

  read(keys: readonly string[]): Promise<(Buffer | null)[] | Unavailable> {
    const places = keys.map((key) => this.#placeOf(key));
    return this.values.then((values) =>
      values === UNAVAILABLE ? UNAVAILABLE : places.map((place) => values[place] ?? null),
    );
  }

  send(readMany: ReadMany): void {
    this.#settle(readMany([...this.#places.keys()]));
  }

  #placeOf(key: string): number {
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    this.#places.set(key, this.#places.size);
    return this.#places.size - 1;
  }
}

/**
 * Gathers reads until the current turn of the event loop ends. The values of one `read` come from one command, so they
 * are of one moment.
 */
class ReadBatcher {
  readonly #readMany: ReadMany;
  #open: Batch | undefined;

  constructor(readMany: ReadMany) {
    this.#readMany = readMany;
  }

  read(keys: readonly string[]): Promise<(Buffer | null)[] | Unavailable> {
    if (this.#open !== undefined && this.#open.size + keys.length > MAX_KEYS) this.#open = undefined;
    if (this.#open === undefined) {
      const batch = new Batch();
      this.#open = batch;
      setImmediate(() => {
        if (this.#open === batch) this.#open = undefined;
        batch.send(this.#readMany);
      });
    }
    return this.#open.read(keys);
  }
}

/** The reads of one Redis, gathered together; those of a cluster are gathered by the hash tag of their keys. */
export class ReadBatchers {
  readonly #readMany: ReadMany;
  readonly #clustered: boolean;
  /** A cluster has as many as its keys have tags. */
  readonly #byTag = new Map<string, ReadBatcher>();

  constructor({ clustered }: Keyspace, readMany: ReadMany) {
    this.#clustered = clustered;
    this.#readMany = readMany;
  }

  /** The keys carry one tag. */
  read(keys: readonly string[]): Promise<(Buffer | null)[] | Unavailable> {
    const tag = this.#clustered ? tagOf(keys[0] ?? '') : '';
    let batcher = this.#byTag.get(tag);
    if (batcher === undefined) {
      batcher = new ReadBatcher(this.#readMany);
      this.#byTag.set(tag, batcher);
    }
    return batcher.read(keys);
  }
}
