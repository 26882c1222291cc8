import { CommanderError, type Command } from 'commander';
import type { BenchmarkOptions } from './benchmark/options.ts';
import type { WarmOptions } from './cache/options.ts';
import type { BenchmarkServers } from './benchmark/session.ts';
import type { ExplainOptions } from './explain/options.ts';
import type { CommandPlace } from './place.ts';
import type { CreateOptions, ListOptions, RevokeOptions, RotateOptions, ShowOptions } from './keys/options.ts';
import type { UsageCommandOptions } from './usage-command.ts';

type Exit = (code: number) => void;

/**
 * Adds the commands that ask a running proxy, and the benchmark, which may start what it asks. What they do is loaded when one of
 * them is called.
 */
export function addClientCommands(program: Command, exit: Exit, servers: () => Promise<BenchmarkServers>): void {
  addKeys(program, exit);
  addUsage(program, exit);
  addExplain(program, exit);
  addCache(program, exit);
  addBenchmark(program, exit, servers);
}

/** Exit code for options that cannot be used. */
const WRONG_OPTION = 2;

function addBenchmark(program: Command, exit: Exit, servers: () => Promise<BenchmarkServers>): void {
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
    .exitOverride(({ exitCode, code, message }) => {
      throw new CommanderError(exitCode === 0 ? 0 : WRONG_OPTION, code, message);
    })
    .action(async (options: BenchmarkOptions) => {
      const { runBenchmark } = await import('./benchmark/benchmark-command.ts');
      const { signal, release } = interruptible();
      try {
        const isWatched = process.stderr.isTTY;
        exit(await runBenchmark(options, { ...here(), servers: await servers(), signal, isWatched }));
      } finally {
        release();
      }
    });
}

/** A signal that the first SIGINT or SIGTERM aborts; a second one ends the process at once. */
function interruptible(): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, stop);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, stop);
    },
  };
}

function addUsage(program: Command, exit: Exit): void {
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

function addExplain(program: Command, exit: Exit): void {
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
    .option('--task <task>', 'what the request is: code, analysis, reasoning, agentic, chat, general')
    .option('--tier <tier>', 'micro, standard, versatile, heavy, complex')
    .option('--hint <model>', 'the model to prefer')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nFILE is the JSON of a chat or Responses request, or {"prompt": "…"}; - reads standard input.\n' +
        'LLMPROXY_ADMIN_TOKEN is the admin token of the proxy.',
    )
    .action(async (file: string, options: ExplainOptions) => {
      const { runExplain } = await import('./explain/explain-command.ts');
      const input = async (): Promise<string> => Buffer.concat(await process.stdin.toArray()).toString();
      exit(await runExplain(file, options, { ...here(), input }));
    });
}

function addCache(program: Command, exit: Exit): void {
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
      const { runWarm } = await import('./cache/warm-command.ts');
      const { signal, release } = interruptible();
      try {
        exit(await runWarm(file, options, { ...here(), signal, isWatched: process.stderr.isTTY }));
      } finally {
        release();
      }
    });
}

function addKeys(program: Command, exit: Exit): void {
  const keys = program
    .command('keys')
    .description('create, list, show, rotate and revoke the virtual keys of a running proxy')
    .addHelpText('after', '\nLLMPROXY_ADMIN_TOKEN is the admin token of the proxy.');
  addCreate(keys, exit);
  asksProxy(keys.command('list').description('list the virtual keys, without their values'))
    .option('--search <text>', 'only keys whose name contains it')
    .option('--json', 'print JSON')
    .action(async (options: ListOptions) => {
      const { listKeys } = await import('./keys/keys-command.ts');
      exit(await listKeys(options, here()));
    });
  asksProxy(keys.command('show <key>').description('show one key, by its id or its name'))
    .option('--value', 'show its value too')
    .option('--json', 'print JSON')
    .action(async (key: string, options: ShowOptions) => {
      const { showKey } = await import('./keys/keys-command.ts');
      exit(await showKey(key, options, here()));
    });
  asksProxy(keys.command('rotate <key>').description('give a key a new value and print it; id, limits and usage stay'))
    .option('--grace <duration>', 'how long the old value goes on, such as 1h or 7d; default 0')
    .option('--json', 'print JSON')
    .action(async (key: string, options: RotateOptions) => {
      const { rotateKey } = await import('./keys/keys-command.ts');
      exit(await rotateKey(key, options, here()));
    });
  asksProxy(keys.command('revoke <key>').description('switch a key off, from the next request on'))
    .option('--delete', 'delete it, with its budget and its limits')
    .option('--json', 'print JSON')
    .action(async (key: string, options: RevokeOptions) => {
      const { revokeKey } = await import('./keys/keys-command.ts');
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
      const { createKey } = await import('./keys/keys-command.ts');
      exit(await createKey(options, here()));
    });
}

function asksProxy(command: Command): Command {
  return command
    .option('--url <address>', 'address of the proxy; default: as the configuration file says')
    .option('--config <file>', 'configuration file that names address and admin token; default as for `start`');
}

function here(): CommandPlace {
  const { env: environment, stdout: out, stderr: err } = process;
  return { environment, folder: process.cwd(), out, err };
}
