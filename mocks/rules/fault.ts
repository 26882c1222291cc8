import { secureRandom, seededRandom } from '../generation/random.ts';
import type { Random } from '../generation/random.ts';
import { integerAt, objectAt, optional } from './check.ts';
import { MATCH_SCHEMA } from './conditions.ts';
import type { FaultName } from './faults/catalogue.ts';
import type { CustomFault } from './faults/custom.ts';
import { CUSTOM_FAULTS, customFaultOf } from './faults/custom.ts';
import type { NamedFault } from './faults/named.ts';
import { NAMED_FAULTS, namedFaultOf, parseNamedFault } from './faults/named.ts';
import { parseMatch, parseTimes } from './match.ts';
import type { Match } from './match.ts';
import type { Rule } from './rule-list.ts';
import { anyOf, number, whole } from './shape.ts';
import type { JsonSchema, Shape } from './shape.ts';

export { FAULT_KINDS } from './faults/custom.ts';
export type { CustomFault, ErrorFields, FaultKind } from './faults/custom.ts';

export type Fault = CustomFault | NamedFault;

/** A fault of the catalogue with the parameters that are not to be the usual ones, e.g. `{ name: 'stall-mid', after: 3 }`. */
export interface NamedFaultInput {
  readonly name: FaultName;
  readonly [parameter: string]: number | string;
}

/** `POST /__mock/faults`: what goes wrong, for whom, how often. */
export interface FaultRule {
  readonly match?: Match;
  /** Uses; default without limit. */
  readonly times?: number;
  /** The same as `times: 1`. */
  readonly once?: boolean;
  /** Of the requests that fit, the share that meets the fault, drawn at random: 0–1, default 1. */
  readonly rate?: number;
  /** Makes the draw reproducible apart from everything else. Default: drawn from the server's seed, if it has one. */
  readonly seed?: number;
  /** A name of the catalogue as text (`cut;after=3`) or object, or a fault put together by hand. */
  readonly fault: CustomFault | NamedFaultInput | string;
}

/** Reads a fault: a text of the catalogue, `{name, …}`, or one put together by hand. Throws InvalidInput. */
export function faultAt(value: unknown, field: string): Fault {
  if (typeof value === 'string') return parseNamedFault(value, field);
  const fields = objectAt(value, field);
  if (fields['name'] !== undefined) return namedFaultOf(fields, field);
  return customFaultOf(fields, field);
}

/** What `faultAt` takes. */
const FAULT_SCHEMA: JsonSchema = {
  title: 'Fault',
  description:
    'A fault of the catalogue, as text (`cut;after=3`) or as an object (whose numbers may be texts), or one put together by hand.',
  ...anyOf({ type: 'string', minLength: 1 }, ...NAMED_FAULTS, ...CUSTOM_FAULTS),
};
export const faultShape: Shape<Fault> = { read: faultAt, schema: FAULT_SCHEMA };

/** A share, 0–1. */
export function rateAt(value: unknown, field: string): number {
  return SHARE.read(value, field);
}

const SHARE = number(0, 1);
/** A rule as `parseFaultRule` takes it. */
export const FAULT_RULE_SCHEMA: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['fault'],
  properties: {
    match: MATCH_SCHEMA,
    times: { ...whole(1).schema, description: 'Uses; default without limit.' },
    once: { description: 'True is the same as `times: 1`.' },
    rate: SHARE.schema,
    seed: whole().schema,
    fault: FAULT_SCHEMA,
  },
};

/** `random`: what a rule with a rate and no seed of its own draws from. */
export function parseFaultRule(value: unknown, random?: Random): Rule<Fault> {
  const fields = objectAt(value, 'fault', ['match', 'times', 'once', 'rate', 'seed', 'fault']);
  const fits = parseMatch(fields['match'], 'fault.match');
  const rate = optional(fields['rate'], 'fault.rate', rateAt);
  const seed = optional(fields['seed'], 'fault.seed', integerAt);
  const draws = seed === undefined ? (random ?? secureRandom(64)) : seededRandom(seed);
  return {
    // The draw comes last, so that requests which do not fit leave the sequence alone.
    matches: rate === undefined ? fits : (facts) => fits(facts) && draws.next() < rate,
    times: fields['once'] === true ? 1 : parseTimes(fields['times'], 'fault.times'),
    value: faultAt(fields['fault'], 'fault.fault'),
  };
}

/**
 * Rules for faults that a server is started with: a text names one, an object is a whole rule. `rate` is the share of requests
 * that meet one of the texts, each as often as the others.
 */
export function startingFaults(faults: readonly (string | FaultRule)[], rate: number, random: Random): Rule<Fault>[] {
  const texts = faults.filter((fault) => typeof fault === 'string').length;
  const share = texts === 0 ? 0 : rate / texts;
  let later = texts;
  return faults.map((fault) => {
    if (typeof fault !== 'string') return parseFaultRule(fault, random);
    // The newest rule is asked first; what the later ones took cannot meet this one: its share is taken of the rest.
    later -= 1;
    return parseFaultRule({ fault, rate: Math.min(1, share / (1 - later * share)) }, random);
  });
}
