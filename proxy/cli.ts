import { CommanderError } from 'commander';
import type { AppOptions, Life } from './app.ts';
import { programFor, unknownCommand, withoutHelpCommand, type StartOptions } from './command-tree.ts';
import { WRONG_OPTION } from './commands/place.ts';
import { ConfigError } from './config/fault.ts';
import type { Loaded } from './config/load.ts';
import { npmScriptEnds } from './npm-script.ts';
import { readyText } from './ready-text.ts';

/** Runs a command line (without `node` and the script). Resolves to the exit code: 0, 1 for a failure, 2 for a line that cannot be used. */
export async function runCli(args: readonly string[]): Promise<number> {
  let code = 0;
  const line = withoutHelpCommand(args);
  try {
    const program = await programFor(line, { exit: (result) => (code = result), start });
    const unknown = unknownCommand(program, line);
    if (unknown !== undefined) return failed(`llmproxy: ${unknown}`, WRONG_OPTION);
    await program.parseAsync([...line], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    return failed(explain(error), isWrongOption(error) ? WRONG_OPTION : 1);
  }
  return code;
}

function failed(sentence: string, code: number): number {
  process.stderr.write(`${sentence}\n`);
  return code;
}

/** The mock's errors name the option whose value they refuse. */
function isWrongOption(error: unknown): boolean {
  return error instanceof Error && 'field' in error && String(error.field).startsWith('--');
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
