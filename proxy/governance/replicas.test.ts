import { sql } from 'kysely';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresMissing, startPostgres, type OwnPostgres } from '../../tests/setup/postgres.ts';
import { tempFolder } from '../../tests/setup/temp-folder.ts';
import type { DatabaseAddress } from '../database/address.ts';
import { openDatabase } from '../database/open.ts';
import { governanceBed, textOf } from './governance.fixture.ts';
import { credentialsConformance } from './credentials/conformance.fixture.ts';
import { gatewayConformance } from './gateway/conformance.fixture.ts';
import { preferencesConformance } from './preferences/conformance.fixture.ts';
import { replicaConformance } from './replicas.fixture.ts';

describe('over SQLite', () => {
  const place = (): Promise<DatabaseAddress> =>
    Promise.resolve({ kind: 'sqlite', path: join(tempFolder('governance'), 'llmproxy.db') });
  replicaConformance(place);
  credentialsConformance(place);
  gatewayConformance(place);
  preferencesConformance(place);
});

const missing = postgresMissing();

describe.skipIf(missing !== undefined)(`over Postgres${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let server: OwnPostgres | undefined;
  let made = 0;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server?.stop());

  const place = async (): Promise<DatabaseAddress> => {
    const admin = await openDatabase({ kind: 'postgres', url: server!.url });
    await sql.raw(`create database replica${++made}`).execute(admin.kysely);
    await admin.close();
    return { kind: 'postgres', url: server!.url.replace(/postgres$/, `replica${made}`) };
  };
  replicaConformance(place);
  credentialsConformance(place);
  gatewayConformance(place);
  preferencesConformance(place);

  test('a server that goes and comes back: known keys go on, and everything is there again', async () => {
    const bed = await governanceBed({ address: { kind: 'postgres', url: server!.url } });
    const { store, directory } = bed.governance;
    const key = await store.create('virtual_key', { name: 'k' }, 'a');
    await server!.kill();
    await bed.governance.refresh();
    expect(directory.lookup(textOf(key, 'value'), bed.clock.now()).state).toBe('active');
    expect(directory.lookup('sk-lp-other', bed.clock.now()).state).toBe('unavailable');
    await expect(store.list('virtual_key', { where: {} })).rejects.toMatchObject({ status: 503 });

    const late = await governanceBed({ address: { kind: 'postgres', url: server!.url } });
    expect(late.governance.directory.lookup(textOf(key, 'value'), late.clock.now()).state).toBe('unavailable');
    expect(() => late.governance.store).toThrow(/cannot be reached/);

    await server!.restart();
    await bed.governance.refresh();
    await late.governance.refresh();
    for (const { governance, clock, reports } of [bed, late]) {
      expect(reports).toEqual([expect.stringMatching(/cannot be reached/), undefined]);
      expect(governance.directory.lookup(textOf(key, 'value'), clock.now()).state).toBe('active');
      expect((await governance.store.list('virtual_key', { where: {} })).count).toBe(1);
    }
    await Promise.all([bed.close(), late.close()]);
  });
});
