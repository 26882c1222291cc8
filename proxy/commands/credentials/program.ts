import type { Command } from 'commander';
import type { RotateSealsOptions } from './options.ts';

/** Adds `llmproxy credentials`. What it does is loaded when it is called. */
export function addCredentialCommands(program: Command, exit: (code: number) => void): void {
  program
    .command('credentials')
    .description('keep the stored keys of providers; works on the database of the configuration')
    .command('rotate')
    .description('seal stored keys and values of virtual keys under another master key')
    .requiredOption('--from <secret>', 'master key of now: env:NAME or file:PATH')
    .requiredOption('--to <secret>', 'master key from now on, 32 bytes in hex or base64: env:NAME or file:PATH')
    .option('--config <file>', 'configuration file that names the database; default as for `start`')
    .option('--skip-unreadable', 'leave rows that neither master key opens, in place of changing nothing')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nAll rows or none are changed, and the command may be repeated. Stop the proxy first, and start it with the new\n' +
        'LLMPROXY_MASTER_KEY (or the new key file beside the database).',
    )
    .action(async (options: RotateSealsOptions) => {
      const { rotateSeals } = await import('./rotate-command.ts');
      const { env: environment, stdout: out, stderr: err } = process;
      exit(await rotateSeals(options, { environment, folder: process.cwd(), out, err }));
    });
}
