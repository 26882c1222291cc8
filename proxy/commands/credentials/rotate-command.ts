import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadOrBuiltin, locateConfig } from '../../config/builtin.ts';
import { Secret } from '../../core/secret.ts';
import { IN_MEMORY, type DatabaseAddress } from '../../database/address.ts';
import { DatabaseFault, isDatabaseAway } from '../../database/fault.ts';
import { migrate } from '../../database/migrate.ts';
import { openDatabase } from '../../database/open.ts';
import { databaseAddress } from '../../govern/database-address.ts';
import { configuredKey } from '../../governance/master-key.ts';
import { reseal, UnreadableRows, type Resealed, type UnreadableRow } from '../../governance/reseal.ts';
import { ValueSeal } from '../../governance/value-seal.ts';
import { CommandFault, exitCodeOf, type CommandPlace } from '../place.ts';
import { ProgressBar } from '../progress.ts';
import { givenSecret } from './given-secret.ts';
import type { RotateSealsOptions } from './options.ts';

/** Rows that are named one by one. */
const MAX_NAMED = 20;

/**
 * `llmproxy credentials rotate`: seals stored keys of providers and values of virtual keys under another master key, in the database of the
 * configuration. Returns the exit code: 1 when nothing was changed. `now`: monotonic milliseconds; a terminal sees how far a longer run is.
 */
export function rotateSeals(
  options: RotateSealsOptions,
  place: CommandPlace,
  now: () => number = () => performance.now(),
): Promise<number> {
  return exitCodeOf('credentials rotate', place, async () => {
    const from = new ValueSeal(new Secret(givenSecret('--from', options.from, place)));
    const to = new ValueSeal(newMaster(givenSecret('--to', options.to, place)));
    const address = addressFor(options, place);
    const skipUnreadable = options.skipUnreadable === true;
    const bar = place.err.isTTY === true ? new ProgressBar(place.err, { now }) : undefined;
    const onRow = (rows: number): void => bar?.update(rows, () => `${rows} rows read`);
    const done = await inDatabase(address, (database) => reseal(database, { from, to, skipUnreadable, onRow })).finally(
      () => bar?.end(),
    );
    place.out.write(options.json === true ? `${JSON.stringify(shown(done))}\n` : textOf(done));
    if (done.unreadable.length > 0) place.err.write(`${namesOf(done.unreadable)}\n`);
  });
}

function newMaster(text: string): Secret {
  try {
    return configuredKey(text, '--to');
  } catch (error) {
    throw error instanceof DatabaseFault ? new CommandFault(error.message) : error;
  }
}

/** A database that is not there is not made: it has nothing to seal. */
function addressFor(options: RotateSealsOptions, { environment, folder }: CommandPlace): DatabaseAddress {
  const { config } = loadOrBuiltin(locateConfig(options.config, environment, folder), { environment });
  if (config.governance === undefined) throw new CommandFault('the configuration has no `database`.');
  const address = databaseAddress(config.governance);
  if (address.kind === 'postgres') return address;
  if (address.path === IN_MEMORY) throw new CommandFault('a database in memory has nothing that could be rotated.');
  const path = resolve(folder, address.path);
  if (!existsSync(path)) throw new CommandFault(`there is no database at ${address.path}.`);
  return { ...address, path };
}

async function inDatabase(
  address: DatabaseAddress,
  work: (database: Awaited<ReturnType<typeof openDatabase>>) => Promise<Resealed>,
): Promise<Resealed> {
  const database = await openDatabase(address);
  try {
    await migrate(database);
    return await work(database);
  } catch (error) {
    throw explained(error);
  } finally {
    await database.close();
  }
}

function explained(error: unknown): unknown {
  if (error instanceof UnreadableRows) {
    return new CommandFault(`nothing was changed. ${namesOf(error.rows)} --skip-unreadable leaves them as they are.`);
  }
  if (error instanceof DatabaseFault) return new CommandFault(error.message, { cause: error });
  return isDatabaseAway(error) ? new CommandFault('the database cannot be reached.', { cause: error }) : error;
}

function namesOf(rows: readonly UnreadableRow[]): string {
  const named = rows.slice(0, MAX_NAMED).map(({ what, id }) => `${what} ${id}`);
  const rest = rows.length - named.length;
  return `Neither master key opens ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}.`;
}

function textOf({ credentials, virtualKeys, unchanged, unreadable }: Resealed): string {
  const parts = [
    `${credentials} credentials and ${virtualKeys} virtual keys are sealed with the new master key`,
    `${unchanged} were already`,
    ...(unreadable.length > 0 ? [`${unreadable.length} could not be opened`] : []),
  ];
  return `${parts.join(', ')}.\n`;
}

function shown({ credentials, virtualKeys, unchanged, unreadable }: Resealed): object {
  return {
    credentials,
    virtual_keys: virtualKeys,
    unchanged,
    unreadable: unreadable.map(({ what, id }) => ({ kind: what, id })),
  };
}
