import type { Reader, Writer } from '../database/open.ts';
import { invalid } from './fault.ts';
import type { ColumnValue, EntityKind } from './patches.ts';
import { findRow } from './rows.ts';

type Columns = Readonly<Record<string, ColumnValue>>;

const REFERENCES = [
  ['team_id', 'team'],
  ['customer_id', 'customer'],
  ['user_id', 'user'],
] as const;

/** Throws GovernanceFault 400 when a column names a team, customer or user that is not there. */
export async function assertReferences(db: Reader, columns: Columns): Promise<void> {
  for (const [column, kind] of REFERENCES) {
    const id = columns[column];
    if (typeof id === 'string' && (await findRow(db, kind, id)) === undefined) {
      throw invalid(`${column} names a ${kind} that does not exist.`);
    }
  }
}

/** Throws GovernanceFault 400 when another entity has this name (virtual keys) or external id (users). */
export async function assertUnique(db: Reader, kind: EntityKind, id: string, columns: Columns): Promise<void> {
  const { name, external_id: externalId } = columns;
  if (kind === 'virtual_key' && typeof name === 'string') {
    const other = await db
      .selectFrom('llmproxy_virtual_keys')
      .select('id')
      .where('name', '=', name)
      .where('id', '<>', id)
      .executeTakeFirst();
    if (other !== undefined) throw invalid('A virtual key with this name already exists.');
  }
  if (kind === 'user' && typeof externalId === 'string') {
    const other = await db
      .selectFrom('llmproxy_users')
      .select('id')
      .where('external_id', '=', externalId)
      .where('id', '<>', id)
      .executeTakeFirst();
    if (other !== undefined) throw invalid('A user with this external_id already exists.');
  }
}

/** Keys, users and teams outlive what they hang on; the keys of a user that is deleted are switched off. */
export async function detachFrom(db: Writer, kind: EntityKind, id: string, now: string): Promise<void> {
  if (kind === 'virtual_key') return;
  if (kind === 'user') {
    const off = { user_id: null, is_active: false, updated_at: now };
    await db.updateTable('llmproxy_virtual_keys').set(off).where('user_id', '=', id).execute();
    return;
  }
  const column = `${kind}_id` as const;
  const free = { [column]: null, updated_at: now };
  await db.updateTable('llmproxy_virtual_keys').set(free).where(column, '=', id).execute();
  await db.updateTable('llmproxy_users').set(free).where(column, '=', id).execute();
  if (kind === 'customer') {
    const without = { customer_id: null, updated_at: now };
    await db.updateTable('llmproxy_teams').set(without).where('customer_id', '=', id).execute();
  }
}
