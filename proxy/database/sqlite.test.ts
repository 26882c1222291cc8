import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as after } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { tempFolder } from '../../tests/setup/temp-folder.ts';
import { DEFAULT_ADDRESS, parseDatabaseUrl } from './address.ts';
import { databaseConformance } from './conformance.fixture.ts';
import { migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations.ts';
import { openDatabase } from './open.ts';

describe('SQLite', () => {
  databaseConformance(() => Promise.resolve({ kind: 'sqlite', path: join(tempFolder('sqlite'), 'deep/llmproxy.db') }));

  test('files are for their owner alone, and the log is written ahead', async () => {
    const path = join(tempFolder('sqlite'), 'llmproxy.db');
    const database = await openDatabase({ kind: 'sqlite', path });
    await migrate(database);
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o777, file).toBe(0o600);
    await database.close();
  });

  test('a file that another process is just making is waited for', async () => {
    const path = join(tempFolder('sqlite'), 'llmproxy.db');
    const other = new DatabaseSync(path);
    other.exec('begin exclusive');
    const database = await openDatabase({ kind: 'sqlite', path });
    const outcome = migrate(database).then(
      () => 'open',
      (error: unknown) => String(error),
    );
    // SQLite itself would have given up by now.
    expect(await Promise.race([outcome, after(200, 'waiting')])).toBe('waiting');
    other.exec('commit');
    other.close();
    expect(await outcome).toBe('open');
    await database.close();
  });

  test('memory is a database of its own for each that opens it', async () => {
    const databases = await Promise.all([1, 2].map(() => openDatabase({ kind: 'sqlite', path: ':memory:' })));
    expect(await Promise.all(databases.map((database) => migrate(database)))).toEqual([
      MIGRATIONS.length,
      MIGRATIONS.length,
    ]);
    await Promise.all(databases.map((database) => database.close()));
  });
});

test.each([
  ['sqlite:data/a.db', { kind: 'sqlite', path: 'data/a.db' }],
  ['sqlite:/var/a.db', { kind: 'sqlite', path: '/var/a.db' }],
  ['file:./a.db', { kind: 'sqlite', path: './a.db' }],
  ['file:///var/a.db', { kind: 'sqlite', path: '/var/a.db' }],
  ['./data/a.db', { kind: 'sqlite', path: './data/a.db' }],
  ['C:\\data\\a.db', { kind: 'sqlite', path: 'C:\\data\\a.db' }],
  [':memory:', { kind: 'sqlite', path: ':memory:' }],
  ['sqlite::memory:', { kind: 'sqlite', path: ':memory:' }],
  ['postgres://u:p@h/d', { kind: 'postgres', url: 'postgres://u:p@h/d' }],
  ['postgresql://h/d', { kind: 'postgres', url: 'postgresql://h/d' }],
  ['./data/llmproxy.db', DEFAULT_ADDRESS],
  ['', undefined],
  ['sqlite:', undefined],
  ['mysql://h/d', undefined],
  ['http://h/d', undefined],
])('the address %s', (text, address) => {
  expect(parseDatabaseUrl(text)).toEqual(address);
});
