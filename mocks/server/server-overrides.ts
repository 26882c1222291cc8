import {
  InvalidInput,
  arrayAt,
  booleanAt,
  integerAt,
  numberAt,
  objectAt,
  stringAt,
  stringsAt,
} from '../rules/check.ts';
import type { Fields } from '../rules/check.ts';
import { faultAt } from '../rules/fault.ts';
import { parsePace } from '../rules/pace.ts';
import { parseLimits } from './admission/limits-input.ts';
import { parseStrictness } from './admission/strictness-input.ts';
import type { ServerOptions } from './settings.ts';

/** What one server of a fleet may have of its own; the rest is the fleet's. */
export type ServerOverrides = Pick<
  ServerOptions,
  | 'pace'
  | 'tag'
  | 'seed'
  | 'models'
  | 'keys'
  | 'limits'
  | 'strictness'
  | 'organization'
  | 'faults'
  | 'faultRate'
  | 'faultKeys'
  | 'jobStageMs'
  | 'lenientIds'
>;

function tagAt(value: unknown, field: string): boolean | string {
  return typeof value === 'string' ? value : booleanAt(value, field);
}

/** Texts are looked up in the catalogue, whole rules are read when the server starts. */
function startingFault(value: unknown, field: string): unknown {
  if (typeof value === 'string') faultAt(value, field);
  else objectAt(value, field);
  return value;
}

/** One row a field. */
const READERS: { readonly [name in keyof ServerOverrides]-?: (value: unknown, field: string) => unknown } = {
  pace: parsePace,
  tag: tagAt,
  seed: integerAt,
  models: (value, field) => arrayAt(value, field, stringAt),
  keys: (value, field) => arrayAt(value, field, stringAt),
  limits: parseLimits,
  strictness: parseStrictness,
  organization: stringAt,
  faults: (value, field) => arrayAt(value, field, startingFault),
  faultRate: numberAt,
  faultKeys: stringsAt,
  jobStageMs: numberAt,
  lenientIds: booleanAt,
};

function serverOverridesAt(value: unknown, field: string): ServerOverrides {
  const fields: Fields = objectAt(value, field, Object.keys(READERS));
  const given = Object.entries(READERS).filter(([name]) => fields[name] !== undefined);
  return Object.fromEntries(given.map(([name, read]) => [name, read(fields[name], `${field}.${name}`)]));
}

/** Reads a list of overrides of at least one server; throws {@link InvalidInput}. */
export function overridesAt(value: unknown, field = 'overrides'): readonly ServerOverrides[] {
  const overrides = arrayAt(value, field, serverOverridesAt);
  if (overrides.length === 0) throw new InvalidInput(field, 'overrides of at least one server', value);
  return overrides;
}

/** The options of the server at a place in the fleet. Fewer overrides than servers come again from the first on. */
export function optionsOf(options: ServerOptions, overrides: readonly ServerOverrides[], place: number): ServerOptions {
  return { ...options, ...overrides[place % Math.max(1, overrides.length)] };
}
