import { randomBytes } from 'node:crypto';
import { Secret } from '../core/secret.ts';
import type { DatabaseAddress } from '../database/address.ts';
import { DatabaseFault } from '../database/fault.ts';
import { adminTokenPath } from '../governance/admin-token-path.ts';
import { secretFile } from '../governance/secret-file.ts';

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
  const text = secretFile(path, 'file of the admin token,', () => randomBytes(TOKEN_BYTES).toString('base64url'));
  if (text === '')
    throw new DatabaseFault(`The file of the admin token, ${path}, is empty: delete it to get a new one.`);
  return { token: new Secret(text), path };
}
