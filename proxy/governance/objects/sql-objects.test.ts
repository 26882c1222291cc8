import { describe } from 'vitest';
import { migrate } from '../../database/migrate.ts';
import { openDatabase } from '../../database/open.ts';
import { MemoryObjects } from './memory-objects.fixture.ts';
import { objectsConformance } from './objects-conformance.fixture.ts';
import { SqlObjects } from './sql-objects.ts';

describe('in memory', () => {
  objectsConformance(() => Promise.resolve(new MemoryObjects()));
});

describe('SQLite', () => {
  objectsConformance(async () => {
    const database = await openDatabase({ kind: 'sqlite', path: ':memory:' });
    await migrate(database);
    return new SqlObjects(database);
  });
});
