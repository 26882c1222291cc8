import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../../tests/setup/temp-folder.ts';
import { Secret } from '../core/secret.ts';
import { generatedToken } from './generated-token.ts';
import { CommandFault } from './place.ts';

const on = (url: string): { databaseUrl: Secret } => ({ databaseUrl: new Secret(url) });

test('the token stands beside the database, whose path is relative to the folder', () => {
  const folder = tempFolder('generated-token');
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data/llmproxy.db.admin-token'), 'made-at-the-first-start\n');
  expect(generatedToken({}, folder)).toBe('made-at-the-first-start');
  expect(generatedToken(on(`sqlite:${join(folder, 'data/llmproxy.db')}`), '/')).toBe('made-at-the-first-start');
});

test('there is none before the first start, in memory, and with Postgres', () => {
  const folder = tempFolder('generated-token');
  writeFileSync(join(folder, 'empty.db.admin-token'), '\n');
  for (const path of ['./data/llmproxy.db', ':memory:', 'empty.db']) {
    expect(generatedToken(on(path), folder)).toBeUndefined();
  }
  expect(generatedToken(on('postgres://127.0.0.1/x'), folder)).toBeUndefined();
});

test('a file that cannot be read is named', () => {
  const folder = tempFolder('generated-token');
  mkdirSync(join(folder, 'x.db.admin-token'));
  expect(() => generatedToken(on('x.db'), folder)).toThrow(CommandFault);
  expect(() => generatedToken(on('x.db'), folder)).toThrow('x.db.admin-token cannot be read');
});
