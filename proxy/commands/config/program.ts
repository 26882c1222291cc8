import { InvalidArgumentError, Option, type Command } from 'commander';
import { here, offering, type Exit } from '../parts.ts';
import type { CheckOptions, PrintConfigOptions } from './options.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** Adds the options that `start` takes its configuration from. */
export function takesConfig(command: Command): Command {
  return command
    .option(
      '--config <file>',
      'configuration file; default $LLMPROXY_CONFIG, llmproxy.yaml here, else the built-in one',
    )
    .option('--host <address>', 'address to listen on')
    .option('--port <number>', 'port to listen on; 0 picks a free one', parsePort)
    .addOption(offering('--log-level <level>', 'least serious line that is written', LOG_LEVELS));
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('expected a port from 0 to 65535.');
  return port;
}

/** Adds `llmproxy check`, `init` and `print-config`. */
export function addConfigCommands(program: Command, exit: Exit): void {
  program
    .command('check [files...]')
    .description('check configuration files and report every fault')
    .option('--allow-unset', 'variables that are not set are no fault; what depends on them is not checked')
    .option('--json', 'print JSON: every fault and warning with file, line, column and path')
    .action(async (files: readonly string[], options: CheckOptions) => {
      const { runChecks } = await import('../../config/check-command.ts');
      exit(runChecks(files, { ...here(), ...options }));
    });
  program
    .command('init')
    .description('write a commented llmproxy.yaml here')
    .option('--from <tool file...>', 'translate the file of another tool: litellm FILE, or portkey FILE')
    .action(async (options: { readonly from?: readonly string[] }) => {
      const { runInit, sourceOf } = await import('../../config/init-command.ts');
      exit(runInit(process.cwd(), process.stdout, process.stderr, sourceOf(options.from)));
    });
  takesConfig(program.command('print-config [path]'))
    .description('show the configuration that `start` would use: every setting, its value, and where it comes from')
    .option('--json', 'print JSON')
    .addOption(new Option('--yaml', 'print a configuration file, with the sources as comments').conflicts('json'))
    .addHelpText(
      'after',
      '\nPATH is a setting or a section, such as routing or models.gpt-4o. Credentials are shown as ***.',
    )
    .action(async (path: string | undefined, options: PrintConfigOptions) => {
      const { runPrintConfig } = await import('./print-config-command.ts');
      exit(await runPrintConfig(path ?? '', options, here()));
    });
}
