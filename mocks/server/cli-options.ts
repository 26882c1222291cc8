import { parseArgs } from 'node:util';
import type { Spread } from '../rules/pace.ts';
import { amountAt } from '../rules/pace.ts';
import type { ScriptInput } from '../rules/script/types.ts';
import { FAULT_FLAGS, FAULT_USAGE, parseFaultFlags } from './faults/fault-options.ts';
import { ADMISSION_FLAGS, ADMISSION_USAGE, parseAdmissionFlags } from './admission/admission-options.ts';
import type { ServerOverrides } from './server-overrides.ts';
import { overridesAt } from './server-overrides.ts';
import type { ServerOptions } from './settings.ts';
import type { TenantKeys } from './tenant-selection.ts';
import { tenantAt } from './tenant-selection.ts';

export interface CliOptions {
  /** One a server; 0 is a free port. */
  readonly ports: readonly number[];
  readonly json: boolean;
  readonly exitWithParent: boolean;
  readonly help: boolean;
  readonly server: ServerOptions;
  /** Of the servers, in their order; fewer come again. */
  readonly overrides: readonly ServerOverrides[];
}

export const USAGE = `Usage: llmproxy mock [options]
       llmproxy mock check FILE…   looks for faults in scripts
       llmproxy mock record        writes what passes through it to a cassette
       llmproxy mock replay FILE   answers from a cassette
       llmproxy mock pairs         request pairs that a cache must, or must not, answer alike

  --port N               port to listen on; default 0, a free one. With --count the ports from N on
  --host H               address to listen on; default 127.0.0.1
  --count N              several servers in this process; default 1
  --ports A,B,C          one server a port, 0 for a free one; instead of --port and --count
  --tag                  text answers end with [PORT]
  --tag-as TEXT          text answers end with [TEXT]
  --script FILE          rules that answer: JSON, YAML or TypeScript; read anew when it changes. Or the rules as JSON
  --overrides JSON       what servers have of their own, in their order: [{"pace": {…}, "tag": "A"}, {"limits": {…}}]
  --pace-first-ms N      milliseconds to the first event of an answer; default 0. Or a spread as JSON:
                         {"uniform": {"from", "to"}} or {"lognormal": {"median", "sigma", "most"}}
  --tokens-per-second N  from then on, or a spread; default as fast as it is read
  --pace-seed N          spreads come again in the same order; default by --seed
  --seed N               reproducible ids
  --nonce                text answers end with an unguessable word of their own
  --trace                the journal notes time, length and hash of every event
  --clock real|virtual   virtual: time stands still until POST /__mock/clock moves it; default real
  --tenant-keys K=T,K=T  tenants of API keys; or each: every key is a tenant of its own
  --models A,B           only these models exist; default every name
  --keys A,B             only these API keys are accepted; default any or none
${ADMISSION_USAGE}${FAULT_USAGE}  --lenient-ids          an id that was never made is invented instead of refused
  --job-stage-ms N       milliseconds that a job stays in each of its states; default 100
  --json                 one JSON line when ready: {"url", "port", "pid", "servers": [{"url", "port"}]}
  --exit-with-parent     ends when standard input closes; SIGINT is left to the parent
  --help                 this text
`;

const TEXT = { type: 'string' } as const;
const FLAG = { type: 'boolean', default: false } as const;

const OPTIONS = {
  port: TEXT,
  host: TEXT,
  count: TEXT,
  ports: TEXT,
  tag: FLAG,
  'tag-as': TEXT,
  clock: TEXT,
  'tenant-keys': TEXT,
  script: TEXT,
  overrides: TEXT,
  'pace-seed': TEXT,
  'pace-first-ms': TEXT,
  'tokens-per-second': TEXT,
  seed: TEXT,
  models: TEXT,
  keys: TEXT,
  'lenient-ids': FLAG,
  nonce: FLAG,
  trace: FLAG,
  'job-stage-ms': TEXT,
  ...ADMISSION_FLAGS,
  ...FAULT_FLAGS,
  json: FLAG,
  'exit-with-parent': FLAG,
  help: FLAG,
} as const;

const HIGHEST_PORT = 65_535;

function numberOf(name: string, text: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < least || value > most) {
    throw new Error(`--${name}: expected a number from ${least} to ${most}, found "${text}"`);
  }
  return value;
}

function portOf(name: string, text: string): number {
  const port = numberOf(name, text, 0, HIGHEST_PORT);
  if (!Number.isInteger(port)) throw new Error(`--${name}: expected a whole number, found "${text}"`);
  return port;
}

function listOf(text: string | undefined): readonly string[] | undefined {
  return text?.split(',').map((item) => item.trim());
}

function jsonOf(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`--${name}: expected JSON, found "${text}"`, { cause: error });
  }
}

function amountOf(name: string, text: string): number | Spread {
  return text.trimStart().startsWith('{') ? amountAt(jsonOf(name, text), `--${name}`) : numberOf(name, text, 0);
}

/** Rules as JSON, else the name of a file. */
function scriptOf(text: string | undefined): ServerOptions['script'] {
  return text !== undefined && /^\s*[[{]/.test(text) ? (jsonOf('script', text) as ScriptInput) : text;
}

function overridesOf(text: string): readonly ServerOverrides[] {
  return overridesAt(jsonOf('overrides', text), '--overrides');
}

function clockOf(text: string | undefined): 'real' | 'virtual' | undefined {
  if (text === undefined || text === 'real' || text === 'virtual') return text;
  throw new Error(`--clock: expected real or virtual, found "${text}"`);
}

function tenantKeysOf(text: string | undefined): TenantKeys | undefined {
  if (text === undefined || text === 'each') return text;
  const pairs = text.split(',').map((pair) => pair.split('='));
  const wrong = pairs.find((pair) => pair.length !== 2 || pair[0] === '');
  if (wrong) throw new Error(`--tenant-keys: expected KEY=TENANT, found "${wrong.join('=')}"`);
  return Object.fromEntries(pairs.map(([key = '', tenant]) => [key, tenantAt(tenant, '--tenant-keys')]));
}

interface PortTexts {
  readonly port?: string | undefined;
  readonly count?: string | undefined;
  readonly ports?: string | undefined;
}

function portsOf({ port, count, ports }: PortTexts): readonly number[] {
  if (ports !== undefined) {
    if (port !== undefined || count !== undefined) throw new Error('--ports: expected without --port and --count');
    return ports.split(',').map((text) => portOf('ports', text));
  }
  const first = portOf('port', port ?? '0');
  const servers = Math.floor(numberOf('count', count ?? '1', 1, 1000));
  return Array.from({ length: servers }, (_, index) => (first === 0 ? 0 : first + index));
}

/** Reads the command line; throws an error whose message names the option, what was expected and what was found. */
export function parseCli(argv: readonly string[]): CliOptions {
  const { values } = parseArgs({ args: [...argv], options: OPTIONS, strict: true });
  const first = values['pace-first-ms'];
  const rate = values['tokens-per-second'];
  const stage = values['job-stage-ms'];
  return {
    ports: portsOf(values),
    json: values.json,
    exitWithParent: values['exit-with-parent'],
    help: values.help,
    overrides: values.overrides === undefined ? [] : overridesOf(values.overrides),
    server: {
      host: values.host,
      tag: values['tag-as'] ?? values.tag,
      clock: clockOf(values.clock),
      tenantKeys: tenantKeysOf(values['tenant-keys']),
      seed: values.seed === undefined ? undefined : numberOf('seed', values.seed, 0),
      models: listOf(values.models),
      keys: listOf(values.keys),
      lenientIds: values['lenient-ids'],
      nonce: values.nonce,
      trace: values.trace,
      jobStageMs: stage === undefined ? undefined : numberOf('job-stage-ms', stage, 0),
      ...parseAdmissionFlags(values),
      ...parseFaultFlags(values),
      script: scriptOf(values.script),
      pace: {
        ...(first === undefined ? {} : { firstEventMs: amountOf('pace-first-ms', first) }),
        ...(rate === undefined ? {} : { tokensPerSecond: amountOf('tokens-per-second', rate) }),
        ...(values['pace-seed'] === undefined ? {} : { seed: numberOf('pace-seed', values['pace-seed'], 0) }),
      },
    },
  };
}
