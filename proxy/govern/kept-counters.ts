import type { CancelTimer, TimerClock } from '../core/clock.ts';
import type { Connection, Writer } from '../database/open.ts';
import type { LimitBook } from '../governance/limits/limit-book.ts';
import { snapshotFrom } from '../governance/limits/limit-usage.ts';
import type { Counters, Limit, SnapshotRow } from '../governance/limits/types.ts';

export interface KeptCountersOptions {
  readonly database: Connection;
  readonly counters: Counters;
  readonly book: LimitBook;
  readonly clock: TimerClock;
  /** Usage of limits that nothing was kept of, from the ledger. */
  rebuild(terms: { known: ReadonlySet<string>; since: number }): Promise<readonly SnapshotRow[]>;
  /** Hears of rows that could not be written; they are tried again. */
  onTrouble?(error: unknown): void;
}

/** Longest time that usage exists in memory alone, while the database answers. */
const EVERY_MS = 150;
/** Rows of one statement; SQLite takes 32,766 parameters. */
const ROWS_A_STATEMENT = 500;
/** Name of the fact in the database that says which life of Redis the counters are of. */
const EPOCH = 'counters_epoch';
/** Name of the fact that says when they were written last. */
const KEPT_AT = 'counters_kept_at';
/** A request is charged when it ends: those that came so long before the last writing may have ended after it. */
const LONGEST_REQUEST_MS = 3_600_000;

interface Row {
  readonly used: bigint;
  readonly start: number;
}

/**
 * What limits have counted, kept in the database: written behind the requests, and given back to the counters before the
 * first request after a restart. Each row is the latest reading, so writing one twice changes nothing.
 */
export class KeptCounters {
  readonly #options: KeptCountersOptions;
  /** Latest readings that are not written yet; undefined = the limit is gone, and so is its row. */
  readonly #waiting = new Map<string, Row | undefined>();
  #epoch: string | undefined;
  #epochKept: string | undefined;
  #timer: CancelTimer | undefined;
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(options: KeptCountersOptions) {
    this.#options = options;
  }

  /** Gives the counters what was kept, and goes on keeping. Rejects while the database is away. */
  async restore(): Promise<void> {
    const { book, counters } = this.#options;
    const { rows, facts } = await this.#read();
    const epoch = facts.get(EPOCH);
    const snapshot = snapshotFrom(book, { epoch, rows });
    const known = new Set(snapshot.counters.map(({ limit }) => limit.id));
    const since = Math.max(0, Number(facts.get(KEPT_AT) ?? 0) - LONGEST_REQUEST_MS);
    const rebuilt = await this.#options.rebuild({ known, since });
    this.#epoch = epoch;
    this.#epochKept = epoch;
    await counters.restore(snapshot);
    // What was restored counts as changed, and is no news.
    counters.changed();
    await counters.restore({ epoch, counters: rebuilt });
    for (const { id } of rows) if (!known.has(id)) this.#waiting.set(id, undefined);
    this.#schedule();
  }

  /** These limits are no more. */
  forget(limits: readonly Limit[]): void {
    for (const { id } of limits) this.#waiting.set(id, undefined);
  }

  /** Writes what has changed since the last time. Never rejects: what could not be written waits. */
  async flush(): Promise<void> {
    await this.#writing;
    this.#writing = this.#write().finally(() => (this.#writing = undefined));
    await this.#writing;
  }

  /** Writes what waits, and stops. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.();
    await this.flush();
  }

  async #read(): Promise<{ rows: { id: string; used: bigint; start: number }[]; facts: ReadonlyMap<string, string> }> {
    return this.#options.database.read(async (db) => {
      const rows = await db.selectFrom('llmproxy_counters').selectAll().execute();
      const facts = await db.selectFrom('llmproxy_meta').selectAll().where('name', 'in', [EPOCH, KEPT_AT]).execute();
      return {
        rows: rows.map(({ id, used, start }) => ({ id, used: BigInt(used), start: Number(start) })),
        facts: new Map(facts.map(({ name, value }) => [name, value])),
      };
    });
  }

  #schedule(): void {
    if (this.#closed || this.#timer !== undefined) return;
    this.#timer = this.#options.clock.after(EVERY_MS, () => {
      this.#timer = undefined;
      void this.flush().then(() => this.#schedule());
    });
  }

  async #write(): Promise<void> {
    const { counters, epoch } = this.#options.counters.changed();
    for (const { limit, used, start } of counters) {
      // Those of monthly caps begin anew with what the ledger says.
      if (limit.level !== 'monthly') this.#waiting.set(limit.id, { used, start });
    }
    this.#epoch = epoch ?? this.#epoch;
    if (this.#waiting.size === 0 && this.#epoch === this.#epochKept) return;
    const batch = [...this.#waiting];
    const now = this.#epoch;
    try {
      await this.#put(batch, now);
      this.#epochKept = now;
      // A reading that came meanwhile is another one, and waits for the next time.
      for (const [id, row] of batch) if (this.#waiting.get(id) === row) this.#waiting.delete(id);
    } catch (error) {
      this.#options.onTrouble?.(error);
    }
  }

  /** In one order of ids, as every replica writes them. */
  async #put(batch: readonly (readonly [string, Row | undefined])[], epoch: string | undefined): Promise<void> {
    const sorted = batch.toSorted(([a], [b]) => (a < b ? -1 : 1));
    const values = sorted.flatMap(([id, row]) =>
      row === undefined ? [] : [{ id, used: String(row.used), start: BigInt(row.start) }],
    );
    const gone = sorted.flatMap(([id, row]) => (row === undefined ? [id] : []));
    await this.#options.database.kysely.transaction().execute(async (db) => {
      for (let at = 0; at < values.length; at += ROWS_A_STATEMENT) {
        await db
          .insertInto('llmproxy_counters')
          .values(values.slice(at, at + ROWS_A_STATEMENT))
          .onConflict((conflict) =>
            conflict
              .column('id')
              .doUpdateSet((row) => ({ used: row.ref('excluded.used'), start: row.ref('excluded.start') })),
          )
          .execute();
      }
      for (let at = 0; at < gone.length; at += ROWS_A_STATEMENT) {
        await db
          .deleteFrom('llmproxy_counters')
          .where('id', 'in', gone.slice(at, at + ROWS_A_STATEMENT))
          .execute();
      }
      await keepFact(db, KEPT_AT, String(this.#options.clock.now()));
      if (epoch !== undefined && epoch !== this.#epochKept) await keepFact(db, EPOCH, epoch);
    });
  }
}

async function keepFact(db: Writer, name: string, value: string): Promise<void> {
  await db
    .insertInto('llmproxy_meta')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}
