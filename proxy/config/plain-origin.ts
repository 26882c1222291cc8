import { parseConfig } from './load.ts';
import { ConfigOrigin, type LoadOptions } from './origin.ts';
import { readSource } from './read-source.ts';
import { checkText, type CheckedText, type DescribedConfig } from './sources.ts';

/** What a configuration was made of, as plain values that can travel to another process of the same proxy. Holds credentials. */
export interface PlainOrigin {
  readonly name: string;
  readonly text: string;
  /** Of the environment what the text names, and what is read without being named. */
  readonly environment: LoadOptions['environment'];
  readonly overrides: NonNullable<LoadOptions['overrides']>;
}

/** Variables that count though no text names them. */
const UNNAMED = ['LLMPROXY_DATABASE_URL', 'LLMPROXY_MASTER_KEY'];

export function plainOrigin(origin: ConfigOrigin): PlainOrigin {
  const { text, options } = origin.reveal();
  const { environment, overrides = {} } = options;
  const named = [...readSource(origin.name, text, options).expanded.values()].flat();
  const used = [...new Set([...named, ...UNNAMED])].map((name) => [name, environment[name]] as const);
  return { name: origin.name, text, environment: Object.fromEntries(used), overrides };
}

export function originOf({ name, text, environment, overrides }: PlainOrigin): ConfigOrigin {
  return new ConfigOrigin(name, text, { environment, overrides });
}

/** The configuration in force with no more of the environment than it uses. Opens no file. */
export function inForceOf(origin: ConfigOrigin): DescribedConfig {
  const { name, text, environment, overrides } = plainOrigin(origin);
  return parseConfig(text, name, { environment, overrides, readsFiles: false });
}

/** `checkText` for a text that comes with a request: of the variables of the environment it has those alone that the file in force uses. */
export function checkForeignText(text: string, origin: ConfigOrigin, name: string): CheckedText {
  return checkText(text, inForceOf(origin), name);
}
