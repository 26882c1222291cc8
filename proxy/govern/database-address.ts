import type { GovernanceConfig } from '../config/config.ts';
import { DEFAULT_ADDRESS, parseDatabaseUrl, type DatabaseAddress } from '../database/address.ts';
import { DatabaseFault } from '../database/fault.ts';

/** Where the database of a configuration is. Throws DatabaseFault. */
export function databaseAddress({ databaseUrl }: GovernanceConfig): DatabaseAddress {
  if (databaseUrl === undefined) return DEFAULT_ADDRESS;
  const address = parseDatabaseUrl(databaseUrl.reveal());
  if (address === undefined) throw new DatabaseFault('database.url is no address of a database.');
  return address;
}
