import type { Command } from 'commander';
import { asksProxy, here, type Exit } from './parts.ts';
import type { UsageCommandOptions } from './usage-command.ts';

/** Adds `llmproxy usage`. */
export function addUsage(program: Command, exit: Exit): void {
  asksProxy(
    program
      .command('usage')
      .description(
        'show what was used and what it cost, out of a running proxy; LLMPROXY_ADMIN_TOKEN is its admin token',
      ),
  )
    .option('--group-by <columns>', 'key, user, team, customer, model, endpoint, provider, day; several with commas')
    .option('--from <time>', 'first moment, RFC 3339; default 30 days ago')
    .option('--to <time>', 'end, exclusive, RFC 3339; default now')
    .option('--tz <zone>', 'time zone of the days; default UTC')
    .option('--limit <number>', 'rows to show; default 1000')
    .option('--offset <number>', 'rows to skip')
    .option('--csv', 'print CSV')
    .option('--json', 'print JSON')
    .action(async (options: UsageCommandOptions) => {
      const { runUsage } = await import('./usage-command.ts');
      exit(await runUsage(options, here()));
    });
}
