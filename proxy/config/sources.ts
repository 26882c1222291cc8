import { Redactor } from '../core/redact.ts';
import { secretsOf } from './config.ts';
import { ConfigError, type ConfigFault } from './fault.ts';
import { differenceOf, type DifferenceRow } from './in-force/difference.ts';
import type { ConfigRow, Setting } from './in-force/row.ts';
import { settingsOf } from './in-force/settings.ts';
import { parseConfig, type ReadConfig } from './load.ts';
import { readSource } from './read-source.ts';

export type { DifferenceRow } from './in-force/difference.ts';
export { sourceText } from './in-force/row.ts';
export { yamlOf as configYaml } from './in-force/yaml-text.ts';
export type { ConfigRow, RowValue, SettingSource } from './in-force/row.ts';

/** A configuration and the text that it was made of, as `parseConfig`, `loadConfig` and `loadOrBuiltin` give them. */
export type DescribedConfig = Pick<ReadConfig, 'config' | 'origin'>;

/**
 * Every setting that is in force, in the order of the schema: what the file gives, defaults, what a model has from the general section,
 * what follows from other settings. Values are in the notation of the file (`7d`, `8MiB`); credentials are `***`, and no other value
 * shows one. Sections that are not there and turn something on (`database`, `gateway` …) have no rows. Reads no file: the text is the one
 * that `loaded` was made of.
 */
export function describeConfig(loaded: DescribedConfig): readonly ConfigRow[] {
  return inForce(loaded).map(({ row }) => row);
}

/** What `checkText` finds. */
export interface CheckedText {
  /** In the order of the text; empty = the text can be used. Hold no credential and no value of a variable. */
  readonly faults: readonly ConfigFault[];
  /** What stops no proxy, with its places. */
  readonly warnings: readonly ConfigFault[];
  /** What would be another value than now; empty where there are faults. */
  readonly difference: readonly DifferenceRow[];
}

/**
 * Judges a text as the file of a proxy that runs on `current`: with its variables and the values of its command line. For texts that come
 * from elsewhere: no file that the text names is opened (so a certificate that is missing is not found), and a value that holds variables
 * is shown as it is written, never as what the variables hold. `name` is what the text is called in places.
 */
export function checkText(text: string, current: DescribedConfig, name = 'text'): CheckedText {
  const options = { ...current.origin.reveal().options, readsFiles: false };
  const redactor = redactorOf(text, name, current);
  const clean = (fault: ConfigFault): ConfigFault => ({ ...fault, message: redactor.clean(fault.message) });
  try {
    const { config, remarks } = parseConfig(text, name, options);
    const after = settingsOf({ name, text, options, config, isWritten: true });
    return { faults: [], warnings: remarks.map(clean), difference: differenceOf(inForce(current), after) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { faults: error.faults.map(clean), warnings: error.remarks.map(clean), difference: [] };
  }
}

function inForce({ config, origin }: DescribedConfig): readonly Setting[] {
  return settingsOf({ name: origin.name, ...origin.reveal(), config, isWritten: false });
}

/** Knows the credentials in force and what the variables of the text hold. */
function redactorOf(text: string, name: string, current: DescribedConfig): Redactor {
  const { options } = current.origin.reveal();
  const variables = [...readSource(name, text, options).expanded.values()].flat();
  const values = variables.map((variable) => options.environment[variable] ?? '');
  const redactor = new Redactor();
  // Names that endpoints have from their addresses hold them as hosts are written.
  redactor.know([...secretsOf(current.config).map((secret) => secret.reveal()), ...values, ...values.map(asHost)]);
  return redactor;
}

function asHost(value: string): string {
  return URL.parse(`http://${value}`)?.hostname ?? value.toLowerCase();
}
