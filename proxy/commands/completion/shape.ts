import type { Command } from 'commander';

/** What a shell completes of one option. */
export interface OptionShape {
  /** `--port`, `-h`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** A value follows in any case. */
  readonly takesValue: boolean;
  readonly choices: readonly string[];
  /** Its value is a file or a folder. */
  readonly takesFile: boolean;
}

/** What a shell completes of one command. */
export interface CommandShape {
  /** Names from the program's first command on, with spaces; empty for the program itself. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly OptionShape[];
  /** Words that its argument may be. */
  readonly choices: readonly string[];
  /** Its arguments are files. */
  readonly takesFile: boolean;
}

const FILE = /<(?:file|folder|files)(?:\.\.\.)?>/;
const HELP = { flags: ['--help', '-h'], description: 'display help for command' };
const NO_VALUE = { takesValue: false, choices: [], takesFile: false };

/** The commands of a program, the program itself first. What a default command takes, the program takes too. */
export function shapesOf(program: Command): readonly CommandShape[] {
  const own = shapeOf(program, '');
  const byDefault = program.commands.find((command) => command.name() === DEFAULT);
  const known = new Set(own.options.flatMap(({ flags }) => flags));
  const more =
    byDefault === undefined
      ? []
      : shapeOf(byDefault, '').options.filter(({ flags }) => !flags.some((flag) => known.has(flag)));
  return [{ ...own, options: [...own.options, ...more] }, ...below(program, '')];
}

/** The command that is meant where none is named. */
const DEFAULT = 'start';

function below(command: Command, above: string): readonly CommandShape[] {
  return command.commands.flatMap((inner) => {
    const path = above === '' ? inner.name() : `${above} ${inner.name()}`;
    return [shapeOf(inner, path), ...below(inner, path)];
  });
}

function shapeOf(command: Command, path: string): CommandShape {
  const shown = command.options.filter(({ hidden }) => !hidden);
  const inner = command.commands.map((one) => ({ name: one.name(), description: one.description() }));
  const [argument] = command.registeredArguments;
  return {
    path,
    commands: inner.length === 0 ? [] : [...inner, { name: 'help', description: HELP.description }],
    options: [
      ...shown.map(({ long, short, flags, description, required, argChoices }) => ({
        flags: [long, short].filter((flag) => typeof flag === 'string'),
        description,
        takesValue: required,
        choices: argChoices ?? [],
        takesFile: required && FILE.test(flags),
      })),
      { ...HELP, ...NO_VALUE },
    ],
    choices: argument?.argChoices ?? [],
    takesFile: argument !== undefined && /^files?$/.test(argument.name()),
  };
}
