#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { checkScripts } from './rules/script/check-command.ts';
import { USAGE, parseCli } from './server/cli-options.ts';
import type { CliOptions } from './server/cli-options.ts';
import { Commons } from './server/commons.ts';
import { optionsOf } from './server/personality.ts';
import { MockServer } from './server/server.ts';

function readyText({ json }: CliOptions, servers: readonly MockServer[]): string {
  if (!json) {
    return servers.map(({ url }) => `llmproxy mock listens on ${url} (OpenAI base URL: ${url}/v1)\n`).join('');
  }
  const [first] = servers;
  const list = servers.map(({ url, port }) => ({ url, port }));
  return `${JSON.stringify({ url: first?.url, port: first?.port, pid: process.pid, servers: list })}\n`;
}

/** Commands besides starting servers: what is left of the command line goes in, the exit code comes out. */
const COMMANDS: Readonly<Record<string, (argv: readonly string[]) => Promise<number>>> = {
  async check(files) {
    const { text, exitCode } = await checkScripts(files);
    process.stdout.write(text);
    return exitCode;
  },
};

/** The young generation keeps its first size, and the old one grows in small steps: a mock that is flooded stays small, at no measurable cost. Before anything is allocated, or it is too late. */
function stayLean(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=100');
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
  stayLean();
  const commons = new Commons();
  const servers = await Promise.all(
    options.ports.map((port, place) =>
      MockServer.start({ ...optionsOf(options.server, options.personalities, place), port }, { commons }),
    ),
  );
  const { promise, resolve } = Promise.withResolvers<void>();
  // Ctrl-C reaches the whole process group: a parent that is still draining needs its endpoints, and decides when they end.
  process.on('SIGINT', () => options.exitWithParent || resolve());
  process.once('SIGTERM', resolve);
  if (options.exitWithParent) process.stdin.once('close', resolve).once('end', resolve).resume();
  process.stdout.write(readyText(options, servers));
  // After the ready line, so that whoever waits for it does not wait for the vocabularies.
  setImmediate(() => servers[0]?.world.tokenizer.warmUp('o200k_base'));
  await promise;
  await Promise.all(servers.map((server) => server.close()));
  return 0;
}

const entry = process.argv[1];
if (entry !== undefined && realpathSync(entry) === fileURLToPath(import.meta.url)) {
  try {
    process.exit(await runMockCli(process.argv.slice(2)));
  } catch (error) {
    process.stderr.write(`llmproxy mock: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
