import type { Connection, Writer } from '../database/open.ts';
import { sealedFor } from './credentials/stored-credential.ts';
import type { ValueSeal } from './value-seal.ts';

/** A row that neither master key opens. */
export interface UnreadableRow {
  readonly what: 'credential' | 'virtual key';
  readonly id: string;
}

export interface Resealed {
  /** Keys of users and of gateway providers. */
  readonly credentials: number;
  readonly virtualKeys: number;
  /** Rows that opened with the new master key already. */
  readonly unchanged: number;
  readonly unreadable: readonly UnreadableRow[];
}

/** Nothing was changed, because of these rows. */
export class UnreadableRows extends Error {
  override readonly name = 'UnreadableRows';
  readonly rows: readonly UnreadableRow[];

  constructor(rows: readonly UnreadableRow[]) {
    super(`${rows.length} rows open with neither master key`);
    this.rows = rows;
  }
}

export interface ResealOptions {
  readonly from: ValueSeal;
  readonly to: ValueSeal;
  /** Leave rows that do not open as they are, in place of changing nothing. */
  readonly skipUnreadable: boolean;
  /** Hears how many rows were read, after each. */
  readonly onRow?: (rows: number) => void;
}

/** Rows that are read at a time. */
const PAGE = 900;

interface SealedRow {
  readonly id: string;
  /** What the value is sealed for. */
  readonly place: string;
  readonly sealed: string;
}

/**
 * Seals everything that is sealed under another master key, in one transaction: all or nothing. Done again it changes nothing.
 * Throws UnreadableRows.
 */
export async function reseal(database: Connection, options: ResealOptions): Promise<Resealed> {
  return database.write(async (db) => {
    const unreadable: UnreadableRow[] = [];
    const counts = { credentials: 0, virtualKeys: 0, unchanged: 0 };
    let rows = 0;
    const sealedRow = (row: SealedRow): ReturnType<typeof sealedAnew> => {
      rows += 1;
      options.onRow?.(rows);
      return sealedAnew(row, options);
    };
    await eachPage(
      (after) => credentialsAfter(db, after),
      async (row) => {
        const sealed = sealedRow(row);
        if (sealed === 'unchanged') counts.unchanged += 1;
        else if (sealed === undefined) unreadable.push({ what: 'credential', id: row.id });
        else {
          counts.credentials += 1;
          await db
            .updateTable('llmproxy_credentials')
            .set({ sealed_key: sealed.text })
            .where('id', '=', row.id)
            .execute();
        }
      },
    );
    await eachPage(
      (after) => virtualKeysAfter(db, after),
      async (row) => {
        const sealed = sealedRow(row);
        if (sealed === 'unchanged') counts.unchanged += 1;
        else if (sealed === undefined) unreadable.push({ what: 'virtual key', id: row.id });
        else {
          counts.virtualKeys += 1;
          await db
            .updateTable('llmproxy_virtual_keys')
            .set({ sealed_value: sealed.text })
            .where('id', '=', row.id)
            .execute();
        }
      },
    );
    if (unreadable.length > 0 && !options.skipUnreadable) throw new UnreadableRows(unreadable);
    return { ...counts, unreadable };
  });
}

/** Undefined for what does not open. */
function sealedAnew(
  { place, sealed }: SealedRow,
  { from, to }: ResealOptions,
): 'unchanged' | { text: string } | undefined {
  if (to.open(place, sealed) !== undefined) return 'unchanged';
  const value = from.open(place, sealed);
  return value === undefined ? undefined : { text: to.close(place, value) };
}

async function eachPage(
  pageAfter: (id: string) => Promise<readonly SealedRow[]>,
  take: (row: SealedRow) => Promise<void>,
): Promise<void> {
  for (let after = ''; ;) {
    const rows = await pageAfter(after);
    for (const row of rows) await take(row);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last.id;
  }
}

async function credentialsAfter(db: Writer, after: string): Promise<SealedRow[]> {
  const rows = await db
    .selectFrom('llmproxy_credentials')
    .select(['id', 'provider', 'owner_kind', 'owner_id', 'sealed_key'])
    .where('id', '>', after)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .limit(PAGE)
    .execute();
  return rows.map((row) => ({ id: row.id, place: sealedFor(row), sealed: row.sealed_key }));
}

async function virtualKeysAfter(db: Writer, after: string): Promise<SealedRow[]> {
  const rows = await db
    .selectFrom('llmproxy_virtual_keys')
    .select(['id', 'sealed_value'])
    .where('id', '>', after)
    .orderBy('id')
    .limit(PAGE)
    .execute();
  return rows.map(({ id, sealed_value: sealed }) => ({ id, place: `virtual_key/${id}`, sealed }));
}
