import { FAMILY_IDS } from '../../dialects/families.ts';
import {
  InvalidInput,
  arrayAt,
  booleanAt,
  integerAt,
  isObject,
  numberAt,
  objectAt,
  stringAt,
  stringsAt,
  wordAt,
} from '../../rules/check.ts';
import { faultAt, rateAt } from '../../rules/fault.ts';
import { amountAt, parsePace } from '../../rules/pace.ts';
import { tenantAt } from '../tenant-selection.ts';
import { parseLimits } from './limits-input.ts';
import type { ServerOptions } from './options.ts';
import { parseStrictness } from './strictness-input.ts';
import type { FromText } from './texts.ts';
import { asJson, asList, asNumber, asPair, asTenantKeys, jsonOr } from './texts.ts';

/** Checks a value; throws `InvalidInput` naming the field, what was expected and what was found. */
export type Reader = (value: unknown, field: string) => unknown;

/** A flag of the command line that sets an option, or a part of it. */
export interface Flag {
  /** With the name of its value, if it takes one: `--seed <n>`. */
  readonly flag: string;
  readonly help: string;
  /** Where in the option's value; default: the whole. */
  readonly part?: readonly string[];
  /** Checks a part; the whole is checked by the option's reader. */
  readonly read?: Reader;
  /** Default: the text as it is. */
  readonly fromText?: FromText;
  /** May be given several times: values in a list, or the members of one object. */
  readonly repeated?: 'list' | 'object';
}

export interface OptionRow {
  readonly read: Reader;
  readonly flags: readonly Flag[];
  /** A server of a fleet may have its own. */
  readonly perServer?: true;
}

const words = (value: unknown, field: string): unknown => arrayAt(value, field, stringAt);

/** Texts are looked up in the catalogue, whole rules are read when the server starts. */
function startingFault(value: unknown, field: string): unknown {
  if (typeof value === 'string') faultAt(value, field);
  else objectAt(value, field);
  return value;
}

function tokenAt(value: unknown, field: string): string {
  const token = stringAt(value, field);
  if (!/^\S+$/.test(token)) throw new InvalidInput(field, 'a token without spaces', value);
  return token;
}

function tenantKeysAt(value: unknown, field: string): unknown {
  if (value === 'each') return value;
  return Object.fromEntries(Object.entries(objectAt(value, field)).map(([key, name]) => [key, tenantAt(name, field)]));
}

const rate = (name: string, help: string): Flag => ({
  flag: `--${name} <n>`,
  help,
  part: [name],
  read: numberAt,
  fromText: asNumber,
});

/** Every option of a server: how it is checked, and the flags that set it. */
export const OPTION_TABLE: { readonly [Name in keyof ServerOptions]-?: OptionRow } = {
  // Set by the flags for the places of all servers: --port, --ports, --count.
  port: { read: integerAt, flags: [] },
  host: { read: stringAt, flags: [{ flag: '--host <address>', help: 'address to listen on; default 127.0.0.1' }] },
  tls: {
    read: booleanAt,
    flags: [{ flag: '--tls', help: 'the port speaks HTTPS and wss: too; the ready line has the certificate' }],
  },
  webhookHosts: {
    read: words,
    flags: [
      {
        flag: '--webhook-hosts <list>',
        help: 'hosts besides the local ones to which webhooks are delivered: A,B; default none',
        fromText: asList,
      },
    ],
  },
  controlToken: {
    read: tokenAt,
    flags: [
      {
        flag: '--control-token <token>',
        help: 'opens the control API to Authorization: Bearer TOKEN; beyond the loopback it is closed without',
      },
    ],
  },
  dialect: {
    read: (value, field) => wordAt(value, field, FAMILY_IDS),
    perServer: true,
    flags: [
      {
        flag: '--dialect <family>',
        help: 'openai, anthropic, gemini or azure: answers paths that several families share or none has; default openai',
      },
    ],
  },
  tag: {
    read: (value, field) => (typeof value === 'string' ? value : booleanAt(value, field)),
    perServer: true,
    flags: [
      { flag: '--tag', help: 'text answers end with [PORT]' },
      { flag: '--tag-as <text>', help: 'text answers end with [TEXT]' },
    ],
  },
  script: {
    // Rules are read with their places when the server starts.
    read: (value) => value,
    flags: [
      {
        flag: '--script <file>',
        help: 'rules that answer: JSON, YAML or TypeScript; read anew when it changes. Or the rules as JSON',
        fromText: jsonOr((text) => text),
      },
    ],
  },
  pace: {
    read: parsePace,
    perServer: true,
    flags: [
      {
        flag: '--pace-first-ms <n>',
        help: 'milliseconds to the first event of an answer; default 0. Or a spread as JSON: {"uniform": {"from", "to"}} or {"lognormal": {"median", "sigma", "most"}}',
        part: ['firstEventMs'],
        read: amountAt,
        fromText: jsonOr(asNumber),
      },
      {
        flag: '--tokens-per-second <n>',
        help: 'from then on, or a spread; default as fast as it is read',
        part: ['tokensPerSecond'],
        read: amountAt,
        fromText: jsonOr(asNumber),
      },
      {
        flag: '--pace-seed <n>',
        help: 'draws the same spreads in the same order; default by --seed',
        part: ['seed'],
        read: integerAt,
        fromText: asNumber,
      },
    ],
  },
  seed: {
    read: integerAt,
    perServer: true,
    flags: [{ flag: '--seed <n>', help: 'reproducible ids', fromText: asNumber }],
  },
  nonce: {
    read: booleanAt,
    flags: [{ flag: '--nonce', help: 'text answers end with an unguessable word of their own' }],
  },
  vary: {
    read: booleanAt,
    perServer: true,
    flags: [
      {
        flag: '--vary',
        help: 'texts differ from call to call at a temperature above 0, unless the request has a seed; default: equal requests, equal texts',
      },
    ],
  },
  trace: {
    read: booleanAt,
    flags: [{ flag: '--trace', help: 'the journal notes time, length and hash of every event' }],
  },
  clock: {
    read: (value, field) => wordAt(value, field, ['real', 'virtual']),
    flags: [
      {
        flag: '--clock <kind>',
        help: 'real or virtual: time stands still until POST /__mock/clock moves it; default real',
      },
    ],
  },
  tenantKeys: {
    read: tenantKeysAt,
    flags: [
      {
        flag: '--tenant-keys <pairs>',
        help: 'tenants of API keys, KEY=TENANT,…; or each: every key is a tenant of its own',
        fromText: asTenantKeys,
      },
    ],
  },
  models: {
    read: words,
    perServer: true,
    flags: [{ flag: '--models <list>', help: 'only these models exist: A,B; default every name', fromText: asList }],
  },
  keys: {
    read: words,
    perServer: true,
    flags: [
      { flag: '--keys <list>', help: 'only these API keys are accepted: A,B; default any or none', fromText: asList },
    ],
  },
  strictness: {
    read: parseStrictness,
    perServer: true,
    flags: [
      {
        flag: '--strictness <level>',
        help: 'off, spec or openai, or JSON {"default", "keys": {KEY: LEVEL}}; default off, and what the provider would refuse is named on standard error',
        fromText: jsonOr((text) => text),
      },
    ],
  },
  limits: {
    read: parseLimits,
    perServer: true,
    flags: [
      {
        flag: '--limits <json>',
        help: 'rate limits and quota: {"rpm", "tpm", "rpd", "quota", "models": {…}, "keys": {…}}',
        fromText: asJson,
      },
      rate('rpm', 'requests a minute, for each model; default no limit'),
      rate('tpm', 'tokens a minute, for each model; default no limit'),
      rate('rpd', 'requests a day, for each model; default no limit'),
      {
        ...rate('quota-tokens', 'billed tokens until insufficient_quota; default no end'),
        part: ['quota', 'tokens'],
      },
      { ...rate('quota-usd', 'the same in US dollars'), part: ['quota', 'usd'] },
    ],
  },
  organization: {
    read: stringAt,
    perServer: true,
    flags: [{ flag: '--organization <name>', help: 'whose limits they are; default org-mock' }],
  },
  faults: {
    read: (value, field) => arrayAt(value, field, startingFault),
    perServer: true,
    flags: [
      {
        flag: '--fault <name>',
        help: 'answers meet this fault, e.g. "cut;after=3"; may be repeated; or a whole rule as JSON',
        fromText: jsonOr((text) => text),
        repeated: 'list',
      },
    ],
  },
  faultRate: {
    read: rateAt,
    perServer: true,
    flags: [
      {
        flag: '--fault-rate <n>',
        help: 'share of requests that meet one of them, 0 to 1; default 1',
        fromText: asNumber,
      },
    ],
  },
  faultKeys: {
    read: stringsAt,
    perServer: true,
    flags: [
      {
        flag: '--fault-key <key=name>',
        help: 'requests with this API key meet this fault; may be repeated',
        fromText: asPair('NAME'),
        repeated: 'object',
      },
    ],
  },
  lenientIds: {
    read: booleanAt,
    perServer: true,
    flags: [{ flag: '--lenient-ids', help: 'an id that was never made is invented instead of refused' }],
  },
  jobStageMs: {
    read: numberAt,
    perServer: true,
    flags: [
      {
        flag: '--job-stage-ms <n>',
        help: 'milliseconds that a job stays in each of its states; default 100',
        fromText: asNumber,
      },
    ],
  },
};

const ROWS: Readonly<Record<string, OptionRow>> = OPTION_TABLE;

/** Values by the name of their option, read by the table. Throws `InvalidInput`, for a name that no option has too. */
export function readOptions(
  value: unknown,
  field: string,
  names: readonly string[] = Object.keys(ROWS),
): ServerOptions {
  const given = Object.entries(objectAt(value, field, names)).filter(([, one]) => one !== undefined);
  return Object.fromEntries(given.map(([name, one]) => [name, ROWS[name]?.read(one, `${field}.${name}`)]));
}

/** The name of a flag without its value: `--seed`. */
export function flagName({ flag }: Flag): string {
  return flag.split(' ', 1)[0] ?? flag;
}

/** What was given for a flag: its text, its texts when it may be repeated, or `true`. */
export type GivenFlag = string | readonly string[] | true;

function valueOf(flag: Flag, given: GivenFlag): unknown {
  const name = flagName(flag);
  const read = (text: string): unknown => (flag.fromText ?? ((one) => one))(text, name);
  if (given === true) return true;
  if (typeof given === 'string') return read(given);
  const values = given.map(read);
  return flag.repeated === 'object' ? (Object.assign({}, ...values) as unknown) : values;
}

/** The value with a part put in. */
function withPart(value: unknown, [name, ...rest]: readonly string[], part: unknown): unknown {
  if (name === undefined) return part;
  const fields = isObject(value) ? value : {};
  return { ...fields, [name]: withPart(fields[name], rest, part) };
}

/** Options of the flags that were given; later flags of an option come on top of earlier ones. Throws `InvalidInput` that names the flag. */
export function optionsOfFlags(givenOf: (flag: Flag) => GivenFlag | undefined): ServerOptions {
  const options = new Map<string, unknown>();
  for (const [name, row] of Object.entries(ROWS)) {
    for (const flag of row.flags) {
      const given = givenOf(flag);
      if (given === undefined) continue;
      const value = (flag.read ?? row.read)(valueOf(flag, given), flagName(flag));
      options.set(name, withPart(options.get(name), flag.part ?? [], value));
    }
  }
  return Object.fromEntries(options) as ServerOptions;
}
