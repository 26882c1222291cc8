import { Option, type Command } from 'commander';
import type { CommandPlace } from './place.ts';

/** Takes the exit code of a command. */
export type Exit = (code: number) => void;

/** Adds the options of every command that asks a running proxy. */
export function asksProxy(command: Command): Command {
  return command
    .option('--url <address>', 'address of the proxy; default: as the configuration file says')
    .option('--config <file>', 'configuration file that names address and admin token; default as for `start`');
}

/** The streams, the environment and the working directory of this process. */
export function here(): CommandPlace {
  const { env: environment, stdout: out, stderr: err } = process;
  return { environment, folder: process.cwd(), out, err };
}

/** A signal that the first SIGINT or SIGTERM aborts; a second one ends the process at once. */
export function interruptible(): { readonly signal: AbortSignal; readonly release: () => void } {
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

/** How a command asks the person at the terminal; without `confirm` there is none. */
export function asksPerson(): { readonly confirm?: (question: string) => Promise<boolean> } {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return {};
  return {
    confirm: async (question) => {
      const { createInterface } = await import('node:readline/promises');
      const terminal = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return /^y(?:es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
      } catch {
        // Ctrl-C, or the end of the input.
        return false;
      } finally {
        terminal.close();
      }
    },
  };
}

/** An option whose choices the help names and a shell completes; what reads its value judges it. */
export function offering(flags: string, description: string, choices: readonly string[]): Option {
  const option = new Option(flags, description);
  option.argChoices = [...choices];
  return option;
}
