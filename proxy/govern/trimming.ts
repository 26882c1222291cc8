import type { CancelTimer, TimerClock } from '../core/clock.ts';
import type { Connection, Writer } from '../database/open.ts';
import { Retention } from '../usage/retention.ts';
import type { LedgerStore } from '../usage/ledger.ts';

export interface TrimmingOptions {
  readonly clock: TimerClock;
  readonly database: Connection;
  readonly ledger: Pick<LedgerStore, 'deleteBefore'>;
  readonly objects: Pick<LedgerStore, 'deleteBefore'>;
  readonly settings: () => { readonly ledgerRetentionMs: number; readonly auditRetentionMs: number };
  readonly onTrouble: (error: unknown) => void;
}

const FIRST_MS = 60_000;
const EVERY_MS = 3_600_000;
/** Owners of objects that no request has named for so long are forgotten. */
const KEEP_OWNERS_MS = 400 * 86_400_000;
/** Rows of one transaction. */
const BATCH = 5_000;

/** Deletes old rows of the ledger, of the audit log and of the owners of objects, a minute after the start and then every hour. */
export class Trimming {
  readonly #options: TrimmingOptions;
  #cancel: CancelTimer | undefined;
  #stopped = false;

  constructor(options: TrimmingOptions) {
    this.#options = options;
  }

  start(): void {
    this.#schedule(FIRST_MS);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  /** Never rejects: what could not be deleted is deleted the next time. */
  async run(): Promise<void> {
    const { clock, ledger: store, objects, settings, onTrouble } = this.#options;
    await new Retention({ clock, store, keepMs: settings().ledgerRetentionMs, onTrouble }).run();
    await new Retention({ clock, store: objects, keepMs: KEEP_OWNERS_MS, onTrouble }).run();
    try {
      while (!this.#stopped && (await this.#trimAudit(clock.now() - settings().auditRetentionMs)) === BATCH);
    } catch (error) {
      onTrouble(error);
    }
  }

  /** The newest row stays: by its number replicas see whether they have missed a change. */
  async #trimAudit(before: number): Promise<number> {
    return this.#options.database.write(async (db) => {
      const last = await db
        .selectFrom('llmproxy_audit')
        .select(({ fn }) => fn.max('seq').as('seq'))
        .executeTakeFirstOrThrow();
      const old = await db
        .selectFrom('llmproxy_audit')
        .select('seq')
        .where('at', '<', new Date(before).toISOString())
        .where('seq', '<', last.seq)
        .orderBy('at')
        .limit(BATCH)
        .execute();
      const seqs = old.map(({ seq }) => seq);
      if (seqs.length > 0) await db.deleteFrom('llmproxy_audit').where('seq', 'in', seqs).execute();
      await forgetErased(db, new Date(before).toISOString());
      return seqs.length;
    });
  }

  #schedule(ms: number): void {
    if (this.#stopped) return;
    this.#cancel = this.#options.clock.after(ms, () => {
      void this.run().then(() => this.#schedule(EVERY_MS));
    });
  }
}

/** Users' credentials that were deleted stay as long as what the log says of them; their keys are gone since then. */
async function forgetErased(db: Writer, before: string): Promise<void> {
  const old = await db
    .selectFrom('llmproxy_credentials')
    .select('id')
    .where('deleted_at', '<', before)
    .limit(BATCH)
    .execute();
  const ids = old.map(({ id }) => id);
  if (ids.length > 0) await db.deleteFrom('llmproxy_credentials').where('id', 'in', ids).execute();
}
