#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { USAGE, parseCli } from './server/cli-options.ts';
import type { CliOptions } from './server/cli-options.ts';
import { Commons } from './server/commons.ts';
import { MockServer } from './server/server.ts';

function readyText({ json }: CliOptions, servers: readonly MockServer[]): string {
  if (!json) {
    return servers.map(({ url }) => `llmproxy mock listens on ${url} (OpenAI base URL: ${url}/v1)\n`).join('');
  }
  const [first] = servers;
  const list = servers.map(({ url, port }) => ({ url, port }));
  return `${JSON.stringify({ url: first?.url, port: first?.port, pid: process.pid, servers: list })}\n`;
}

/** Runs until SIGINT or SIGTERM, or with `--exit-with-parent` until standard input closes. Rejects when it cannot start. */
export async function runMockCli(argv: readonly string[]): Promise<void> {
  const options = parseCli(argv);
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  const commons = new Commons();
  const servers = await Promise.all(
    options.ports.map((port) => MockServer.start({ ...options.server, port }, { commons })),
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
}

const entry = process.argv[1];
if (entry !== undefined && realpathSync(entry) === fileURLToPath(import.meta.url)) {
  try {
    await runMockCli(process.argv.slice(2));
    process.exit(0);
  } catch (error) {
    process.stderr.write(`llmproxy mock: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
