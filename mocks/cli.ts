#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isWrongOption, runCommand, WRONG_OPTION, type Command, type Exit } from './commands/command.ts';
import { mockCommand } from './commands/mock.ts';

const print = (text: string): void => void process.stdout.write(text);

/** `llmproxy mock`, and the commands below it. `exit` takes the exit code; a call that cannot be served rejects with one sentence. */
export function mockProgram(exit: Exit): Command {
  return mockCommand(exit, print);
}

/** `llmproxy conformance`, in the same way. */
export async function conformanceProgram(exit: Exit): Promise<Command> {
  const { conformanceCommand } = await import('./commands/conformance.ts');
  return conformanceCommand(exit, print, process.env);
}

const entry = process.argv[1];
if (entry !== undefined && realpathSync(entry) === fileURLToPath(import.meta.url)) {
  enableCompileCache();
  try {
    process.exit(await runCommand(mockProgram, process.argv.slice(2)));
  } catch (error) {
    process.stderr.write(`llmproxy mock: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(isWrongOption(error) ? WRONG_OPTION : 1);
  }
}
