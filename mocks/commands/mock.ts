import { checkCommand } from './check.ts';
import type { Command, Exit, Print } from './command.ts';
import { commandOf } from './command.ts';
import { addMockOptions, mockCommandOf } from './mock-options.ts';
import { pairsCommand } from './pairs.ts';
import { recordCommand } from './record.ts';
import { replayCommand } from './replay.ts';
import { serve, startServers } from './serve.ts';

/** `llmproxy mock`, and the commands below it. */
export function mockCommand(exit: Exit, print: Print): Command {
  const command = commandOf('mock', 'start mock providers; they run until SIGINT or SIGTERM', print)
    .enablePositionalOptions()
    .allowExcessArguments(false);
  addMockOptions(command).action(async () => {
    const options = mockCommandOf(command);
    const servers = await startServers(options);
    // After the ready line: a program that waits for it does not wait for the vocabularies.
    setImmediate(() => servers[0]?.tenantState.tokenizer.warmUp('o200k_base'));
    await serve('mock', options, servers);
    exit(0);
  });
  for (const build of [checkCommand, recordCommand, replayCommand, pairsCommand]) {
    command.addCommand(build(exit, print));
  }
  return command;
}
