import type { AuthConfig, Config, GovernanceConfig } from '../config/config.ts';
import { isLoopback } from '../core/loopback.ts';
import type { TimerClock } from '../core/clock.ts';
import type { Secret } from '../core/secret.ts';
import type { DatabaseAddress } from '../database/address.ts';
import { isDatabaseAway } from '../database/fault.ts';
import { openDatabase, type Connection } from '../database/open.ts';
import { unavailable } from '../governance/fault.ts';
import { Governance } from '../governance/governance.ts';
import { LimitBook } from '../governance/limits/limit-book.ts';
import type { MonthlyCaps } from '../governance/limits/monthly-caps.ts';
import { LimitUsage } from '../governance/limits/limit-usage.ts';
import { SharedCounters } from '../governance/limits/shared-counters.ts';
import type { Counters } from '../governance/limits/types.ts';
import type { KeyLookup, UserLookup } from '../governance/lookup.ts';
import { masterKey } from '../governance/master-key.ts';
import type { ProviderKeys } from '../governance/provider-keys.ts';
import { SqlObjects } from '../governance/objects/sql-objects.ts';
import { StoredOwners } from '../governance/objects/stored-owners.ts';
import type { GovernanceStore } from '../governance/store.ts';
import { GOVERNED_STAGES } from '../pipeline/governed/stages.ts';
import type { GovernedTools } from '../pipeline/governed/tools.ts';
import type { RedisClient } from '../redis/client.ts';
import type { GovernanceReading } from '../telemetry/governance-metrics.ts';
import type { ProxyLogger } from '../telemetry/logger.ts';
import type { Prices } from '../pricing/prices.ts';
import { LedgerWriter } from '../usage/ledger-writer.ts';
import { storedNames } from '../usage/names.ts';
import type { NameLookup } from '../usage/report.ts';
import { SqlLedger } from '../usage/sql-ledger.ts';
import type { UpstreamClient } from '../upstream/client.ts';
import { AdminToken } from './admin-access.ts';
import type { Batches } from './batches/batches.ts';
import type { Place } from './batches/batch-price.ts';
import { createBatches } from './batches/create-batches.ts';
import { budgetWarnings } from './budget-warnings.ts';
import { redisChangeBus } from './change-bus.ts';
import { createCounters } from './create-counters.ts';
import { closeWriters } from './close-writers.ts';
import { credentialTools } from './credentials/credential-tools.ts';
import { credentialSettings } from './credential-settings.ts';
import { UserCredentials } from './credentials/user-credentials.ts';
import type { AssembleModel } from './gateway/gateway-providers.ts';
import { Gateway } from './gateway/gateway.ts';
import { databaseAddress } from './database-address.ts';
import { type GatewayAdmin, gatewayAdmin } from './gateway/gateway-admin.ts';
import { isDoneWithin } from '../core/is-done-within.ts';
import { logLoaded } from './log-loaded.ts';
import { createMonthlyCaps } from './monthly-spending.ts';
import { planOf } from './plan-of.ts';
import { KeptCounters } from './kept-counters.ts';
import { limitEntries } from './limit-entries.ts';
import { rebuiltCounters } from './rebuilt-counters.ts';
import { type RoutingAdmin, routingAdmin } from './routing-admin.ts';
import { shownStats } from './shown-stats.ts';
import { Trimming } from './trimming.ts';
import type { Watch } from './watch.ts';
import type { Webhook } from './webhook.ts';

export interface GovernanceServiceOptions {
  readonly config: Config & { readonly governance: GovernanceConfig };
  readonly clock: TimerClock;
  readonly logger: ProxyLogger;
  readonly redis: RedisClient | undefined;
  readonly upstream: Pick<UpstreamClient, 'send'>;
  readonly prices: Prices;
  /** Hears of a secret that was made or read, before anything can log it. */
  secret(secret: Secret): void;
}

/** Longest wait for the database at the start; then the proxy listens without it. */
const START_MS = 10_000;
const RETRY_MS = 1_000;
const COMPONENT = { component: 'governance' };

/** Virtual keys, limits and the ledger of one running proxy. Outlives configurations. */
export class GovernanceService {
  readonly #options: GovernanceServiceOptions;
  readonly #database: Connection;
  readonly #book = new LimitBook();
  readonly #counters: Counters;
  readonly #kept: KeptCounters;
  readonly #monthly: MonthlyCaps;
  readonly #governance: Governance;
  readonly #writer: LedgerWriter;
  readonly #owners: StoredOwners;
  readonly #batches: Batches;
  readonly #trimming: Trimming;
  readonly #watch: Watch;
  readonly #webhook: Webhook;
  readonly ledger: SqlLedger;
  readonly usage: LimitUsage;
  readonly userCredentials: UserCredentials;
  readonly #gateway: Gateway;
  /** Names of keys and of who stands above them, for reports. */
  readonly names: NameLookup;
  readonly #token: AdminToken;
  #config: Config;
  #settings: GovernanceConfig;
  #isRestored = false;
  #restoring: Promise<void> | undefined;
  #isClosed = false;
  #webhooksLost = 0;
  #trouble: string | undefined;

  /** Opens the database, and waits a bounded time until keys and counters are in memory. Throws DatabaseFault. */
  static async start(options: GovernanceServiceOptions): Promise<GovernanceService> {
    const { governance, server } = options.config;
    const address = databaseAddress(governance);
    const loopback = isLoopback(server.host);
    const master = masterKey({ database: address, loopback, configured: governance.masterKey?.reveal() });
    options.secret(master);
    const database = await openDatabase(address, {
      onError: (error) => options.logger.warn({ ...COMPONENT, err: error }, 'a connection of the database broke'),
    });
    const service = new GovernanceService(options, { address, database, master });
    try {
      service.#token.ensure(options.config.auth);
      await service.#start();
      return service;
    } catch (error) {
      await service.close();
      throw error;
    }
  }

  private constructor(
    options: GovernanceServiceOptions,
    parts: { address: DatabaseAddress; database: Connection; master: Secret },
  ) {
    const { config, clock, logger, redis } = options;
    const { database } = parts;
    this.#options = options;
    this.#config = config;
    this.#settings = config.governance;
    this.#database = database;
    this.#token = new AdminToken({ ...options, address: parts.address });
    this.#counters = createCounters(options);
    const report = (what: string) => (error: unknown) => logger.warn({ ...COMPONENT, err: error }, what);
    this.#kept = new KeptCounters({
      database,
      counters: this.#counters,
      book: this.#book,
      clock,
      rebuild: (terms) => rebuiltCounters({ ...terms, ledger: this.ledger, book: this.#book, now: clock.now() }),
      onTrouble: report('usage of limits could not be written; it is tried again'),
    });
    this.usage = new LimitUsage({ counters: this.#counters, book: this.#book, isLocal: () => this.isLocal });
    this.#governance = new Governance({
      database,
      clock,
      master: parts.master,
      counters: this.usage,
      ...(redis ? { bus: redisChangeBus(redis) } : {}),
      pollMs: config.governance.pollMs,
      unit: () => this.#settings.budgetUnit,
      plans: () => [...this.#config.plans.keys()],
      onEntry: limitEntries(this.#book, (limits) => {
        this.#kept.forget(limits);
        void this.#counters.forget(limits);
      }),
      report: (trouble) => this.#reported(trouble),
      credentials: credentialSettings(logger, () => this.#config),
    });
    this.ledger = new SqlLedger(database);
    this.names = storedNames(database);
    this.#writer = new LedgerWriter({
      clock,
      store: this.ledger,
      onTrouble: report('rows of the ledger could not be written; they are tried again'),
    });
    const objects = new SqlObjects(database);
    this.#owners = new StoredOwners({
      clock,
      store: objects,
      onTrouble: report('owners of kept objects could not be read or written'),
    });
    this.#trimming = new Trimming({
      clock,
      database,
      ledger: this.ledger,
      objects,
      settings: () => this.#settings,
      onTrouble: report('old rows could not be deleted'),
    });
    const settings = (): GovernanceConfig => this.#settings;
    const onLost = (): void => void (this.#webhooksLost += 1);
    const warnings = budgetWarnings({ clock, logger, fields: COMPONENT, settings, onLost });
    this.#webhook = warnings.webhook;
    this.#watch = warnings.watch;
    this.#monthly = this.#makeMonthly();
    this.#batches = this.#makeBatches();
    const { providerKeys } = this.#governance;
    const parties = {
      counters: this.#counters,
      ledger: this.#writer,
      keys: providerKeys,
      bundled: options.prices.bundled,
    };
    this.userCredentials = new UserCredentials({ ...options, ...parties, ready: () => this.store });
    const { gateway: directory, directory: credentials } = providerKeys;
    const user = (name: string): UserLookup =>
      this.#isRestored ? this.#governance.directory.lookupUser(name) : { state: 'unavailable' };
    this.#gateway = new Gateway({ directory, credentials, counters: this.#counters, user });
  }

  /** Takes a configuration with its endpoints over, and gives what its requests need. */
  configure(config: Config, places: readonly Place[], assemble: AssembleModel): GovernedTools {
    const { governance, catalog, passthrough } = config;
    if (governance) this.#token.ensure(config.auth);
    this.#config = config;
    if (governance) this.#settings = governance;
    const { directory } = this.#governance;
    const prices = this.#options.prices.table(catalog);
    this.#batches.configure({ prices, places });
    this.userCredentials.configure({ config, prices, places });
    return {
      stages: GOVERNED_STAGES,
      directory: {
        lookup: (value, now) => this.lookup(value, now),
        lookupId: (id, now) => (this.#isRestored ? directory.lookupId(id, now) : { state: 'unavailable' }),
      },
      counters: this.#counters,
      book: this.#book,
      monthly: this.#monthly,
      outputTokens: config.auto.outputTokens,
      prices,
      ledger: this.#writer,
      unit: this.#settings.budgetUnit,
      openRoutes: new Set(passthrough.named),
      owners: this.#owners,
      batches: this.#batches,
      watch: this.#watch,
      preferences: this.#governance.preferences.directory,
      plans: { of: (holder) => planOf(config.plans, holder) },
      credentials: credentialTools(config, this.#governance.providerKeys, this.#options.clock),
      ...this.#gateway.configure(config, assemble),
    };
  }

  /**
   * The settings of administration, with the token that was made where the file names none. A file that a reload took the
   * sections out of opens nothing: keys are there until the next start.
   */
  auth(auth: AuthConfig): AuthConfig {
    return this.#token.applied(auth, this.#config.governance === undefined);
  }

  /** Throws GovernanceFault 503 as long as keys and counters are not in memory. */
  get store(): GovernanceStore {
    if (!this.#isRestored) throw unavailable();
    return this.#governance.store;
  }

  /** Stored keys in memory, and what becomes known of them; empty as long as the database was never reached. */
  get credentials(): Pick<ProviderKeys, 'directory' | 'use'> {
    return this.#governance.providerKeys;
  }

  get gateway(): GatewayAdmin {
    return gatewayAdmin({
      database: this.#database,
      ledger: this.#writer,
      keys: this.#governance.providerKeys,
      ready: () => this.store,
      tryProvider: (stored) => this.userCredentials.tryProvider(stored),
    });
  }

  get routing(): RoutingAdmin {
    return routingAdmin({
      database: this.#database,
      ledger: this.#writer,
      preferences: this.#governance.preferences.store,
      ready: () => this.store,
    });
  }

  /** Who a key value stands for; `unavailable` as long as keys and counters are not in memory. */
  lookup(value: string, now: number): KeyLookup {
    return this.#isRestored ? this.#governance.directory.lookup(value, now) : { state: 'unavailable' };
  }

  get isConnected(): boolean {
    return this.#isRestored && this.#trouble === undefined;
  }

  /** Whether limits are counted by this process alone although there is a Redis. */
  get isLocal(): boolean {
    return this.#counters instanceof SharedCounters && this.#counters.isLocal;
  }

  /** Active keys in memory. */
  get activeKeys(): number {
    return this.#governance.directory.activeKeys;
  }

  databaseTrouble(): Promise<string | undefined> {
    return this.#governance.trouble();
  }

  /** For `debug/stats`. */
  stats(): object {
    return shownStats(this.reading(), this.#owners.stats);
  }

  /** For metrics. */
  reading(): GovernanceReading {
    return {
      ...this.#watch.counts(),
      ledger: this.#writer.stats,
      keys: this.activeKeys,
      databaseUp: this.isConnected,
      countsLocally: this.isLocal,
      webhooksLost: this.#webhooksLost,
    };
  }

  /** Writes what waits and closes the database. Requests must have ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#governance.close();
    this.#gateway.close();
    this.#trimming.stop();
    const writers = { batches: this.#batches, webhook: this.#webhook, writer: this.#writer, owners: this.#owners };
    await closeWriters(writers, this.#options.logger);
    await this.#governance.providerKeys.use.close();
    await this.#kept.close();
    this.#counters.close();
    await this.#database.close();
  }

  async #start(): Promise<void> {
    const { clock, logger } = this.#options;
    const started = this.#governance.start().then(() => this.#restore());
    if (await isDoneWithin(started, START_MS, clock)) return;
    logger.warn(COMPONENT, 'the database does not answer; listening without it');
    started.catch((error: unknown) => logger.error({ ...COMPONENT, err: error }, 'the database could not be opened'));
  }

  /** Once keys are in memory, and before the first of them is let in. A database that goes away meanwhile is asked again. */
  #restore(): Promise<void> {
    if (this.#isRestored || this.#isClosed || !this.#governance.directory.isFresh) return Promise.resolve();
    this.#restoring ??= this.#restored()
      .catch((error: unknown) => {
        if (!isDatabaseAway(error)) throw error;
        const { logger, clock } = this.#options;
        logger.warn({ ...COMPONENT, err: error }, 'usage of limits could not be restored; it is tried again');
        clock.after(RETRY_MS, () => this.#restoreLater());
      })
      .finally(() => (this.#restoring = undefined));
    return this.#restoring;
  }

  #restoreLater(): void {
    this.#restore().catch((error: unknown) => {
      this.#options.logger.error({ ...COMPONENT, err: error }, 'usage of limits could not be restored');
    });
  }

  async #restored(): Promise<void> {
    await this.#kept.restore();
    this.#isRestored = true;
    this.#trimming.start();
    this.#batches.start();
    logLoaded(this.#options.logger, this.#governance.directory, this.#config.auth.requireKey);
  }

  #reported(trouble: string | undefined): void {
    const { logger } = this.#options;
    this.#trouble = trouble;
    if (trouble !== undefined) return logger.warn(COMPONENT, trouble);
    logger.info(COMPONENT, 'the database answers again');
    this.#restoreLater();
  }

  #makeMonthly(): MonthlyCaps {
    return createMonthlyCaps({
      ...this.#options,
      counters: this.#counters,
      ledger: this.ledger,
      writer: this.#writer,
      preferences: this.#governance.preferences.directory,
      plans: () => this.#config.plans,
    });
  }

  #makeBatches(): Batches {
    return createBatches({
      ...this.#options,
      database: this.#database,
      directory: this.#governance.directory,
      credentials: this.#governance.providerKeys.directory,
      book: this.#book,
      monthly: this.#monthly,
      counters: this.#counters,
      watch: this.#watch,
    });
  }
}
