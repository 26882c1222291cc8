import { isDatabaseAway } from '../../database/fault.ts';
import type { ObjectsTable } from '../../database/objects-table.ts';
import type { Connection } from '../../database/open.ts';
import type { ObjectRow, ObjectStore } from './types.ts';

/** Ids of one statement. */
const IDS_A_STATEMENT = 500;

/** Owners in the database. */
export class SqlObjects implements ObjectStore {
  readonly #database: Connection['kysely'];

  constructor({ kysely }: Pick<Connection, 'kysely'>) {
    this.#database = kysely;
  }

  async insert(rows: readonly ObjectRow[]): Promise<readonly ObjectRow[]> {
    await this.#database.transaction().execute(async (transaction) => {
      for (const part of parts(rows)) {
        await transaction
          .insertInto('llmproxy_objects')
          .values(part.map(tableRow))
          .onConflict((conflict) => conflict.column('id').doNothing())
          .execute();
      }
    });
    const wanted = new Map(rows.map((row) => [row.id, row]));
    const stored = await this.find([...wanted.keys()]);
    return stored.filter(({ id, owner, endpoint }) => {
      const row = wanted.get(id);
      return row?.owner !== owner || row.endpoint !== endpoint;
    });
  }

  async find(ids: readonly string[]): Promise<readonly ObjectRow[]> {
    const found: ObjectRow[] = [];
    for (const part of parts(ids)) {
      const rows = await this.#database.selectFrom('llmproxy_objects').selectAll().where('id', 'in', part).execute();
      found.push(...rows.map(rowOf));
    }
    return found;
  }

  async used(ids: readonly string[], at: number): Promise<void> {
    for (const part of parts(ids)) {
      await this.#database
        .updateTable('llmproxy_objects')
        .set({ used_at: BigInt(at) })
        .where('id', 'in', part)
        .execute();
    }
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (const part of parts(ids)) {
      await this.#database.deleteFrom('llmproxy_objects').where('id', 'in', part).execute();
    }
  }

  async deleteBefore(at: number, limit: number): Promise<number> {
    const old = this.#database
      .selectFrom('llmproxy_objects')
      .select('id')
      .where('used_at', '<', BigInt(at))
      .orderBy('used_at')
      .limit(limit);
    const { numDeletedRows } = await this.#database
      .deleteFrom('llmproxy_objects')
      .where('id', 'in', old)
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }

  isAway(error: unknown): boolean {
    return isDatabaseAway(error);
  }
}

/** In the order of their ids: two replicas lock rows in one order. */
function parts<T extends string | ObjectRow>(all: readonly T[]): T[][] {
  const sorted = all.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  const cut: T[][] = [];
  for (let start = 0; start < sorted.length; start += IDS_A_STATEMENT) {
    cut.push(sorted.slice(start, start + IDS_A_STATEMENT));
  }
  return cut;
}

function idOf(value: string | ObjectRow): string {
  return typeof value === 'string' ? value : value.id;
}

function tableRow({ id, owner, endpoint, kind, createdAt, usedAt, credential }: ObjectRow): ObjectsTable {
  const times = { created_at: BigInt(createdAt), used_at: BigInt(usedAt) };
  return { id, owner, endpoint, kind, ...times, credential: credential ?? null };
}

function rowOf({
  id,
  owner,
  endpoint,
  kind,
  credential,
  created_at: createdAt,
  used_at: usedAt,
}: ObjectsTable): ObjectRow {
  const row = { id, owner, endpoint, kind, createdAt: Number(createdAt), usedAt: Number(usedAt) };
  return credential === null ? row : { ...row, credential };
}
