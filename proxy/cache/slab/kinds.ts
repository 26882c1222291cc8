import type { Recording } from '../types.ts';
import { kindOf, kindText } from './content.ts';
import type { Kind } from './content.ts';

/** Memory of a kind of recordings, in bytes, as a round figure. */
export const KIND_BYTES = 1_000;

export interface Group {
  readonly number: number;
  /** The beginning that the keys of all its entries have. */
  readonly prefix: string;
  readonly kind: Kind;
  entries: number;
  /** Memory of its entries. */
  bytes: number;
  /** Its entries are purged, though they are still here. */
  purged: boolean;
}

/** The kinds of recordings that are here, each once as long as there is an entry of it. */
export class Kinds {
  readonly #groups: (Group | undefined)[] = [];
  readonly #numbers: number[] = [];
  readonly #byText = new Map<string, Group>();

  /** Memory of all kinds, in bytes. */
  get bytes(): number {
    return (this.#groups.length - this.#numbers.length) * KIND_BYTES;
  }

  at(number: number): Group {
    const group = this.#groups[number];
    if (!group) throw new Error('an entry has a group');
    return group;
  }

  /** The group of a recording whose key begins with `prefix`; one that has no entry has to be given one. */
  groupFor(prefix: string, recording: Recording): Group {
    const text = prefix + kindText(recording);
    const known = this.#byText.get(text);
    if (known) return known;
    const number = this.#numbers.pop() ?? this.#groups.length;
    const group = { number, prefix, kind: kindOf(recording), entries: 0, bytes: 0, purged: false };
    this.#groups[number] = group;
    this.#byText.set(text, group);
    return group;
  }

  /** An entry has come (1) or left (-1). */
  count(group: Group, entries: 1 | -1, bytes: number): void {
    group.entries += entries;
    group.bytes += entries * bytes;
    if (group.entries > 0) return;
    this.#groups[group.number] = undefined;
    this.#numbers.push(group.number);
    if (!group.purged) this.#byText.delete(textOf(group));
  }

  /** The groups whose entries can be found. */
  findable(): readonly Group[] {
    return this.#groups.filter((group) => group !== undefined && !group.purged) as Group[];
  }

  /** Marks all groups with this prefix as purged; a recording that comes now has another group. */
  purge(prefix: string): Group[] {
    const purged = this.#groups.filter((group) => group !== undefined && !group.purged && group.prefix === prefix);
    for (const group of purged as Group[]) {
      group.purged = true;
      this.#byText.delete(textOf(group));
    }
    return purged as Group[];
  }
}

function textOf({ prefix, kind }: Group): string {
  return prefix + kindText(kind);
}
