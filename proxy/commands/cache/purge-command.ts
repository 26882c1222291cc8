import { askProxy, targetOf } from '../control-plane.ts';
import { CommandFault, exitCodeOf, WrongOption, type CommandPlace } from '../place.ts';
import type { PurgeOptions } from './options.ts';

export interface PurgePlace extends CommandPlace {
  /** Asks the person at the terminal; left out = there is none. */
  readonly confirm?: (question: string) => Promise<boolean>;
}

/**
 * `llmproxy cache purge`: removes stored answers of a running proxy. All of them only with `--all`, or when the person at the terminal
 * says so. Resolves to the exit code.
 */
export function runPurge(options: PurgeOptions, place: PurgePlace): Promise<number> {
  return exitCodeOf('cache purge', place, async () => {
    const query = queryOf(options);
    const target = targetOf(options, place);
    if (query === '' && options.all !== true) await confirmed(target.url, place);
    const answer = await askProxy(target, { method: 'DELETE', path: `/cache${query}` });
    const { deleted_entries: deleted, status } = answer;
    if (typeof deleted !== 'number') throw new CommandFault(`what answers at ${target.url} is no llmproxy.`);
    if (options.json === true) place.out.write(`${JSON.stringify(answer)}\n`);
    else place.out.write(`${deleted} stored ${deleted === 1 ? 'answer was' : 'answers were'} removed.\n`);
    if (status !== 'success') {
      place.err.write('Redis cannot be reached: it is purged before anything is read from it again.\n');
    }
  });
}

function queryOf({ model, key }: PurgeOptions): string {
  for (const [name, value] of Object.entries({ model, key })) {
    if (value === '') throw new WrongOption(`--${name} has no value.`);
    if (value !== undefined) return `?${new URLSearchParams({ [name]: value }).toString()}`;
  }
  return '';
}

async function confirmed(url: string, { confirm }: PurgePlace): Promise<void> {
  if (confirm === undefined) throw new WrongOption('say what to remove: --model, --key or --all.');
  if (!(await confirm(`Remove all stored answers of the proxy at ${url}?`)))
    throw new CommandFault('nothing was removed.');
}
