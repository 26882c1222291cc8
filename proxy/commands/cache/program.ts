import { Option, type Command } from 'commander';
import { asksPerson, asksProxy, here, interruptible, type Exit } from '../parts.ts';
import type { CacheStatsOptions, PurgeOptions, WarmOptions } from './options.ts';

const ADMIN_TOKEN = '\nLLMPROXY_ADMIN_TOKEN is the admin token of the proxy.';

/** Adds `llmproxy cache`. */
export function addCache(program: Command, exit: Exit): void {
  const cache = program.command('cache').description('work on the cache of a running proxy');
  addWarm(cache, exit);
  addStats(cache, exit);
  addPurge(cache, exit);
}

function addWarm(cache: Command, exit: Exit): void {
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
        'Exit code: 0 every request was answered, 1 nothing was sent, 2 wrong option, 3 some failed, 130 interrupted.',
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

function addStats(cache: Command, exit: Exit): void {
  asksProxy(cache.command('stats').description('show what is stored, and how much is answered from it'))
    .option('--json', 'print JSON')
    .addHelpText('after', ADMIN_TOKEN)
    .action(async (options: CacheStatsOptions) => {
      const { runCacheStats } = await import('./stats-command.ts');
      exit(await runCacheStats(options, here()));
    });
}

function addPurge(cache: Command, exit: Exit): void {
  asksProxy(cache.command('purge').description('remove stored answers: of a model, of a key, or all'))
    .option('--model <name>', 'only the answers of this model')
    .addOption(new Option('--key <key>', 'only the answer with this key of the cache').conflicts('model'))
    .addOption(new Option('--all', 'everything, without a question').conflicts(['model', 'key']))
    .option('--json', 'print JSON')
    .addHelpText('after', `\nWithout --model, --key and --all a terminal is asked.${ADMIN_TOKEN}`)
    .action(async (options: PurgeOptions) => {
      const { runPurge } = await import('./purge-command.ts');
      exit(await runPurge(options, { ...here(), ...asksPerson() }));
    });
}
