import { Command, CommanderError } from 'commander';
import type { AppOptions, Life } from './app.ts';
import type { ConfigOptions } from './commands/config/options.ts';
import { takesConfig } from './commands/config/program.ts';
import { addCommands } from './commands/program.ts';
import { ConfigError } from './config/fault.ts';
import type { Loaded } from './config/load.ts';
import { npmScriptEnds } from './npm-script.ts';
import { suggest } from './config/suggest.ts';
import { readyText } from './ready-text.ts';
import { VERSION } from './version.ts';

interface StartOptions extends ConfigOptions {
  readonly json?: boolean;
  readonly exitWithParent?: boolean;
}

/** Runs a command line (without `node` and the script). Resolves to the exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  let code = 0;
  const program = buildProgram((result) => (code = result));
  try {
    assertCommand(program, args[0]);
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    process.stderr.write(`${explain(error)}\n`);
    return 1;
  }
  return code;
}

function buildProgram(exit: (code: number) => void): Command {
  const program = new Command('llmproxy')
    .description('One address in front of all your LLM endpoints, and a mock of the providers for your tests.')
    .version(VERSION)
    .exitOverride();
  takesConfig(program.command('start', { isDefault: true }))
    .description('start the proxy (this is what `llmproxy` alone does)')
    .option('--json', 'print one JSON line when ready: {"url", "pid", …}')
    .option('--exit-with-parent', 'ends when standard input closes; SIGINT is left to the parent')
    .action(async (options: StartOptions) => exit(await start(options)));
  program
    .command('mock')
    .description('start the mock provider alone; `llmproxy mock --help` lists its options')
    .allowUnknownOption()
    .allowExcessArguments()
    .helpOption(false)
    .action(async (_options: unknown, command: Command) => {
      const { runMockCli } = await import('../mocks/cli.ts');
      exit(await runMockCli(command.args));
    });
  program
    .command('conformance')
    .description('check any gateway or provider from outside; `llmproxy conformance --help` lists its options')
    .allowUnknownOption()
    .allowExcessArguments()
    .helpOption(false)
    .action(async (_options: unknown, command: Command) => {
      const { runConformanceCli } = await import('../mocks/cli.ts');
      exit(await runConformanceCli(command.args));
    });
  addCommands(program, exit, async () => (await import('./benchmark-servers.ts')).benchmarkServers);
  return program;
}

/** Without this a misspelt command would be an argument too many of `start`, which is meant where none is given. */
function assertCommand(program: Command, given: string | undefined): void {
  const known = [...program.commands.map((command) => command.name()), 'help'];
  if (given === undefined || given.startsWith('-') || known.includes(given)) return;
  const meant = suggest(given, known);
  const hint = meant === undefined ? `known: ${known.join(', ')}` : `did you mean ${meant}?`;
  throw new Error(`unknown command ${JSON.stringify(given)}; ${hint}`);
}

async function start(options: StartOptions): Promise<number> {
  // Loaded here: the other commands need none of it, and the mock is there sooner.
  const [{ loadOrBuiltin, locateConfig }, { overridesOf }] = await Promise.all([
    import('./config/builtin.ts'),
    import('./config/overrides.ts'),
  ]);
  const overrides = overridesOf(options);
  const path = locateConfig(options.config, process.env, process.cwd());
  const load = (): Loaded => loadOrBuiltin(path, { environment: process.env, overrides });
  const app = await startProxy({ load, ...(path === undefined ? {} : { path }) });
  // Listened to before the ready line: a program that reads that may stop the proxy at once.
  const stopped = untilStopped(options.exitWithParent === true);
  process.stdout.write(options.json ? `${JSON.stringify(app.ready())}\n` : readyText(app.ready()));
  await Promise.race([stopped, npmScriptEnds(process.env)]);
  await app.close();
  return app.completed ? 0 : 1;
}

/** Starts a proxy: in this process, or in the workers that the configuration asks for. */
async function startProxy(options: Pick<AppOptions, 'load' | 'path'>): Promise<Life> {
  const { firstOf } = await import('./config/first.ts');
  const started = { ...options, first: firstOf(options) };
  if (started.first.loaded.config.server.workers > 1) {
    const { WorkersApp } = await import('./workers-app.ts');
    return WorkersApp.start(started);
  }
  const [{ App }, { IdleMemory }] = await Promise.all([import('./app.ts'), import('./idle-memory.ts')]);
  const app = await App.start(started);
  IdleMemory.watch(() => app.activity());
  return app;
}

/**
 * Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. `withParent`: at the end of standard input, which
 * the system closes when the parent is gone, and not at SIGINT, which a terminal sends to parent and child alike.
 */
function untilStopped(withParent: boolean): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = (): void => {
      if (asked) process.exit(130);
      asked = true;
      resolve();
    };
    process.on('SIGINT', () => withParent || stop());
    process.on('SIGTERM', stop);
    if (withParent) process.stdin.once('close', resolve).once('end', resolve).resume();
  });
}

function explain(error: unknown): string {
  if (error instanceof ConfigError) return error.render();
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `llmproxy cannot listen: ${error.message}. Another process has that port; try --port 0.`;
  }
  return `llmproxy: ${error instanceof Error ? error.message : String(error)}`;
}
