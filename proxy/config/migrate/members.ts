import { formatPath } from '../path.ts';
import type { Path } from '../path.ts';

/** What a translation has to say of the file that it reads: a place in it, and a sentence. Holds no value of the file. */
export interface Remark {
  readonly path: string;
  readonly message: string;
}

export const NO_EQUAL = 'has no equal here';

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The members of one mapping of the file. What was not taken out when the translation ends is remarked on: nothing is lost silently. */
export class Members {
  readonly path: Path;
  readonly #members: Map<string, unknown>;
  readonly #remarks: Remark[];
  readonly #inner: Members[] = [];

  constructor(value: unknown, path: Path, remarks: Remark[]) {
    this.path = path;
    this.#remarks = remarks;
    this.#members = new Map(isMapping(value) ? Object.entries(value) : []);
    if (value !== undefined && value !== null && !isMapping(value)) this.remark('is no mapping and was not read');
  }

  /** The member, which counts as read. */
  take(name: string): unknown {
    const value = this.#members.get(name);
    this.#members.delete(name);
    return value ?? undefined;
  }

  /** A text; a member of another type is remarked on. */
  text(name: string): string | undefined {
    return this.#typed(name, (value) => (typeof value === 'string' ? value : undefined));
  }

  /** A number, or text that is one. */
  number(name: string): number | undefined {
    return this.#typed(name, (value) => {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
      return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
    });
  }

  flag(name: string): boolean | undefined {
    return this.#typed(name, (value) => (typeof value === 'boolean' ? value : undefined));
  }

  list(name: string): readonly unknown[] {
    return this.#typed(name, (value) => (Array.isArray(value) ? (value as readonly unknown[]) : undefined)) ?? [];
  }

  inner(name: string): Members {
    return this.at(this.take(name), name);
  }

  /** The members of a value that stands below this one. */
  at(value: unknown, ...path: Path): Members {
    const members = new Members(value, [...this.path, ...path], this.#remarks);
    this.#inner.push(members);
    return members;
  }

  names(): string[] {
    return [...this.#members.keys()];
  }

  remark(message: string, ...path: Path): void {
    this.#remarks.push({ path: formatPath([...this.path, ...path]), message });
  }

  /** Remarks on everything that was not taken, here and below. */
  end(): void {
    for (const name of this.#members.keys()) this.remark(NO_EQUAL, name);
    this.#members.clear();
    for (const inner of this.#inner) inner.end();
  }

  #typed<T>(name: string, read: (value: unknown) => T | undefined): T | undefined {
    const value = this.take(name);
    const found = value === undefined ? undefined : read(value);
    if (value !== undefined && found === undefined)
      this.remark('has another type than expected and was not read', name);
    return found;
  }
}
