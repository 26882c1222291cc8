import type { BatchesTable } from '../../database/batches-table.ts';
import { isDatabaseAway } from '../../database/fault.ts';
import type { Connection } from '../../database/open.ts';
import { insertRows } from '../ledger-insert.ts';
import type { LedgerRow } from '../ledger.ts';
import type { BatchRow, BatchStore, OpenBatch } from './types.ts';

export class SqlBatches implements BatchStore {
  readonly #database: Connection['kysely'];
  readonly #kind: Connection['kind'];

  constructor({ kysely, kind }: Pick<Connection, 'kysely' | 'kind'>) {
    this.#database = kysely;
    this.#kind = kind;
  }

  async insert(row: BatchRow): Promise<void> {
    await this.#database
      .insertInto('llmproxy_batches')
      .values(tableRow(row))
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
  }

  async open(id: string): Promise<OpenBatch | undefined> {
    const row = await this.#database
      .selectFrom('llmproxy_batches')
      .selectAll()
      .where('id', '=', id)
      .where('booked_at', 'is', null)
      .executeTakeFirst();
    return row && batchOf(row);
  }

  async due(polledBy: number, limit: number): Promise<readonly OpenBatch[]> {
    const rows = await this.#database
      .selectFrom('llmproxy_batches')
      .selectAll()
      .where('booked_at', 'is', null)
      .where('last_polled_at', '<=', BigInt(polledBy))
      .orderBy('last_polled_at')
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(batchOf);
  }

  async claimPoll({ id, polledAt }: OpenBatch, at: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable('llmproxy_batches')
      .set({ last_polled_at: BigInt(at) })
      .where('id', '=', id)
      .where('booked_at', 'is', null)
      .where('last_polled_at', '=', BigInt(polledAt))
      .executeTakeFirstOrThrow();
    return numUpdatedRows === 1n;
  }

  async book(id: string, at: number, row: LedgerRow): Promise<boolean> {
    return this.#database.transaction().execute(async (transaction) => {
      const { numUpdatedRows } = await transaction
        .updateTable('llmproxy_batches')
        .set({ booked_at: BigInt(at) })
        .where('id', '=', id)
        .where('booked_at', 'is', null)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows !== 1n) return false;
      await insertRows(transaction, this.#kind, [row]);
      return true;
    });
  }

  async deleteBefore(at: number, limit: number): Promise<number> {
    const old = this.#database
      .selectFrom('llmproxy_batches')
      .select('id')
      .where('booked_at', '<', BigInt(at))
      .orderBy('booked_at')
      .limit(limit);
    const { numDeletedRows } = await this.#database
      .deleteFrom('llmproxy_batches')
      .where('id', 'in', old)
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }

  isAway(error: unknown): boolean {
    return isDatabaseAway(error);
  }
}

function tableRow(row: BatchRow): BatchesTable {
  const madeAt = BigInt(row.madeAt);
  return {
    id: row.id,
    endpoint: row.endpoint,
    api: row.api,
    model: row.model,
    virtual_key_id: row.virtualKeyId,
    user_id: row.userId,
    team_id: row.teamId,
    customer_id: row.customerId,
    credential: row.credential,
    made_at: madeAt,
    booked_at: null,
    last_polled_at: madeAt,
  };
}

function batchOf(row: BatchesTable): OpenBatch {
  return {
    id: row.id,
    endpoint: row.endpoint,
    api: row.api === 'anthropic' ? 'anthropic' : 'openai',
    model: row.model,
    virtualKeyId: row.virtual_key_id,
    userId: row.user_id,
    teamId: row.team_id,
    customerId: row.customer_id,
    credential: row.credential,
    madeAt: Number(row.made_at),
    polledAt: Number(row.last_polled_at),
  };
}
