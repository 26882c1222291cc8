import { InvalidInput } from '../rules/check.ts';
import type { ServerOptions } from '../server/options/options.ts';
import type { ServerOverrides } from '../server/options/overrides.ts';
import { overridesAt } from '../server/options/overrides.ts';
import type { Flag, GivenFlag } from '../server/options/table.ts';
import { OPTION_TABLE, optionsOfFlags, readOptions } from '../server/options/table.ts';
import { asJson } from '../server/options/texts.ts';
import type { Command } from './command.ts';
import { Option, formerOption, portAt } from './command.ts';
import type { Serving } from './serve.ts';
import { addServingOptions } from './serve.ts';

/** What a command line asks for that starts mock servers. */
export interface MockCommand extends Serving {
  /** One a server; 0 is a free port. */
  readonly ports: readonly number[];
  readonly server: ServerOptions;
  /** Of the servers, in their order; fewer are used again from the first on. */
  readonly overrides: readonly ServerOverrides[];
}

interface Given extends Serving {
  readonly port?: string;
  readonly count?: string;
  readonly ports?: string;
  readonly overrides?: string;
  readonly personalities?: string;
  readonly options?: string;
}

const MOST_SERVERS = 1000;

function optionOf({ flag, help, repeated }: Flag): Option {
  const option = new Option(flag, help);
  if (repeated === undefined) return option;
  return option.argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), text]);
}

/** All options of servers and of their places. */
export function addMockOptions(command: Command): Command {
  command
    .option('--port <n>', 'port to listen on; default 0, a free one. With --count the ports from N on')
    .option('--count <n>', 'several servers in this process; default 1')
    .option('--ports <list>', 'one server a port: A,B,C, 0 for a free one; instead of --port and --count')
    .option(
      '--overrides <json>',
      'what servers have of their own, in their order: [{"pace": {…}, "tag": "A"}, {"limits": {…}}]',
    )
    .addOption(formerOption('--personalities <json>'))
    .addOption(new Option('--options <json>', 'all options of a server as startMock() takes them').hideHelp());
  for (const row of Object.values(OPTION_TABLE)) for (const flag of row.flags) command.addOption(optionOf(flag));
  return addServingOptions(command);
}

function countOf(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > MOST_SERVERS) {
    throw new InvalidInput('--count', `a number from 1 to ${MOST_SERVERS}`, text);
  }
  return count;
}

function portsOf({ port, count, ports }: Given): readonly number[] {
  if (ports !== undefined) {
    if (port !== undefined || count !== undefined) {
      throw new InvalidInput('--ports', 'no --port and no --count beside it', ports);
    }
    return ports.split(',').map((text) => portAt(text, '--ports'));
  }
  const first = portAt(port ?? '0', '--port');
  return Array.from({ length: countOf(count ?? '1') }, (_, index) => (first === 0 ? 0 : first + index));
}

function overridesOf({ personalities, overrides = personalities }: Given): readonly ServerOverrides[] {
  return overrides === undefined ? [] : overridesAt(asJson(overrides, '--overrides'), '--overrides');
}

/** What the given options of a command ask for. Throws an error whose message names the option, what was expected and what was found. */
export function mockCommandOf(command: Command): MockCommand {
  const given = command.opts<Given>();
  const { json = false, exitWithParent = false, options } = given;
  const whole = options === undefined ? {} : readOptions(asJson(options, '--options'), '--options');
  const flags = optionsOfFlags(
    (flag) => command.getOptionValue(optionOf(flag).attributeName()) as GivenFlag | undefined,
  );
  return { json, exitWithParent, ports: portsOf(given), overrides: overridesOf(given), server: { ...whole, ...flags } };
}
