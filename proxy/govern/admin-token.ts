import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Secret } from '../core/secret.ts';
import type { DatabaseAddress } from '../database/address.ts';
import { DatabaseFault } from '../database/fault.ts';
import { adminTokenPath } from '../governance/admin-token-path.ts';

const TOKEN_BYTES = 32;

export interface MadeToken {
  readonly token: Secret;
  readonly path: string;
}

/**
 * The admin token of a proxy whose configuration names none: that of the file beside the database, made with mode 0600 when it
 * is not there. Throws DatabaseFault where there is no place for one, or where others can read the file.
 */
export function adminTokenFile(database: DatabaseAddress): MadeToken {
  const path = adminTokenPath(database);
  if (path === undefined) {
    throw new DatabaseFault(
      'auth.admin_token is required where no SQLite file stands on this machine: set it, or auth.admin to loopback or open.',
    );
  }
  if (!exists(path)) make(path);
  if ((statSync(path).mode & 0o077) !== 0 && process.platform !== 'win32') {
    throw new DatabaseFault(`The file of the admin token, ${path}, can be read by others: run \`chmod 600\` on it.`);
  }
  const text = readFileSync(path, 'latin1').trim();
  if (text === '')
    throw new DatabaseFault(`The file of the admin token, ${path}, is empty: delete it to get a new one.`);
  return { token: new Secret(text), path };
}

/** Whole or not at all: a second process that starts at the same moment reads the token of the first. */
function make(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(TOKEN_BYTES).toString('base64url')}\n`, { mode: 0o600, flag: 'wx', flush: true });
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
