import { Command, CommanderError, Option } from 'commander';
import { InvalidInput } from '../rules/check.ts';

export { Command, Option } from 'commander';

export type Print = (text: string) => void;

/** The exit code of a command: its action sets it. */
export type Exit = (code: number) => void;

/** A command that prints where it is told to, and throws instead of ending the process. */
export function commandOf(name: string, description: string, print: Print): Command {
  return new Command(name)
    .description(description)
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: () => {} })
    .configureHelp({ helpWidth: 120, styleUsage });
}

/** Where the command is the program itself, its usage names the program. */
function styleUsage(usage: string): string {
  return usage.startsWith('llmproxy ') ? usage : `llmproxy ${usage}`;
}

/** Exit code of a command line that cannot be used. */
export const WRONG_OPTION = 2;

/** A command line that commander refuses. */
class WrongLine extends Error {}

/** Whether an error says that the command line cannot be used, rather than that the command failed. */
export function isWrongOption(error: unknown): boolean {
  return error instanceof WrongLine || (error instanceof InvalidInput && error.field.startsWith('--'));
}

/** Runs a command line; resolves to the exit code. Rejects with one sentence for a line that cannot be used. */
export async function runCommand(build: (exit: Exit) => Command, argv: readonly string[]): Promise<number> {
  let code = 0;
  try {
    await build((result) => (code = result)).parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    throw new WrongLine(error.message.replace(/^error: /, ''), { cause: error });
  }
  return code;
}

/** An old name of an option that goes on working, and that the help does not show. */
export function formerOption(flag: string): Option {
  return new Option(flag).hideHelp();
}

/** An option whose choices the help names and a shell completes; what reads its value judges it. */
export function offering(flags: string, description: string, choices: readonly string[]): Option {
  const option = new Option(flags, description);
  option.argChoices = [...choices];
  return option;
}

export function urlAt(value: string | undefined, flag: string): string {
  if (value === undefined || !URL.canParse(value)) throw new InvalidInput(flag, 'a URL', value);
  return value.replace(/\/+$/, '');
}

const HIGHEST_PORT = 65_535;

export function portAt(text: string, flag: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > HIGHEST_PORT)
    throw new InvalidInput(flag, `a port from 0 to ${HIGHEST_PORT}`, text);
  return port;
}
