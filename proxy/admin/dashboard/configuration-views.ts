import type { ConfigFault } from '../../config/fault.ts';
import { checkForeignText, inForceOf, originOf, type PlainOrigin } from '../../config/plain-origin.ts';
import {
  describeConfig,
  sourceText,
  type DifferenceRow,
  type RowValue,
  type SettingSource,
} from '../../config/sources.ts';

const TEXT_NAME = 'pasted text';

/** A setting in force. */
export interface ShownSetting {
  readonly path: string;
  /** In the notation of the file; `***` for a credential. */
  readonly value: RowValue;
  readonly secret: boolean;
  readonly kind: SettingSource['kind'];
  /** Where the value comes from, in words. */
  readonly source: string;
}

export interface ShownConfiguration {
  /** The file as it was named. */
  readonly name: string;
  readonly settings: readonly ShownSetting[];
}

/** What is wrong or odd in a text, and where; line and column count from 1. */
export interface ShownFault {
  readonly line: number | null;
  readonly column: number | null;
  readonly path: string;
  readonly message: string;
}

export interface ShownDifference extends Omit<DifferenceRow, 'source'> {
  readonly source: string;
}

export interface ShownCheck {
  readonly faults: readonly ShownFault[];
  readonly warnings: readonly ShownFault[];
  readonly difference: readonly ShownDifference[];
}

export function shownConfiguration(plain: PlainOrigin): ShownConfiguration {
  const settings = describeConfig(inForceOf(originOf(plain))).map(({ path, value, secret, source }) => ({
    path,
    value,
    secret,
    kind: source.kind,
    source: sourceText(source),
  }));
  return { name: plain.name, settings };
}

/** Judges a text, and compares it with what is in force. */
export function shownCheck(plain: PlainOrigin, text: string): ShownCheck {
  const { faults, warnings, difference } = checkForeignText(text, originOf(plain), TEXT_NAME);
  return {
    faults: faults.map(shownFault),
    warnings: warnings.map(shownFault),
    difference: difference.map((row) => ({ ...row, source: sourceText(row.source) })),
  };
}

function shownFault({ line, column, path, message }: ConfigFault): ShownFault {
  return { line: line ?? null, column: column ?? null, path, message };
}
