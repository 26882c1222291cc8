import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { GovernanceConfig } from '../config/config.ts';
import { DEFAULT_ADDRESS, parseDatabaseUrl } from '../database/address.ts';
import { adminTokenPath } from '../governance/admin-token-path.ts';
import { CommandFault } from './place.ts';

/**
 * The admin token that a proxy with this configuration has made for itself; undefined where it makes none or was never started.
 * Throws CommandFault for a file that this user may not read.
 */
export function generatedToken(
  { databaseUrl }: Pick<GovernanceConfig, 'databaseUrl'>,
  folder: string,
): string | undefined {
  const database = databaseUrl === undefined ? DEFAULT_ADDRESS : parseDatabaseUrl(databaseUrl.reveal());
  const path = database && adminTokenPath(database);
  if (path === undefined) return undefined;
  try {
    const token = readFileSync(resolve(folder, path), 'utf8').trim();
    return token === '' ? undefined : token;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new CommandFault(`the admin token in ${path} cannot be read (${code ?? 'unknown error'}).`, { cause: error });
  }
}
