import { IN_MEMORY, type DatabaseAddress } from '../database/address.ts';

/**
 * The file of an admin token that was made at the first start, because the configuration names none: it stands beside the
 * SQLite database. Undefined for a database that has no place on this machine's disk.
 */
export function adminTokenPath(database: DatabaseAddress): string | undefined {
  return database.kind === 'sqlite' && database.path !== IN_MEMORY ? `${database.path}.admin-token` : undefined;
}
