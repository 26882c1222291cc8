#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { USAGE, parseCli } from './server/cli-options.ts';
import type { CliOptions } from './server/cli-options.ts';
import { optionsOf } from './server/server-overrides.ts';
import type { MockServer } from './server/server.ts';
import type { ServerParts } from './server/settings.ts';

/** What is started and says where it listens. */
interface Listening {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

type Serving = Pick<CliOptions, 'json' | 'exitWithParent'>;

function readyText(what: string, json: boolean, servers: readonly Listening[]): string {
  if (!json) {
    return servers.map(({ url }) => `llmproxy ${what} listens on ${url} (OpenAI base URL: ${url}/v1)\n`).join('');
  }
  const [first] = servers;
  const list = servers.map(({ url, port }) => ({ url, port }));
  return `${JSON.stringify({ url: first?.url, port: first?.port, pid: process.pid, servers: list })}\n`;
}

/** Says that it is ready and runs until SIGINT or SIGTERM, or with `--exit-with-parent` until standard input closes. */
async function serve(what: string, { json, exitWithParent }: Serving, servers: readonly Listening[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // Ctrl-C reaches the whole process group: a parent that is still draining needs its endpoints, and decides when they end.
  process.on('SIGINT', () => exitWithParent || resolve());
  process.once('SIGTERM', resolve);
  if (exitWithParent) process.stdin.once('close', resolve).once('end', resolve).resume();
  process.stdout.write(readyText(what, json, servers));
  await promise;
  await Promise.all(servers.map((server) => server.close()));
}

async function startServers(options: CliOptions, parts: ServerParts = {}): Promise<readonly MockServer[]> {
  stayLean();
  // Loaded when it is needed: what is compiled of it can then be kept between runs.
  const [{ MockServer: Server }, { FleetState }] = await Promise.all([
    import('./server/server.ts'),
    import('./server/fleet-state.ts'),
  ]);
  const fleetState = new FleetState();
  return Promise.all(
    options.ports.map((port, place) =>
      Server.start({ ...optionsOf(options.server, options.overrides, place), port }, { fleetState, ...parts }),
    ),
  );
}

async function record(argv: readonly string[]): Promise<number> {
  const { RECORD_USAGE, parseRecord } = await import('./cassettes/cli-options.ts');
  const command = parseRecord(argv);
  if (command.help) {
    process.stdout.write(RECORD_USAGE);
    return 0;
  }
  const { startRecorder } = await import('./cassettes/recorder.ts');
  await serve('mock record', command, [await startRecorder(command.recorder)]);
  return 0;
}

async function replay(argv: readonly string[]): Promise<number> {
  const { REPLAY_USAGE, parseReplay } = await import('./cassettes/cli-options.ts');
  const command = parseReplay(argv);
  if (command.help) {
    process.stdout.write(REPLAY_USAGE);
    return 0;
  }
  const { readCassette, replayOperations } = await import('./cassettes/index.ts');
  const options = parseCli(command.rest);
  const operations = replayOperations(readCassette(command.file), command.replay);
  await serve('mock replay', options, await startServers(options, { operations }));
  return 0;
}

async function pairs(argv: readonly string[]): Promise<number> {
  const { runPairs } = await import('./oracles/pairs/command.ts');
  process.stdout.write(runPairs(argv));
  return 0;
}

async function conformance(argv: readonly string[]): Promise<number> {
  const { runConformance } = await import('./conformance/command.ts');
  return runConformance(argv, process.env, (text) => void process.stdout.write(text));
}

/** Commands besides starting servers: what is left of the command line goes in, the exit code comes out. */
const COMMANDS: Readonly<Record<string, (argv: readonly string[]) => Promise<number>>> = {
  async check(files) {
    const { checkScripts } = await import('./rules/script/check-command.ts');
    const { text, exitCode } = await checkScripts(files);
    process.stdout.write(text);
    return exitCode;
  },
  record,
  replay,
  pairs,
  conformance,
};

/** The young generation keeps its first size, and the old one grows in small steps: a mock that is flooded stays small, at no measurable cost. Before anything is allocated, or it is too late. */
function stayLean(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=50');
}

/** Runs until SIGINT or SIGTERM, or with `--exit-with-parent` until standard input closes. Resolves to the exit code; rejects when it cannot start. */
export async function runMockCli(argv: readonly string[]): Promise<number> {
  const [name = '', ...rest] = argv;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return command(rest);
  const options = parseCli(argv);
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const servers = await startServers(options);
  // After the ready line, so that whoever waits for it does not wait for the vocabularies.
  setImmediate(() => servers[0]?.tenantState.tokenizer.warmUp('o200k_base'));
  await serve('mock', options, servers);
  return 0;
}

const entry = process.argv[1];
if (entry !== undefined && realpathSync(entry) === fileURLToPath(import.meta.url)) {
  enableCompileCache();
  try {
    process.exit(await runMockCli(process.argv.slice(2)));
  } catch (error) {
    process.stderr.write(`llmproxy mock: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
