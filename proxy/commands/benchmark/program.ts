import type { Command } from 'commander';
import { here, interruptible, type Exit } from '../parts.ts';
import type { BenchmarkOptions } from './options.ts';
import type { BenchmarkServers } from './session.ts';

/** Adds `llmproxy benchmark`, which may start what it asks. */
export function addBenchmark(program: Command, exit: Exit, servers: () => Promise<BenchmarkServers>): void {
  program
    .command('benchmark')
    .description('measure time, tokens and cost of the same prompts at several providers')
    .option('--providers <names>', 'openai, google, anthropic; several with commas; default all that have a key')
    .option('--models <names>', 'models to ask, as PROVIDER/MODEL; with --url as the proxy calls them')
    .option('--mock', 'ask the bundled mock in place of the providers; no key is needed')
    .option('--url <address>', 'ask the models of a running proxy, such as http://127.0.0.1:4000/v1')
    .option('--key <key>', 'key for that proxy; env:NAME takes it from a variable, where other users do not see it')
    .option('--prompts <file>', 'YAML or JSON list of {name, prompt}; default three prompts of rising complexity')
    .option('--repeat <number>', 'calls for each model and prompt; default 1')
    .option('--warm-up <number>', 'calls to each model before, which are not counted; default 0')
    .option('--pause <duration>', 'between two calls; default 1s')
    .option('--timeout <duration>', 'longest wait for an answer; default 2m')
    .option('--max-tokens <number>', 'most tokens of an answer; default 1024')
    .option('--out <folder>', 'where benchmark_results_YYYYMMDD_HHMMSS.json is written; default here')
    .option('--report [file]', 'write a Markdown report too; default beside the results')
    .option('--json', 'print what is in the file, and nothing else')
    .option('--compare <files...>', 'compare two result files: --compare A.json B.json')
    .addHelpText(
      'after',
      '\nKeys: OPENAI_API_KEY, GOOGLE_API_KEY (or GEMINI_API_KEY), ANTHROPIC_API_KEY.\n' +
        'Exit code: 0 a call succeeded, 1 no key or no proxy, 2 wrong option, 3 no call succeeded, 130 interrupted.',
    )
    .action(async (options: BenchmarkOptions) => {
      const { runBenchmark } = await import('./benchmark-command.ts');
      const { signal, release } = interruptible();
      try {
        const isWatched = process.stderr.isTTY;
        exit(await runBenchmark(options, { ...here(), servers: await servers(), signal, isWatched }));
      } finally {
        release();
      }
    });
}
