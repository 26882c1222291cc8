import type { Command } from 'commander';
import { TASKS, TIERS } from '../../auto/levels.ts';
import { asksProxy, here, offering, type Exit } from '../parts.ts';
import type { ExplainOptions } from './options.ts';

/** Adds `llmproxy explain`. */
export function addExplain(program: Command, exit: Exit): void {
  asksProxy(
    program
      .command('explain <file>')
      .description(
        'show which model a running proxy picks for a request to `auto`, and why; nothing is sent to a provider',
      ),
  )
    .option(
      '--key <secret>',
      'virtual key of the caller: env:NAME, file:PATH; default LLMPROXY_KEY, else the admin token',
    )
    .addOption(offering('--task <task>', 'what the request is', TASKS))
    .addOption(offering('--tier <tier>', 'how good a model is wanted', TIERS))
    .option('--hint <model>', 'the model to prefer')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nFILE is the JSON of a chat or Responses request, or {"prompt": "…"}; - reads standard input.\n' +
        'LLMPROXY_ADMIN_TOKEN is the admin token of the proxy.',
    )
    .action(async (file: string, options: ExplainOptions) => {
      const { runExplain } = await import('./explain-command.ts');
      const input = async (): Promise<string> => Buffer.concat(await process.stdin.toArray()).toString();
      exit(await runExplain(file, options, { ...here(), input }));
    });
}
