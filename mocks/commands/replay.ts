import type { ReplayOptions, ReplaySpeed } from '../cassettes/index.ts';
import { InvalidInput, wordAt } from '../rules/check.ts';
import type { Command, Exit, Print } from './command.ts';
import { commandOf, offering } from './command.ts';
import { addMockOptions, mockCommandOf } from './mock-options.ts';
import { listOf } from './record.ts';
import { serve, startServers } from './serve.ts';

interface GivenReplay {
  readonly speed?: string;
  readonly onMiss?: string;
  readonly ignore?: string;
}

const ON_MISS = ['refuse', 'mock'] as const;

function speedOf(text: string): ReplaySpeed {
  if (text === 'recorded' || text === 'instant') return text;
  const factor = Number(text);
  if (!(factor > 0)) throw new InvalidInput('--speed', 'recorded, instant or a number above 0', text);
  return factor;
}

function replayOf({ speed, onMiss, ignore }: GivenReplay): ReplayOptions {
  return {
    ...(speed !== undefined && { speed: speedOf(speed) }),
    ...(onMiss !== undefined && { onMiss: wordAt(onMiss, '--on-miss', ON_MISS) }),
    ignore: listOf(ignore),
  };
}

/** `llmproxy mock replay FILE`. */
export function replayCommand(exit: Exit, print: Print): Command {
  const command = commandOf('replay', 'answer from a cassette; every option of `llmproxy mock` holds', print)
    .argument('<file>', 'the cassette')
    .option('--speed <speed>', 'recorded, instant (default), or so many times as fast: 2')
    .addOption(
      offering(
        '--on-miss <what>',
        'what answers a request that was not recorded: an error that says how it differs (default), or the mock',
        ON_MISS,
      ),
    )
    .option('--ignore <list>', 'fields that do not count, besides those that the cassette names');
  return addMockOptions(command).action(async (file: string, given: GivenReplay) => {
    const options = mockCommandOf(command);
    const replay = replayOf(given);
    const { readCassette, replayOperations } = await import('../cassettes/index.ts');
    const operations = replayOperations(readCassette(file), replay);
    await serve('mock replay', options, await startServers(options, { operations }));
    exit(0);
  });
}
