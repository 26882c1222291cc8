import { randomBytes } from 'node:crypto';
import { call } from '../conformance/call.ts';
import type { Group, Subject } from '../conformance/check.ts';
import { CHECKS, GROUPS, rowText, score, totalsText } from '../conformance/scorecard.ts';
import { Specification } from '../conformance/shape/specification.ts';
import { InvalidInput } from '../rules/check.ts';
import { controlOf } from '../server/control-client.ts';
import { parseStrictness } from '../server/options/strictness-input.ts';
import type { Strictness } from '../strictness/index.ts';
import type { Command, Exit, Print } from './command.ts';
import { commandOf, formerOption, offering, urlAt } from './command.ts';
import { listOf } from './record.ts';

interface ConformanceOptions {
  readonly target?: string;
  readonly model: string;
  readonly reasoningModel: string;
  readonly embeddingModel: string;
  readonly key?: string;
  readonly mock?: string;
  readonly twin?: string;
  readonly mockToken?: string;
  readonly only?: string;
  readonly strictness: string;
  readonly spec?: string;
  readonly timeoutMs: string;
  readonly json?: boolean;
  readonly list?: boolean;
}

function onlyOf(text: string | undefined): readonly string[] | undefined {
  const names = listOf(text);
  const known = new Set<string>([...GROUPS, ...CHECKS.map(({ id }) => id)]);
  const stranger = names?.find((name) => !known.has(name));
  if (stranger !== undefined) throw new InvalidInput('--only', `groups (${GROUPS.join(', ')}) or checks`, stranger);
  return names;
}

function timeoutOf(text: string): number {
  const ms = Number(text);
  if (!(ms > 0)) throw new InvalidInput('--timeout-ms', 'a number above 0', text);
  return ms;
}

const STRICTNESS: readonly Strictness[] = ['off', 'spec', 'openai'];

const orNone = (text: string): string | null => (text === 'none' ? null : text);

function subjectOf(options: ConformanceOptions, environment: NodeJS.ProcessEnv): Subject {
  const target = urlAt(options.target, '--target');
  const behind = options.mock ?? options.twin;
  return {
    baseURL: target.endsWith('/v1') ? target : `${target}/v1`,
    key: options.key ?? environment['OPENAI_API_KEY'],
    timeoutMs: timeoutOf(options.timeoutMs),
    model: options.model,
    reasoningModel: orNone(options.reasoningModel),
    embeddingModel: orNone(options.embeddingModel),
    mock:
      behind === undefined
        ? undefined
        : controlOf(urlAt(behind, '--mock'), async () => {}, { token: options.mockToken }),
    // A level: as a text it is nothing else.
    strictness: parseStrictness(options.strictness, '--strictness') as Strictness,
    specification: options.spec === undefined ? undefined : Specification.read(options.spec),
    salt: () => randomBytes(8).toString('hex'),
  };
}

async function scored(options: ConformanceOptions, environment: NodeJS.ProcessEnv, print: Print): Promise<number> {
  const only = onlyOf(options.only);
  const subject = subjectOf(options, environment);
  const reached = await call(subject, { method: 'GET', path: '/models' });
  if (reached.status === 0) {
    print(`llmproxy conformance: ${subject.baseURL} does not answer.\n`);
    return 2;
  }
  if (reached.status === 401 || reached.status === 403) {
    print(`llmproxy conformance: ${subject.baseURL} refuses the key; give one with --key or OPENAI_API_KEY.\n`);
    return 2;
  }
  const wanted = (id: string, group: Group): boolean => only === undefined || only.includes(id) || only.includes(group);
  const checks = CHECKS.filter(({ id, group }) => wanted(id, group));
  const json = options.json === true;
  const card = await score(subject, checks, (row) => json || print(`${rowText(row)}\n`));
  print(json ? `${JSON.stringify(card, undefined, 2)}\n` : `\n${totalsText(card)}\n`);
  return card.rows.some(({ verdict }) => verdict === 'fail') ? 1 : 0;
}

/** `llmproxy conformance`. */
export function conformanceCommand(exit: Exit, print: Print, environment: NodeJS.ProcessEnv): Command {
  return commandOf(
    'conformance',
    'Checks any gateway or provider of the OpenAI API from outside and prints a scorecard.',
    print,
  )
    .option('--target <url>', 'with or without /v1')
    .option('--model <name>', 'the model that is asked', 'gpt-4o-mini')
    .option('--reasoning-model <name>', 'none: there is none', 'gpt-5-mini')
    .option('--embedding-model <name>', 'none: there is none', 'text-embedding-3-small')
    .option('--key <key>', 'API key; default $OPENAI_API_KEY')
    .option('--mock <url>', 'the mock that stands behind the target: for faults, aborts and bytes')
    .addOption(formerOption('--twin <url>'))
    .option('--mock-token <token>', 'the control token of that mock, where it wants one')
    .option('--only <list>', `groups: ${GROUPS.join(', ')}; or checks by name`)
    .addOption(
      offering(
        '--strictness <level>',
        'off: what any provider refuses; openai: all bad requests of the catalogue',
        STRICTNESS,
      ).default('off'),
    )
    .option('--spec <file>', 'an OpenAPI document that judges answers too')
    .option('--timeout-ms <n>', 'for each answer', '15000')
    .option('--json', 'the scorecard as JSON')
    .option('--list', 'names and claims of all checks')
    .addHelpText('after', '\nExit code: 0 when nothing failed, 1 when something did, 2 when nothing could be checked.')
    .action(async (options: ConformanceOptions) => {
      if (options.list) {
        for (const { id, claim } of CHECKS) print(`${id.padEnd(34)} ${claim}\n`);
        exit(0);
      } else {
        exit(await scored(options, environment, print));
      }
    });
}
