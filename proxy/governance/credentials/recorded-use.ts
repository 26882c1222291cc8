import type { CancelTimer, TimerClock } from '../../core/clock.ts';
import type { Connection, Writer } from '../../database/open.ts';
import { recordStored } from '../audit.ts';
import type { CredentialEntry, CredentialUse } from './types.ts';

export interface RecordedUseOptions {
  readonly database: Connection;
  readonly clock: TimerClock;
  readonly onTrouble: (error: unknown) => void;
}

interface Use {
  readonly entry: CredentialEntry;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** How often one credential's use is written at most. */
const EVERY_MS = 60_000;
const WRITE_AFTER_MS = 200;
const RETRY_MS = 5_000;
/** Credentials whose use waits to be written, and those whose last use is remembered. */
const MAX_WAITING = 10_000;
const MAX_REMEMBERED = 20_000;
const ACTOR = 'proxy';

/** Writes in the background what becomes known of credentials. What exceeds the bounds is not written. */
export class RecordedUse implements CredentialUse {
  readonly #options: RecordedUseOptions;
  readonly #accepted = new Uses();
  readonly #refused = new Uses();
  #timer: CancelTimer | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: RecordedUseOptions) {
    this.#options = options;
  }

  accepted(entry: CredentialEntry, at: number): void {
    if (this.#accepted.add({ entry, at })) this.#schedule(WRITE_AFTER_MS);
  }

  refused(entry: CredentialEntry, at: number): void {
    if (this.#refused.add({ entry, at })) this.#schedule(WRITE_AFTER_MS);
  }

  /** Writes what waits; what cannot be written is lost. */
  async close(): Promise<void> {
    this.#timer?.();
    await this.#writing;
    await this.#write();
    this.#timer?.();
  }

  #schedule(ms: number): void {
    this.#timer ??= this.#options.clock.after(ms, () => {
      this.#timer = undefined;
      this.#writing = this.#writing.then(() => this.#write());
    });
  }

  /** Never rejects: what the database does not take is tried again. */
  async #write(): Promise<void> {
    const [accepted, refused] = [this.#accepted.take(), this.#refused.take()];
    if (accepted.length + refused.length === 0) return;
    try {
      await this.#options.database.write(async (db) => {
        for (const use of accepted) await stamp(db, use);
        for (const use of refused) await record(db, use);
      });
    } catch (error) {
      this.#accepted.giveBack(accepted);
      this.#refused.giveBack(refused);
      this.#options.onTrouble(error);
      this.#schedule(RETRY_MS);
    }
  }
}

class Uses {
  readonly #last = new Map<string, number>();
  #waiting = new Map<string, Use>();

  /** False for what is not written. */
  add(use: Use): boolean {
    const { id } = use.entry;
    const last = this.#last.get(id);
    if (last !== undefined && use.at - last < EVERY_MS) return false;
    if (this.#waiting.size >= MAX_WAITING) return false;
    this.#last.delete(id);
    this.#last.set(id, use.at);
    if (this.#last.size > MAX_REMEMBERED) this.#last.delete(this.#last.keys().next().value ?? '');
    this.#waiting.set(id, use);
    return true;
  }

  take(): readonly Use[] {
    const waiting = [...this.#waiting.values()];
    this.#waiting = new Map();
    return waiting;
  }

  giveBack(uses: readonly Use[]): void {
    this.#waiting = new Map([...uses.map((use) => [use.entry.id, use] as const), ...this.#waiting]);
  }
}

/** Not where another key was stored meanwhile, and not where another replica has just written it. */
async function stamp(db: Writer, { entry, at }: Use): Promise<void> {
  await db
    .updateTable('llmproxy_credentials')
    .set({ last_validated_at: new Date(at).toISOString() })
    .where('id', '=', entry.id)
    .where('sealed_key', '=', entry.sealedKey)
    .where((where) =>
      where.or([
        where('last_validated_at', 'is', null),
        where('last_validated_at', '<=', new Date(at - EVERY_MS).toISOString()),
      ]),
    )
    .execute();
}

async function record(db: Writer, { entry, at }: Use): Promise<void> {
  const userId = entry.ownerKind === 'user' ? { userId: entry.ownerId } : {};
  await recordStored(db, {
    at: new Date(at).toISOString(),
    actor: ACTOR,
    action: 'use_refused',
    kind: 'credential',
    id: entry.id,
    ...userId,
  });
}
