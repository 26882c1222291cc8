import type { Command } from 'commander';
import { asksProxy, here, interruptible, type Exit } from '../parts.ts';
import type { WarmOptions } from './options.ts';

/** Adds `llmproxy cache`. */
export function addCache(program: Command, exit: Exit): void {
  const cache = program.command('cache').description('work on the cache of a running proxy');
  asksProxy(
    cache.command('warm <file>').description('send the requests of a file, so that their answers are in the cache'),
  )
    .option('--key <secret>', 'virtual key of the caller: env:NAME, file:PATH; default LLMPROXY_KEY, else none')
    .option('--concurrency <number>', 'requests at once, 1 to 64; default 4')
    .option('--timeout <duration>', 'longest wait for an answer; default 15m')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nFILE has one request a line: {"body": {…}}, with "path" where it is not /v1/chat/completions.\n' +
        'Exit code: 0 every request was answered, 1 nothing was sent, 3 some failed, 130 interrupted.',
    )
    .action(async (file: string, options: WarmOptions) => {
      const { runWarm } = await import('./warm-command.ts');
      const { signal, release } = interruptible();
      try {
        exit(await runWarm(file, options, { ...here(), signal, isWatched: process.stderr.isTTY }));
      } finally {
        release();
      }
    });
}
