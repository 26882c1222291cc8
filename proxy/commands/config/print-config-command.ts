import { relative } from 'node:path';

import { loadOrBuiltin, locateConfig } from '../../config/builtin.ts';
import { overridesOf } from '../../config/overrides.ts';
import {
  configYaml,
  describeConfig,
  sourceText,
  type ConfigRow,
  type RowValue,
  type SettingSource,
} from '../../config/sources.ts';
import { CommandFault, exitCodeOf, type CommandPlace } from '../place.ts';
import { cellText } from '../text-table.ts';
import type { PrintConfigOptions } from './options.ts';

/** Wider cells do not widen their columns. */
const WIDEST = { path: 56, value: 32 };

/**
 * `llmproxy print-config`: every setting that `start` would use with the same options, and its source; with a `section` those below that
 * path. Resolves to the exit code. Rejects with ConfigError for a configuration that cannot be used.
 */
export async function runPrintConfig(
  section: string,
  options: PrintConfigOptions,
  place: CommandPlace,
): Promise<number> {
  return exitCodeOf('print-config', place, async () => print(section, options, place));
}

function print(section: string, options: PrintConfigOptions, { environment, folder, out }: CommandPlace): void {
  const path = locateConfig(options.config, environment, folder);
  const loaded = loadOrBuiltin(path, { environment, overrides: overridesOf(options) });
  const named = (source: SettingSource): SettingSource => withShortNames(source, folder);
  const rows = describeConfig(loaded)
    .filter(({ path: setting }) => isBelow(setting, section))
    .map((row) => ({ ...row, source: named(row.source) }));
  if (rows.length === 0) throw new CommandFault(`no setting that is in force begins with ${section}.`);
  if (options.json === true) out.write(`${JSON.stringify({ file: path ?? null, settings: rows }, undefined, 2)}\n`);
  else if (options.yaml === true) out.write(configYaml(rows, (source) => sourceText(source)));
  else out.write(textOf(path, rows));
}

/** A path, and everything in it. */
function isBelow(path: string, section: string): boolean {
  return section === '' || path === section || path.startsWith(`${section}.`) || path.startsWith(`${section}[`);
}

/** Files below the working directory by their relative paths. */
function withShortNames(source: SettingSource, folder: string): SettingSource {
  const { file, from } = source;
  const short = file === undefined || !file.startsWith(folder) ? file : relative(folder, file);
  return {
    ...source,
    ...(short === undefined ? {} : { file: short }),
    ...(from === undefined ? {} : { from: withShortNames(from, folder) }),
  };
}

function textOf(path: string | undefined, rows: readonly ConfigRow[]): string {
  const cells = rows.map(({ path: name, value, source }) => [name, valueText(value), sourceText(source)] as const);
  const width = (column: 0 | 1, most: number): number =>
    Math.max(0, ...cells.map((row) => row[column].length).filter((length) => length <= most));
  const [names, values] = [width(0, WIDEST.path), width(1, WIDEST.value)];
  const lines = cells.map(([name, value, source]) => `${name.padEnd(names)}  ${value.padEnd(values)}  ${source}\n`);
  return `${path ?? 'the built-in configuration (there is no llmproxy.yaml here)'}\n${lines.join('')}`;
}

function valueText(value: RowValue): string {
  return cellText(typeof value === 'string' && value !== '' ? value : JSON.stringify(value));
}
