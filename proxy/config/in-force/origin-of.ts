import { overriddenPaths } from '../overrides.ts';
import { formatPath, type Path } from '../path.ts';
import type { LoadOptions } from '../origin.ts';
import type { WrittenScalar, YamlSource } from '../source.ts';
import type { SettingSource } from './row.ts';

const unique = (names: readonly string[]): string => [...new Set(names)].join(', ');

/** Says where the values of one text come from. */
export class Origins {
  readonly #source: YamlSource;
  readonly #options: ReadonlyMap<string, string>;

  constructor(source: YamlSource, { overrides = {} }: LoadOptions) {
    this.#source = source;
    this.#options = overriddenPaths(overrides);
  }

  /** Of a value that is given: by the command line, else by the file. `length`: entries of a list. */
  of(path: Path, length = 0): SettingSource {
    const option = this.#options.get(formatPath(path));
    if (option !== undefined) return { kind: 'option', name: option };
    const { line } = this.#source.place(path);
    const place = { file: this.#source.name, ...(line === undefined ? {} : { line }) };
    const scalars = this.#scalarsAt(path, length);
    const names = scalars.flatMap(({ expansion }) => expansion.names);
    const defaulted = scalars.flatMap(({ expansion }) => expansion.defaulted);
    if (names.length === 0) return { kind: 'file', ...place };
    const kind = defaulted.length === names.length ? 'environment-default' : 'environment';
    return { kind, name: unique(names), ...place };
  }

  /** The value as it stands in the text, with its variables; undefined where it names none. */
  written(path: Path, raw: unknown): unknown {
    if (!Array.isArray(raw)) return this.#source.written(path)?.written;
    const entries = raw.map((entry: unknown, index) => this.#source.written([...path, index])?.written ?? entry);
    return entries.every((entry, index) => entry === raw[index]) ? undefined : entries;
  }

  #scalarsAt(path: Path, length: number): readonly WrittenScalar[] {
    const entries = Array.from({ length }, (_, index) => this.#source.written([...path, index]));
    return [this.#source.written(path), ...entries].filter((scalar) => scalar !== undefined);
  }
}
