import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../../tests/setup/temp-folder.ts';
import { DatabaseFault } from '../database/fault.ts';
import { adminTokenFile } from './admin-token.ts';

test('the token is made once, for the owner alone, in a folder that is made', () => {
  const path = join(tempFolder('token'), 'a/b/llmproxy.db');
  const made = adminTokenFile({ kind: 'sqlite', path });
  expect(made.path).toBe(`${path}.admin-token`);
  expect(made.token.reveal()).toMatch(/^[\w-]{43}$/);
  expect(statSync(made.path).mode & 0o777).toBe(0o600);
  expect(readFileSync(made.path, 'utf8')).toBe(`${made.token.reveal()}\n`);
  expect(adminTokenFile({ kind: 'sqlite', path }).token.reveal()).toBe(made.token.reveal());
});

test('a file that others can read, or an empty one, is refused', () => {
  const path = join(tempFolder('token'), 'llmproxy.db');
  writeFileSync(`${path}.admin-token`, 'known\n', { mode: 0o644 });
  expect(() => adminTokenFile({ kind: 'sqlite', path })).toThrow(/can be read by others/);
  writeFileSync(`${path}.admin-token`, '\n');
  chmodSync(`${path}.admin-token`, 0o600);
  expect(() => adminTokenFile({ kind: 'sqlite', path })).toThrow(/is empty/);
});

test.each([
  { kind: 'sqlite', path: ':memory:' },
  { kind: 'postgres', url: 'postgres://h/d' },
] as const)('there is no place for one beside %j', (address) => {
  expect(() => adminTokenFile(address)).toThrow(DatabaseFault);
});
