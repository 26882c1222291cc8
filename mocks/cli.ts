#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { runCommand } from './commands/command.ts';
import { mockCommand } from './commands/mock.ts';

const print = (text: string): void => void process.stdout.write(text);

/** `llmproxy mock …`. Resolves to the exit code; rejects with one sentence when it cannot do what it is asked for. */
export async function runMockCli(argv: readonly string[]): Promise<number> {
  return runCommand((exit) => mockCommand(exit, print), argv);
}

/** `llmproxy conformance …`, in the same way. */
export async function runConformanceCli(argv: readonly string[]): Promise<number> {
  const { conformanceCommand } = await import('./commands/conformance.ts');
  return runCommand((exit) => conformanceCommand(exit, print, process.env), argv);
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
