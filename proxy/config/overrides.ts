import { formatPath } from './path.ts';
import type { Path } from './path.ts';
import type { YamlSource } from './source.ts';

/** Values of the command line that stand above the file; checked like the file's own. */
export interface Overrides {
  readonly host?: string;
  readonly port?: number | string;
  readonly logLevel?: string;
}

const PATHS: { readonly [name in keyof Overrides]-?: Path } = {
  host: ['server', 'host'],
  port: ['server', 'port'],
  logLevel: ['log', 'level'],
};

const FLAGS: { readonly [name in keyof Overrides]-?: string } = {
  host: '--host',
  port: '--port',
  logLevel: '--log-level',
};

/** Paths of the settings that the command line gives, and the options that give them. */
export function overriddenPaths(overrides: Overrides): ReadonlyMap<string, string> {
  const given = Object.entries(PATHS).filter(([name]) => overrides[name as keyof Overrides] !== undefined);
  return new Map(given.map(([name, path]) => [formatPath(path), FLAGS[name as keyof Overrides]]));
}

/** What a command line gives of them. */
export function overridesOf({ host, port, logLevel }: Overrides): Overrides {
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(logLevel === undefined ? {} : { logLevel }),
  };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A copy of `value` with `set` at `path`; where something other than a mapping stands in the way, as it is. */
function put(value: unknown, path: Path, set: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return set;
  const mapping = value ?? {};
  return isMapping(mapping) ? { ...mapping, [key]: put(mapping[key], rest, set) } : value;
}

/** The source as it would be with the overrides written into it; faults in them point at no line. */
export function withOverrides(source: YamlSource, overrides: Overrides): YamlSource {
  let { value } = source;
  const overridden = new Set<string>();
  for (const [name, path] of Object.entries(PATHS)) {
    const set = overrides[name as keyof Overrides];
    if (set === undefined || value === undefined) continue;
    value = put(value, path, set);
    overridden.add(formatPath(path));
  }
  return { ...source, value, place: (path, key) => (overridden.has(formatPath(path)) ? {} : source.place(path, key)) };
}
