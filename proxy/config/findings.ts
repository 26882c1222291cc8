import type { ConfigFault } from './fault.ts';
import { formatPath } from './path.ts';
import type { Path } from './path.ts';
import type { YamlSource } from './source.ts';

/** Collects what the checks find in one source, each finding with its place. */
export class Findings {
  readonly faults: ConfigFault[] = [];
  /** What stops no proxy. */
  readonly remarks: ConfigFault[] = [];
  /** Whether files that the source names may be opened. */
  readonly readsFiles: boolean;
  readonly #source: YamlSource;

  constructor(source: YamlSource, readsFiles = true) {
    this.#source = source;
    this.readsFiles = readsFiles;
  }

  fault(path: Path, message: string): void {
    this.faults.push(this.#at(path, message));
  }

  warn(path: Path, message: string): void {
    this.remarks.push(this.#at(path, message));
  }

  /** The value at `path` names a file, which is not opened. */
  unread(path: Path): undefined {
    this.warn(path, 'names a file, which was not opened: whether it can be used is not checked here');
  }

  /** Whether the source itself says something at that path. */
  given(path: Path): boolean {
    let value = this.#source.value;
    for (const key of path) {
      if (typeof value !== 'object' || value === null) return false;
      value = (value as Readonly<Record<string | number, unknown>>)[key];
    }
    return value !== undefined;
  }

  /** The environment variables that the value at `path` is made of. */
  variablesAt(path: Path): readonly string[] {
    return this.#source.expanded.get(formatPath(path)) ?? [];
  }

  #at(path: Path, message: string): ConfigFault {
    return { source: this.#source.name, ...this.#source.place(path), path: formatPath(path), message };
  }
}
