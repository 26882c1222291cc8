import { ControlPlane, type ProxyOptions } from './control-plane.ts';
import { CommandFault, type CommandPlace, WrongOption, exitCodeOf } from './place.ts';
import { parseReport, usageTable } from './usage-table.ts';

export interface UsageCommandOptions extends ProxyOptions {
  readonly groupBy?: string;
  readonly from?: string;
  readonly to?: string;
  readonly tz?: string;
  readonly limit?: string;
  readonly offset?: string;
  readonly csv?: boolean;
  readonly json?: boolean;
}

const PARAMETERS = { groupBy: 'group_by', from: 'from', to: 'to', tz: 'tz', limit: 'limit', offset: 'offset' } as const;

/** `llmproxy usage`: asks a running proxy for its usage report and prints it. Returns the exit code. */
export function runUsage(options: UsageCommandOptions, place: CommandPlace): Promise<number> {
  return exitCodeOf('usage', place, async () => {
    const { csv = false, json = false } = options;
    if (csv && json) throw new WrongOption('choose one of --csv and --json.');
    const proxy = new ControlPlane(options, place, 'usage report');
    const text = await proxy.ask('GET', `/usage?${queryOf(options)}`);
    if (csv || json) {
      place.out.write(text.endsWith('\n') ? text : `${text}\n`);
      return;
    }
    const report = parseReport(text);
    if (report === undefined) throw new CommandFault(`what answers at ${proxy.url} is no usage report.`);
    place.out.write(usageTable(report));
  });
}

function queryOf(options: UsageCommandOptions): string {
  const query = new URLSearchParams({ format: options.csv === true ? 'csv' : 'json' });
  for (const [option, name] of Object.entries(PARAMETERS)) {
    const value = options[option as keyof typeof PARAMETERS];
    if (value !== undefined) query.set(name, value);
  }
  return query.toString();
}
