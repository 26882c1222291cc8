import { namesOf, patternNamesOf } from './model-name.ts';

interface Pattern<T> {
  /** What a name has to begin with. */
  readonly start: string;
  readonly value: T;
}

/** Questions whose answers are remembered; more names than that are made up. */
const MOST_REMEMBERED = 1_000;
const LONGEST_REMEMBERED = 256;

/**
 * Values by the names of models. A name finds the entry of itself, of itself without `PROVIDER/`, of itself without a date, or the
 * longest entry that ends in `*` and begins it; never an entry that is only a part of it. Case does not count: of two entries
 * that differ in nothing else the first stays.
 */
export class NameTable<T> {
  readonly #exact = new Map<string, T>();
  /** The longest first. */
  readonly #patterns: readonly Pattern<T>[];
  readonly #remembered = new Map<string, T | undefined>();

  constructor(entries: Iterable<readonly [name: string, value: T]>) {
    const patterns: Pattern<T>[] = [];
    for (const [name, value] of entries) {
      const key = name.trim().toLowerCase();
      if (key.endsWith('*')) patterns.push({ start: key.slice(0, -1), value });
      else if (!this.#exact.has(key)) this.#exact.set(key, value);
    }
    this.#patterns = patterns.toSorted((a, b) => b.start.length - a.start.length);
  }

  get size(): number {
    return this.#exact.size + this.#patterns.length;
  }

  /** Of several names of one model the first is the nearest; an entry of any of them stands before every `*` entry. */
  find(...models: readonly string[]): T | undefined {
    const question = models.length === 1 ? (models[0] ?? '') : models.join('\0');
    const known = this.#remembered.get(question);
    if (known !== undefined || this.#remembered.has(question)) return known;
    const found = this.#found(models);
    if (question.length > LONGEST_REMEMBERED) return found;
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(question, found);
    return found;
  }

  #found(models: readonly string[]): T | undefined {
    for (const name of models.flatMap(namesOf)) {
      const value = this.#exact.get(name);
      if (value !== undefined) return value;
    }
    for (const names of models.map(patternNamesOf)) {
      const pattern = this.#patterns.find(({ start }) => names.some((name) => name.startsWith(start)));
      if (pattern !== undefined) return pattern.value;
    }
    return undefined;
  }
}
