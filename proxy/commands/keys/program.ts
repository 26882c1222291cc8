import type { Command } from 'commander';
import { asksProxy, here, type Exit } from '../parts.ts';
import type { CreateOptions, ListOptions, RevokeOptions, RotateOptions, ShowOptions } from './options.ts';

/** Adds `llmproxy keys`. */
export function addKeys(program: Command, exit: Exit): void {
  const keys = program
    .command('keys')
    .description('create, list, show, rotate and revoke the virtual keys of a running proxy')
    .addHelpText('after', '\nLLMPROXY_ADMIN_TOKEN is the admin token of the proxy.');
  addCreate(keys, exit);
  asksProxy(keys.command('list').description('list the virtual keys, without their values'))
    .option('--search <text>', 'only keys whose name contains it')
    .option('--json', 'print JSON')
    .action(async (options: ListOptions) => {
      const { listKeys } = await import('./keys-command.ts');
      exit(await listKeys(options, here()));
    });
  asksProxy(keys.command('show <key>').description('show one key, by its id or its name'))
    .option('--value', 'show its value too')
    .option('--json', 'print JSON')
    .action(async (key: string, options: ShowOptions) => {
      const { showKey } = await import('./keys-command.ts');
      exit(await showKey(key, options, here()));
    });
  asksProxy(keys.command('rotate <key>').description('give a key a new value and print it; id, limits and usage stay'))
    .option('--grace <duration>', 'how long the old value goes on, such as 1h or 7d; default 0')
    .option('--json', 'print JSON')
    .action(async (key: string, options: RotateOptions) => {
      const { rotateKey } = await import('./keys-command.ts');
      exit(await rotateKey(key, options, here()));
    });
  asksProxy(keys.command('revoke <key>').description('switch a key off, from the next request on'))
    .option('--delete', 'delete it, with its budget and its limits')
    .option('--json', 'print JSON')
    .action(async (key: string, options: RevokeOptions) => {
      const { revokeKey } = await import('./keys-command.ts');
      exit(await revokeKey(key, options, here()));
    });
}

function addCreate(keys: Command, exit: Exit): void {
  asksProxy(keys.command('create').description('create a virtual key and print it with its value'))
    .requiredOption('--name <name>', 'its name, which no other key has')
    .option('--description <text>', 'what it is for')
    .option('--team <team>', 'id or name of the team that it belongs to')
    .option('--customer <customer>', 'id or name of the customer that it belongs to, in place of a team')
    .option('--user <user>', 'id or name of its user')
    .option('--models <names>', 'models that it may use, with commas; NAME* for all that begin so; default all')
    .option('--providers <names>', 'providers that it may use, with commas; default all')
    .option('--budget <amount>', 'what it may spend in a window, in the unit of governance.budget_unit')
    .option('--budget-reset <duration>', 'length of that window: 30s, 1h, 1d, 1w, 1M (30 days), 1Y')
    .option('--token-limit <number>', 'tokens in a window')
    .option('--token-reset <duration>', 'length of that window')
    .option('--request-limit <number>', 'requests in a window')
    .option('--request-reset <duration>', 'length of that window')
    .option('--max-concurrency <number>', 'requests at once')
    .option('--expires <time>', 'when it ends, RFC 3339 with a zone')
    .option('--json', 'print JSON')
    .action(async (options: CreateOptions) => {
      const { createKey } = await import('./keys-command.ts');
      exit(await createKey(options, here()));
    });
}
