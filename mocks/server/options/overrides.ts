import { InvalidInput, arrayAt } from '../../rules/check.ts';
import type { ServerOptions } from './options.ts';
import { OPTION_TABLE, readOptions } from './table.ts';

/** What one server of a fleet may have of its own; the rest is the fleet's. */
export type ServerOverrides = Pick<
  ServerOptions,
  | 'dialect'
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
  | 'vary'
>;

const PER_SERVER = Object.entries(OPTION_TABLE).flatMap(([name, row]) => (row.perServer ? [name] : []));

/** Reads a list of overrides of at least one server; throws {@link InvalidInput}. */
export function overridesAt(value: unknown, field = 'overrides'): readonly ServerOverrides[] {
  const overrides = arrayAt(value, field, (one, at) => readOptions(one, at, PER_SERVER));
  if (overrides.length === 0) throw new InvalidInput(field, 'overrides of at least one server', value);
  return overrides;
}

/** The options of the server at a place in the fleet. Fewer overrides than servers are used again from the first on. */
export function optionsOf(options: ServerOptions, overrides: readonly ServerOverrides[], place: number): ServerOptions {
  return { ...options, ...overrides[place % Math.max(1, overrides.length)] };
}
