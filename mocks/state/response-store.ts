/** The part of a stored response that the store itself looks at. */
export interface Identified {
  readonly id: string;
}

const KEPT_RESPONSES = 3000;

/** Stored responses of one server, bounded: beyond the limit the oldest is forgotten. */
export class MemoryResponseStore<T extends Identified> {
  readonly #responses = new Map<string, T>();
  readonly #limit: number;
  /** Goes on where it stood: a new one would have to pass the gaps that all forgotten ones left behind. */
  #oldest = this.#responses.keys();

  constructor(limit = KEPT_RESPONSES) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#responses.size;
  }

  get(id: string): T | undefined {
    return this.#responses.get(id);
  }

  put(response: T): void {
    this.#responses.set(response.id, response);
    if (this.#responses.size <= this.#limit) return;
    const oldest = this.#oldest.next();
    if (!oldest.done) this.#responses.delete(oldest.value);
  }

  delete(id: string): boolean {
    return this.#responses.delete(id);
  }

  /** The first one that fits, by looking at all of them. */
  find(fits: (response: T) => boolean): T | undefined {
    for (const response of this.#responses.values()) if (fits(response)) return response;
    return undefined;
  }

  clear(): void {
    this.#responses.clear();
    this.#oldest = this.#responses.keys();
  }
}
