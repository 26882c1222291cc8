import { optional, wordAt } from '../rules/check.ts';
import type { Command, Exit, Print } from './command.ts';
import { commandOf, offering } from './command.ts';

interface PairsOptions {
  readonly expect?: string;
  readonly model?: string;
  readonly reasoningModel?: string;
  readonly salt?: string;
}

const EXPECTED = ['miss', 'hit'] as const;

/** `llmproxy mock pairs`. */
export function pairsCommand(exit: Exit, print: Print): Command {
  return commandOf('pairs', 'request pairs that a cache must, or must not, answer alike', print)
    .addHelpText('after', '\nOne JSON line each: {"id", "operation", "expect", "first", "second", "headers"?}.')
    .addOption(
      offering('--expect <kind>', 'only those that a cache must not (miss), or should (hit), answer alike', EXPECTED),
    )
    .option('--model <name>', 'default gpt-4o-mini')
    .option('--reasoning-model <name>', 'for parameters that only reasoning models take; default gpt-5-mini')
    .option('--salt <text>', 'stands in every prompt')
    .action(async ({ expect, ...made }: PairsOptions) => {
      const wanted = optional(expect, '--expect', (value, field) => wordAt(value, field, EXPECTED));
      const { differingPairs, equalPairs } = await import('../oracles/pairs/pairs.ts');
      for (const pair of [...differingPairs(made), ...equalPairs(made)]) {
        if (wanted === undefined || pair.expect === wanted) print(`${JSON.stringify(pair)}\n`);
      }
      exit(0);
    });
}
