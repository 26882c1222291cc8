import { expect, test } from 'vitest';
import { databaseSchema, isDatabaseFile } from '../config/schema/governance.ts';
import { IN_MEMORY, parseDatabaseUrl } from '../database/address.ts';

const URLS = `
sqlite:a.db|SQLITE:/a.db|file:a.db|file:///a/b.db|./a.db|a b.db|/a/b.db|a.db|C
:memory:|sqlite::memory:|file::memory:|postgres://h/d|PostgreSQL://u:p@h:5/d?sslmode=require
mysql://h/d|http://h|redis://h|mongodb+srv://h|sqlite:|file:|postgres:|data:x`
  .trim()
  .split(/[|\n]/);

test.each(URLS)('the configuration and the database agree on %j', (url) => {
  const address = parseDatabaseUrl(url);
  expect(databaseSchema.safeParse({ url }).success).toBe(address !== undefined);
  if (address !== undefined) {
    expect(isDatabaseFile(url)).toBe(address.kind === 'sqlite' && address.path !== IN_MEMORY);
  }
});
