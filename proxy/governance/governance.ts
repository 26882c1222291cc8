import type { CancelTimer, TimerClock } from '../core/clock.ts';
import type { Secret } from '../core/secret.ts';
import { isDatabaseAway } from '../database/fault.ts';
import { migrate } from '../database/migrate.ts';
import type { Connection, Writer } from '../database/open.ts';
import type { BudgetUnit } from './amounts.ts';
import type { GovernanceCounters } from './counters.ts';
import { KeyDirectory, type EntryListener } from './directory.ts';
import { unavailable } from './fault.ts';
import { KeyDigests } from './key-values.ts';
import { KnownPreferences } from './preferences/known-preferences.ts';
import { PreferenceStore } from './preferences/preference-store.ts';
import { ProviderKeys, type CredentialSettings } from './provider-keys.ts';
import { StoreAccess } from './store-access.ts';
import { GovernanceStore } from './store.ts';
import { ValueSeal } from './value-seal.ts';

/** Carries to other replicas that something has changed; what, they read from the database. */
export interface ChangeBus {
  publish(): void;
  /** The returned function ends the subscription. */
  subscribe(onChange: () => void): () => void;
}

export interface GovernanceOptions {
  readonly database: Connection;
  readonly clock: TimerClock;
  readonly master: Secret;
  readonly counters: GovernanceCounters;
  readonly bus?: ChangeBus;
  /** How often changes of other processes are looked for; messages of the bus come sooner. */
  readonly pollMs?: number;
  unit(): BudgetUnit;
  plans(): readonly string[];
  deletingUser?(db: Writer, id: string): Promise<void>;
  /** How keys of providers are kept. */
  readonly credentials?: CredentialSettings;
  /** Where the limits of the entities are made and forgotten. */
  readonly onEntry?: EntryListener;
  /** The database is away (a sentence for the log) or back (undefined). Called once a change. */
  report?(trouble: string | undefined): void;
}

const POLL_MS = 500;

/**
 * Keys, their owners and their limits: the store for administration, the directory for requests, kept fresh. A database that
 * is away at the start is waited for: until then every key is `unavailable` and administration answers 503.
 */
export class Governance {
  readonly directory: KeyDirectory;
  /** Keys of providers that users have stored, and stored providers. Its stores need the schema: not before `store` is there. */
  readonly providerKeys: ProviderKeys;
  /** Of the model `auto`. Its store needs the schema: not before `store` is there. */
  readonly preferences: { readonly store: PreferenceStore; readonly directory: KnownPreferences };
  readonly #options: GovernanceOptions;
  readonly #seal: ValueSeal;
  #store: GovernanceStore | undefined;
  #timer: CancelTimer | undefined;
  #unsubscribe: (() => void) | undefined;
  #isClosed = false;
  #trouble: string | undefined;

  constructor(options: GovernanceOptions) {
    this.#options = options;
    const { database, clock, credentials } = options;
    this.#seal = new ValueSeal(options.master);
    const access = new StoreAccess({ database, clock, changed: () => this.#changed() });
    this.providerKeys = new ProviderKeys({
      database,
      clock,
      seal: this.#seal,
      access,
      ...(credentials === undefined ? {} : { settings: credentials }),
    });
    this.preferences = { store: new PreferenceStore({ access }), directory: new KnownPreferences() };
    const followers = [...this.providerKeys.followers, this.preferences.directory];
    this.directory = new KeyDirectory(database, options.onEntry, followers);
  }

  /** Throws GovernanceFault 503 until the database has been reached once. */
  get store(): GovernanceStore {
    if (this.#store === undefined) throw unavailable();
    return this.#store;
  }

  /** Migrates and loads. Throws what the operator has to repair, not that the database is away. */
  async start(): Promise<void> {
    try {
      await this.#opened();
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      this.#report('The database cannot be reached; known keys go on, unknown ones are refused for now.');
    }
    this.#unsubscribe = this.#options.bus?.subscribe(() => void this.refresh());
    this.#schedule();
  }

  /** Catches up with the database. Never rejects: trouble is reported. */
  async refresh(): Promise<void> {
    try {
      await (this.#store === undefined ? this.#opened() : this.directory.refresh());
      this.#report(undefined);
    } catch (error) {
      this.#report(
        isDatabaseAway(error)
          ? 'The database cannot be reached; known keys go on, unknown ones are refused for now.'
          : `Keys could not be loaded: ${error instanceof Error ? error.message : 'unknown error'}`,
      );
    }
  }

  /** Undefined while the database answers, else one sentence. */
  async trouble(): Promise<string | undefined> {
    try {
      await this.#options.database.ping();
      return this.#trouble;
    } catch {
      return 'The database cannot be reached.';
    }
  }

  /** The database itself is closed by its opener. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.();
    this.#unsubscribe?.();
  }

  async #opened(): Promise<void> {
    const { database, clock, counters } = this.#options;
    await migrate(database);
    const row = await database.kysely
      .selectFrom('llmproxy_meta')
      .select('value')
      .where('name', '=', 'pepper')
      .executeTakeFirstOrThrow();
    const digests = new KeyDigests(row.value);
    this.directory.useDigests(digests);
    await this.directory.refresh();
    this.#store ??= new GovernanceStore({
      database,
      clock,
      digests,
      seal: this.#seal,
      counters,
      unit: () => this.#options.unit(),
      plans: () => this.#options.plans(),
      changed: () => this.#changed(),
      deleting: async (db, { kind, id }, actor) => {
        await this.preferences.store.removeWith(db, id, actor);
        if (kind !== 'user') return;
        await this.providerKeys.store.removeAll(db, { userId: id, actor });
        await this.#options.deletingUser?.(db, id);
      },
    });
  }

  async #changed(): Promise<void> {
    this.#options.bus?.publish();
    await this.refresh();
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#timer = this.#options.clock.after(this.#options.pollMs ?? POLL_MS, () => {
      void this.refresh().then(() => this.#schedule());
    });
  }

  #report(trouble: string | undefined): void {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#options.report?.(trouble);
  }
}
