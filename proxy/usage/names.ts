import type { Connection } from '../database/open.ts';
import type { NamedColumn, NameLookup } from './report.ts';

const TABLES = {
  key: 'llmproxy_virtual_keys',
  user: 'llmproxy_users',
  team: 'llmproxy_teams',
  customer: 'llmproxy_customers',
} as const satisfies Readonly<Record<NamedColumn, string>>;
/** Ids of one query: SQLite takes 32,766 parameters. */
const IDS_A_QUERY = 5_000;

/** Names out of the database, one query for a page of the report. */
export function storedNames({ kysely }: Pick<Connection, 'kysely'>): NameLookup {
  return async (column, ids) => {
    const names = new Map<string, string>();
    for (let start = 0; start < ids.length; start += IDS_A_QUERY) {
      const some = ids.slice(start, start + IDS_A_QUERY);
      const rows = await kysely.selectFrom(TABLES[column]).select(['id', 'name']).where('id', 'in', some).execute();
      for (const { id, name } of rows) names.set(id, name);
    }
    return names;
  };
}
