import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { controlOf } from '../server/control-client.ts';
import type { Strictness } from '../strictness/index.ts';
import { STRICTNESS } from '../strictness/index.ts';
import { call } from './call.ts';
import type { Group, Subject } from './check.ts';
import { CHECKS, GROUPS, rowText, score, totalsText } from './scorecard.ts';
import { Specification } from './shape/specification.ts';

export const CONFORMANCE_USAGE = `Usage: llmproxy conformance --target URL [options]

Checks any gateway or provider of the OpenAI API from outside and prints a scorecard.

  --target URL           with or without /v1
  --model M              default gpt-4o-mini
  --reasoning-model M    default gpt-5-mini; none: there is none
  --embedding-model M    default text-embedding-3-small; none: there is none
  --key K                API key; default $OPENAI_API_KEY
  --mock URL             the mock that stands behind the target: for faults, aborts and bytes
  --only A,B             groups: ${GROUPS.join(', ')}; or checks by name
  --strictness LEVEL     off (default): what any provider refuses; spec; openai: all bad requests of the catalogue
  --spec FILE            an OpenAPI document that judges answers too
  --timeout-ms N         for each answer; default 15000
  --json                 the scorecard as JSON
  --list                 names and claims of all checks

Exit code: 0 when nothing failed, 1 when something did, 2 when nothing could be checked.
`;

const TEXT = { type: 'string' } as const;
const FLAG = { type: 'boolean', default: false } as const;
const OPTIONS = {
  target: TEXT,
  model: TEXT,
  'reasoning-model': TEXT,
  'embedding-model': TEXT,
  key: TEXT,
  mock: TEXT,
  only: TEXT,
  strictness: TEXT,
  spec: TEXT,
  'timeout-ms': TEXT,
  json: FLAG,
  list: FLAG,
  help: FLAG,
} as const;

const TIMEOUT_MS = 15_000;

export interface ConformanceCommand {
  readonly subject: Subject;
  readonly only: readonly string[] | undefined;
  readonly json: boolean;
}

function urlOf(name: string, text: string | undefined): string {
  if (text === undefined || !URL.canParse(text))
    throw new Error(`--${name}: expected a URL, found ${text ?? 'nothing'}`);
  return text.replace(/\/+$/, '');
}

function strictnessOf(text = 'off'): Strictness {
  const level = STRICTNESS.find((known) => known === text);
  if (level === undefined) throw new Error(`--strictness: expected ${STRICTNESS.join(', ')}, found "${text}"`);
  return level;
}

function onlyOf(text: string | undefined): readonly string[] | undefined {
  const names = text?.split(',').map((name) => name.trim());
  const known = new Set<string>([...GROUPS, ...CHECKS.map(({ id }) => id)]);
  const stranger = names?.find((name) => !known.has(name));
  if (stranger !== undefined)
    throw new Error(`--only: expected groups (${GROUPS.join(', ')}) or checks, found "${stranger}"`);
  return names;
}

function timeoutOf(text: string | undefined): number {
  const ms = text === undefined ? TIMEOUT_MS : Number(text);
  if (!(ms > 0)) throw new Error(`--timeout-ms: expected a number above 0, found "${text}"`);
  return ms;
}

const orNone = (text: string | undefined, usual: string): string | null => (text === 'none' ? null : (text ?? usual));

/** Reads the command line; `undefined` when a text was asked for instead. Throws an error that names the option. */
export function parseConformance(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
): ConformanceCommand | 'help' | 'list' {
  const { values } = parseArgs({ args: [...argv], options: OPTIONS, strict: true });
  if (values.help) return 'help';
  if (values.list) return 'list';
  const target = urlOf('target', values.target);
  const mock = values.mock === undefined ? undefined : controlOf(urlOf('mock', values.mock), async () => {});
  return {
    only: onlyOf(values.only),
    json: values.json,
    subject: {
      baseURL: target.endsWith('/v1') ? target : `${target}/v1`,
      key: values.key ?? environment['OPENAI_API_KEY'],
      timeoutMs: timeoutOf(values['timeout-ms']),
      model: values.model ?? 'gpt-4o-mini',
      reasoningModel: orNone(values['reasoning-model'], 'gpt-5-mini'),
      embeddingModel: orNone(values['embedding-model'], 'text-embedding-3-small'),
      mock,
      strictness: strictnessOf(values.strictness),
      specification: values.spec === undefined ? undefined : Specification.read(values.spec),
      salt: () => randomBytes(8).toString('hex'),
    },
  };
}

export type Print = (text: string) => void;

const listText = (): string => CHECKS.map(({ id, claim }) => `${id.padEnd(34)} ${claim}\n`).join('');

/** `llmproxy conformance`: prints to `out` and returns the exit code. */
export async function runConformance(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
  out: Print,
): Promise<number> {
  const command = parseConformance(argv, environment);
  if (command === 'help' || command === 'list') {
    out(command === 'help' ? CONFORMANCE_USAGE : listText());
    return 0;
  }
  const { subject, only, json } = command;
  const reached = await call(subject, { method: 'GET', path: '/models' });
  if (reached.status === 0) {
    out(`llmproxy conformance: ${subject.baseURL} does not answer.\n`);
    return 2;
  }
  if (reached.status === 401 || reached.status === 403) {
    out(`llmproxy conformance: ${subject.baseURL} refuses the key; give one with --key or OPENAI_API_KEY.\n`);
    return 2;
  }
  const wanted = (id: string, group: Group): boolean => only === undefined || only.includes(id) || only.includes(group);
  const checks = CHECKS.filter(({ id, group }) => wanted(id, group));
  const card = await score(subject, checks, (row) => json || out(`${rowText(row)}\n`));
  out(json ? `${JSON.stringify(card, undefined, 2)}\n` : `\n${totalsText(card)}\n`);
  return card.rows.some(({ verdict }) => verdict === 'fail') ? 1 : 0;
}
