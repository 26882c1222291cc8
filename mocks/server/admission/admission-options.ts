import { parseLimits } from './limits-input.ts';
import { parseStrictness } from './strictness-input.ts';
import { numberAt } from '../../rules/check.ts';
import type { LimitSettings } from '../../limits/settings.ts';
import type { StrictnessSetting } from '../../strictness/index.ts';

/** Options of one server about what it refuses. */
export interface AdmissionOptions {
  /** How strict requests are judged: `off`, `spec` or `openai`, or by key. Default `off`. */
  readonly strictness?: StrictnessSetting | undefined;
  /** Rate limits and quota, as the provider keeps them. Default: none. Servers of one fleet and organization with the same limits share them. */
  readonly limits?: LimitSettings | undefined;
  /** `openai-organization` of every answer, and whose limits they are. Default `org-mock`. */
  readonly organization?: string | undefined;
}

export const ADMISSION_USAGE = `  --strictness LEVEL     off, spec or openai, or JSON {"default", "keys": {KEY: LEVEL}}; default off
  --rpm N, --tpm N       requests and tokens a minute, for each model; default no limit
  --rpd N                requests a day, for each model; default no limit
  --quota-tokens N       billed tokens until insufficient_quota; default no end
  --quota-usd N          the same in US dollars
  --limits JSON          all of it: {"rpm", "tpm", "rpd", "quota", "models": {…}, "keys": {…}}
  --organization NAME    whose limits they are; default org-mock
`;

const TEXT = { type: 'string' } as const;

export const ADMISSION_FLAGS = {
  strictness: TEXT,
  rpm: TEXT,
  tpm: TEXT,
  rpd: TEXT,
  'quota-tokens': TEXT,
  'quota-usd': TEXT,
  limits: TEXT,
  organization: TEXT,
} as const;

type AdmissionFlags = Readonly<{ [name in keyof typeof ADMISSION_FLAGS]?: string | undefined }>;

function json(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`--${name}: expected JSON, found "${text}"`, { cause: error });
  }
}

/** Number flags that were given, by the name of the limit they set. */
function given(flags: AdmissionFlags, names: Readonly<Record<string, keyof AdmissionFlags>>): Record<string, number> {
  const set = Object.entries(names).flatMap(([name, flag]) => {
    const text = flags[flag];
    if (text === undefined) return [];
    const value = Number(text);
    return [[name, numberAt(text.trim() === '' || Number.isNaN(value) ? text : value, `--${flag}`)] as const];
  });
  return Object.fromEntries(set);
}

function limitsOf(flags: AdmissionFlags): LimitSettings | undefined {
  const whole = flags.limits === undefined ? {} : parseLimits(json('limits', flags.limits), '--limits');
  const quota = given(flags, { tokens: 'quota-tokens', usd: 'quota-usd' });
  const all = {
    ...whole,
    ...given(flags, { rpm: 'rpm', tpm: 'tpm', rpd: 'rpd' }),
    ...(Object.keys(quota).length > 0 && { quota }),
  };
  return Object.keys(all).length === 0 ? undefined : all;
}

/** Throws an error whose message names the option, what was expected and what was found. */
export function parseAdmissionFlags(flags: AdmissionFlags): AdmissionOptions {
  const { strictness, organization } = flags;
  return {
    ...(strictness !== undefined && {
      strictness: parseStrictness(
        strictness.startsWith('{') ? json('strictness', strictness) : strictness,
        '--strictness',
      ),
    }),
    limits: limitsOf(flags),
    organization,
  };
}

/** The options as arguments of the command line. */
export function admissionArguments({ strictness, limits, organization }: AdmissionOptions): readonly string[] {
  return [
    ...(strictness === undefined
      ? []
      : [`--strictness=${typeof strictness === 'string' ? strictness : JSON.stringify(strictness)}`]),
    ...(limits === undefined ? [] : [`--limits=${JSON.stringify(limits)}`]),
    ...(organization === undefined ? [] : [`--organization=${organization}`]),
  ];
}
