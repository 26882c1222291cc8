import { parseArgs } from 'node:util';
import type { RecorderOptions } from './recorder.ts';
import type { ReplaySpeed } from './recorded-reply.ts';
import type { ReplayOptions } from './replay.ts';

export const RECORD_USAGE = `Usage: llmproxy mock record --target URL --out FILE [options]

  --target URL           where requests go, with or without /v1
  --out FILE             the cassette; what is in it already stays. Secrets are never written
  --port N               port to listen on; default 0, a free one
  --host H               address to listen on; default 127.0.0.1
  --ignore A,B           fields that do not count when the cassette is played: metadata, messages.*.name
  --json                 one JSON line when ready: {"url", "port", "pid", "servers": [{"url", "port"}]}
  --exit-with-parent     ends when standard input closes; SIGINT is left to the parent
`;

export const REPLAY_USAGE = `Usage: llmproxy mock replay FILE [options]

  --speed S              recorded, instant (default), or so many times as fast: 2
  --on-miss refuse|mock  what answers a request that was not recorded: an error that says how it differs (default), or the mock
  --ignore A,B           fields that do not count, besides those that the cassette names
  and every option of llmproxy mock: ports, faults, tenants…
`;

export interface RecordCommand {
  readonly help: boolean;
  readonly json: boolean;
  readonly exitWithParent: boolean;
  readonly recorder: RecorderOptions;
}

const TEXT = { type: 'string' } as const;
const FLAG = { type: 'boolean', default: false } as const;
const RECORD_OPTIONS = {
  target: TEXT,
  out: TEXT,
  port: TEXT,
  host: TEXT,
  ignore: TEXT,
  json: FLAG,
  'exit-with-parent': FLAG,
  help: FLAG,
} as const;

function listOf(text: string | undefined): readonly string[] | undefined {
  return text?.split(',').map((item) => item.trim());
}

function required(name: string, value: string | undefined): string {
  if (value === undefined) throw new Error(`--${name}: expected a value, found nothing`);
  return value;
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new Error(`--port: expected a port, found "${text}"`);
  return port;
}

/** Throws an error whose message names the option, what was expected and what was found. */
export function parseRecord(argv: readonly string[]): RecordCommand {
  const { values } = parseArgs({ args: [...argv], options: RECORD_OPTIONS, strict: true });
  const { help, json, host } = values;
  const target = help ? '' : required('target', values.target);
  if (!help && !URL.canParse(target)) throw new Error(`--target: expected a URL, found "${target}"`);
  return {
    help,
    json,
    exitWithParent: values['exit-with-parent'],
    recorder: {
      target,
      file: help ? '' : required('out', values.out),
      port: values.port === undefined ? 0 : portOf(values.port),
      host,
      ignore: listOf(values.ignore),
    },
  };
}

export interface ReplayCommand {
  readonly help: boolean;
  readonly file: string;
  readonly replay: ReplayOptions;
  /** For the options of the mock itself. */
  readonly rest: readonly string[];
}

const REPLAY_OPTIONS = ['speed', 'on-miss', 'ignore'] as const;
type ReplayOption = (typeof REPLAY_OPTIONS)[number];

function speedOf(text: string): ReplaySpeed {
  if (text === 'recorded' || text === 'instant') return text;
  const factor = Number(text);
  if (!(factor > 0)) throw new Error(`--speed: expected recorded, instant or a number above 0, found "${text}"`);
  return factor;
}

function onMissOf(text: string): 'refuse' | 'mock' {
  if (text === 'refuse' || text === 'mock') return text;
  throw new Error(`--on-miss: expected refuse or mock, found "${text}"`);
}

/** Takes its own options and the file out of the command line. Throws an error that names the option. */
export function parseReplay(argv: readonly string[]): ReplayCommand {
  const given = new Map<ReplayOption, string>();
  const rest: string[] = [];
  let file: string | undefined;
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    const [head = '', ...value] = word.split('=');
    const option = REPLAY_OPTIONS.find((name) => head === `--${name}`);
    if (option !== undefined) {
      given.set(option, required(option, value.length > 0 ? value.join('=') : argv[(at += 1)]));
    } else if (at === 0 && !word.startsWith('-')) file = word;
    else rest.push(word);
  }
  const help = rest.includes('--help');
  if (file === undefined && !help) throw new Error('FILE: expected the name of a cassette first, found nothing');
  const [speed, onMiss] = [given.get('speed'), given.get('on-miss')];
  return {
    help,
    file: file ?? '',
    replay: {
      ...(speed !== undefined && { speed: speedOf(speed) }),
      ...(onMiss !== undefined && { onMiss: onMissOf(onMiss) }),
      ignore: listOf(given.get('ignore')),
    },
    rest,
  };
}
