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
import { parseLimits } from './gate/limits-input.ts';
import { parseStrictness } from './gate/strictness-input.ts';
import type { ServerOptions } from './settings.ts';

/** What one server of a fleet may have of its own; the rest is the fleet's. */
export type Personality = Pick<
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
const READERS: { readonly [name in keyof Personality]-?: (value: unknown, field: string) => unknown } = {
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

function personalityAt(value: unknown, field: string): Personality {
  const fields: Fields = objectAt(value, field, Object.keys(READERS));
  const given = Object.entries(READERS).filter(([name]) => fields[name] !== undefined);
  return Object.fromEntries(given.map(([name, read]) => [name, read(fields[name], `${field}.${name}`)]));
}

/** Reads a list of at least one personality; throws {@link InvalidInput}. */
export function personalitiesAt(value: unknown, field = 'personalities'): readonly Personality[] {
  const personalities = arrayAt(value, field, personalityAt);
  if (personalities.length === 0) throw new InvalidInput(field, 'at least one personality', value);
  return personalities;
}

/** The options of the server at a place in the fleet. Fewer personalities than servers come again from the first on. */
export function optionsOf(options: ServerOptions, personalities: readonly Personality[], place: number): ServerOptions {
  return { ...options, ...personalities[place % Math.max(1, personalities.length)] };
}
