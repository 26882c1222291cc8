import type { LoadOptions } from './origin.ts';
import { withOverrides } from './overrides.ts';
import { readYaml, type YamlSource } from './source.ts';

/** A section whose members are all commented out is an empty section: YAML reads it as null. */
function filledIn(source: YamlSource): YamlSource {
  const { value } = source;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return source;
  const sections = Object.entries(value).map(([name, section]: [string, unknown]) => [name, section ?? {}]);
  return { ...source, value: Object.fromEntries(sections) };
}

/** A YAML text as it counts: variables and the values of the command line are in it. Never throws. */
export function readSource(name: string, text: string, { environment, overrides = {} }: LoadOptions): YamlSource {
  return filledIn(withOverrides(readYaml(name, text, environment), overrides));
}
