import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseFault } from '../database/fault.ts';

/**
 * The text of a file with a secret, which is made with mode 0600 when it is not there, whole or not at all: of two processes that
 * start at the same moment the second reads what the first has made. `name` is for sentences. Throws DatabaseFault where others can
 * read the file.
 */
export function secretFile(path: string, name: string, newSecret: () => string): string {
  if (!exists(path)) make(path, newSecret());
  if ((statSync(path).mode & 0o077) !== 0 && process.platform !== 'win32') {
    throw new DatabaseFault(`The ${name} ${path} can be read by others: run \`chmod 600\` on it.`);
  }
  return readFileSync(path, 'latin1').trim();
}

function make(path: string, secret: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, `${secret}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!exists(path)) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
