import type { Path } from '../path.ts';

/**
 * Where a value comes from: a line of the file; an environment variable, which the file names or which is read without it; the
 * default that the file gives for a variable; an option of the command line; the proxy itself; another setting.
 */
export type SourceKind = 'file' | 'environment' | 'environment-default' | 'option' | 'default' | 'derived';

export interface SettingSource {
  readonly kind: SourceKind;
  /** The file as it was named; left out where no file is concerned. */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** The variables, several with `, `; the option, such as `--port`; the path of the other setting. */
  readonly name?: string;
  /** Of a derived value: where the value of the other setting comes from. */
  readonly from?: SettingSource;
}

/** A value in the notation of the file; lists are lists. */
export type RowValue = string | number | boolean | null | readonly RowValue[];

/** One setting that is in force. */
export interface ConfigRow {
  /** As in the file: `models.gpt-4o.endpoints[0].weight`. */
  readonly path: string;
  /** The parts of the path; empty for what no file can say. */
  readonly keys: Path;
  /** `***` in place of every credential. */
  readonly value: RowValue;
  /** Whether the setting holds a credential. */
  readonly secret: boolean;
  readonly source: SettingSource;
}

/** A row, and what tells two values of one setting apart. */
export interface Setting {
  readonly row: ConfigRow;
  /** Holds credentials: it is compared and never shown. */
  readonly identity: string;
}

/** `llmproxy.yaml:12`, `${PORT} (llmproxy.yaml:3)`, `--port`, `default`, `routing.attempts (default)`. */
export function sourceText({ kind, file, line, name = '', from }: SettingSource): string {
  const place = file === undefined ? '' : line === undefined ? file : `${file}:${line}`;
  if (kind === 'file') return place;
  if (kind === 'environment') return place === '' ? `environment variable ${name}` : `\${${name}} (${place})`;
  if (kind === 'environment-default') return `default of \${${name}} (${place})`;
  if (kind === 'option') return name;
  if (kind === 'default') return 'default';
  return from === undefined ? name : `${name} (${sourceText(from)})`;
}
