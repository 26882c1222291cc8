import { Command, CommanderError } from 'commander';
import type { ConfigOptions } from './commands/config/options.ts';
import { WRONG_OPTION } from './commands/place.ts';
import { suggest } from './config/suggest.ts';
import { VERSION } from './version.ts';

export interface StartOptions extends ConfigOptions {
  readonly json?: boolean;
  readonly exitWithParent?: boolean;
}

/** What commands need of the program around them. */
export interface CommandTerms {
  /** Takes the exit code. */
  readonly exit: (code: number) => void;
  readonly start: (options: StartOptions) => Promise<number>;
}

/** Commands of the mock's, and what the list of all commands says of them where they are not loaded. */
const MOCK_COMMANDS = {
  mock: 'start mock providers alone; check scripts, record and replay traffic',
  conformance: 'check any gateway or provider from outside',
} as const;
type MockCommand = keyof typeof MOCK_COMMANDS;

const isMockCommand = (name: string | undefined): name is MockCommand =>
  name !== undefined && Object.hasOwn(MOCK_COMMANDS, name);

/**
 * The commands that a command line can mean: those of the mock alone where it names one, else all others, with the mock's in the list
 * only; all of them for `completion`. The proxy loads nothing of the mock, and the mock nothing of the proxy's commands.
 */
export async function programFor(args: readonly string[], terms: CommandTerms): Promise<Command> {
  const program = emptyProgram();
  const [name] = args;
  if (isMockCommand(name)) program.addCommand(await loaded(name, terms));
  else {
    await addOwn(program, terms);
    for (const own of Object.keys(MOCK_COMMANDS) as MockCommand[]) {
      if (name === 'completion') program.addCommand(await loaded(own, terms));
      else program.command(own).usage('[options]').description(MOCK_COMMANDS[own]);
    }
  }
  return unified(program);
}

function emptyProgram(): Command {
  return (
    new Command('llmproxy')
      .description('One address in front of all your LLM endpoints, and a mock of the providers for your tests.')
      .version(VERSION)
      // What follows a command is its own: `mock record --port` is no `mock --port`.
      .enablePositionalOptions()
  );
}

async function addOwn(program: Command, { exit, start }: CommandTerms): Promise<void> {
  const [{ takesConfig }, { addCommands }] = await Promise.all([
    import('./commands/config/program.ts'),
    import('./commands/program.ts'),
  ]);
  takesConfig(program.command('start', { isDefault: true }))
    .description('start the proxy (this is what `llmproxy` alone does)')
    .option('--json', 'print one JSON line when ready: {"url", "pid", …}')
    .option('--exit-with-parent', 'ends when standard input closes; SIGINT is left to the parent')
    .action(async (options: StartOptions) => exit(await start(options)));
  addCommands(program, exit, async () => (await import('./benchmark-servers.ts')).benchmarkServers);
}

async function loaded(name: MockCommand, { exit }: CommandTerms): Promise<Command> {
  const { mockProgram, conformanceProgram } = await import('../mocks/cli.ts');
  return name === 'mock' ? mockProgram(exit) : conformanceProgram(exit);
}

/** Every command throws where commander would end the process, prints where it is, and has the same exit codes. */
function unified(command: Command): Command {
  command.exitOverride(({ exitCode, code, message }) => {
    throw new CommanderError(exitCode === 0 ? 0 : WRONG_OPTION, code, message);
  });
  command.configureOutput({
    writeOut: (text) => process.stdout.write(text),
    writeErr: (text) => process.stderr.write(text),
    outputError: (text, write) => write(text.replace(/^error: /, 'llmproxy: ')),
  });
  for (const inner of command.commands) unified(inner);
  return command;
}

/** `help mock record` is `mock record --help`. */
export function withoutHelpCommand(args: readonly string[]): readonly string[] {
  const [first, ...command] = args;
  return first === 'help' && command.length > 0 ? [...command, '--help'] : args;
}

/**
 * The sentence that the command line names a command that there is not: without it a misspelt one would be an argument too many of the
 * command above it, such as `start`, which is meant where none is given.
 */
export function unknownCommand(program: Command, args: readonly string[]): string | undefined {
  let command = program;
  for (const given of args) {
    const known = command.commands.map((inner) => inner.name());
    if (known.length === 0 || given.startsWith('-')) return undefined;
    const inner = command.commands.find((one) => one.name() === given);
    if (inner === undefined && given !== 'help') return sentenceFor(pathOf(command), given, [...known, 'help']);
    if (inner === undefined) return undefined;
    command = inner;
  }
  return undefined;
}

function sentenceFor(above: string, given: string, known: readonly string[]): string {
  const meant = suggest(given, known);
  const hint = meant === undefined ? `known: ${known.join(', ')}` : `did you mean ${above}${meant}?`;
  return `unknown command ${JSON.stringify(`${above}${given}`)}; ${hint}`;
}

/** Names of a command and of those above it, the program's own left out. */
function pathOf(command: Command): string {
  return command.parent === null ? '' : `${pathOf(command.parent)}${command.name()} `;
}
