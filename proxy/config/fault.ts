/** One thing that is wrong with a configuration, and where. */
export interface ConfigFault {
  /** The file as it was named, or the flag or variable that the value came from. */
  readonly source: string;
  /** Both count from 1; left out where there is no place to point at. */
  readonly line?: number;
  readonly column?: number;
  /** YAML path such as `models.gpt-4o.endpoints[0].weight`; empty for the file as a whole. */
  readonly path: string;
  /** What was expected, what was found, what may have been meant. Holds no secret. */
  readonly message: string;
  /** The fault is that variables are not set, where the command runs. */
  readonly unset?: boolean;
}

/** `llmproxy.yaml:12:5 models.gpt-4o.endpoints[0].weight: expected …, found …` */
export function renderFault(fault: ConfigFault): string {
  const place = [fault.source, fault.line, fault.column].filter((part) => part !== undefined).join(':');
  return fault.path === '' ? `${place}: ${fault.message}` : `${place} ${fault.path}: ${fault.message}`;
}

function byPlace(a: ConfigFault, b: ConfigFault): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

/** A configuration that cannot be used, with every fault that was found in it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** In the order of the file. */
  readonly faults: readonly ConfigFault[];
  /** What would have been a warning; empty where the faults left nothing to judge. */
  readonly remarks: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[], remarks: readonly ConfigFault[] = []) {
    const sorted = faults.toSorted(byPlace);
    super(sorted.map(renderFault).join('\n'));
    this.faults = sorted;
    this.remarks = remarks;
  }

  /** The text for a terminal: a heading and one line a fault. */
  render(): string {
    const count = this.faults.length === 1 ? 'one fault' : `${this.faults.length} faults`;
    return [`The configuration cannot be used: ${count}.`, ...this.faults.map((f) => `  ${renderFault(f)}`)].join('\n');
  }
}
