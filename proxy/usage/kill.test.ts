import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sql } from 'kysely';
import { expect, test } from 'vitest';

import { runEnvironment } from '../../tests/setup/run-marker.ts';
import { tempFolder } from '../../tests/setup/temp-folder.ts';
import { migrate } from '../database/migrate.ts';
import { openDatabase } from '../database/open.ts';
import { SqlLedger } from './sql-ledger.ts';

const ROOM = import.meta.dirname;

/** Appends a row every millisecond, and says after each change how many rows the writer knows to be written. */
const PROGRAM = `
  import { systemClock } from '${ROOM}/../core/clock.ts';
  import { openDatabase } from '${ROOM}/../database/open.ts';
  import { ledgerRow } from '${ROOM}/ledger-rows.fixture.ts';
  import { LedgerWriter } from '${ROOM}/ledger-writer.ts';
  import { SqlLedger } from '${ROOM}/sql-ledger.ts';
  const database = await openDatabase({ kind: 'sqlite', path: process.argv[1] });
  const writer = new LedgerWriter({ clock: systemClock, store: new SqlLedger(database) });
  let said = 0;
  setInterval(() => {
    writer.append(ledgerRow());
    const { written } = writer.stats;
    if (written > said) console.log(said = written);
  }, 1);
`;

test('a process that is killed leaves every row that was written, and a sound file', async () => {
  const path = join(tempFolder('ledger-kill'), 'llmproxy.db');
  const database = await openDatabase({ kind: 'sqlite', path });
  await migrate(database);
  const args = ['--input-type=module-typescript', '--eval', PROGRAM, path];
  const child = spawn(process.execPath, args, { env: runEnvironment(), stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'exit');
  let written = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    written = Number(line);
    if (written > 100) child.kill('SIGKILL');
  }
  await gone;
  const { requests } = (
    await new SqlLedger(database).usage({
      groupBy: [],
      from: 0,
      to: Number.MAX_SAFE_INTEGER,
      days: [],
      limit: 1,
      offset: 0,
    })
  ).totals;
  expect(written).toBeGreaterThan(100);
  expect(requests).toBeGreaterThanOrEqual(BigInt(written));
  const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(database.kysely);
  expect(rows).toEqual([{ integrity_check: 'ok' }]);
  await database.close();
});
