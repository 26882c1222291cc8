import type { ConfigFault } from './fault.ts';
import { renderFault } from './fault.ts';
import { formatPath } from './path.ts';
import type { Path } from './path.ts';
import type { YamlSource } from './source.ts';

/** Collects what the checks find in one source, each finding with its place. */
export class Findings {
  readonly faults: ConfigFault[] = [];
  readonly warnings: string[] = [];
  readonly #source: YamlSource;

  constructor(source: YamlSource) {
    this.#source = source;
  }

  fault(path: Path, message: string): void {
    this.faults.push(this.#at(path, message));
  }

  warn(path: Path, message: string): void {
    this.warnings.push(renderFault(this.#at(path, message)));
  }

  #at(path: Path, message: string): ConfigFault {
    return { source: this.#source.name, ...this.#source.place(path), path: formatPath(path), message };
  }
}
