import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { AppOptions, Life } from './app.ts';
import { BundledMocks, bundledNames } from './bundled-mocks.ts';
import { type Config, secretsOf } from './config/config.ts';
import { ConfigError } from './config/fault.ts';
import type { ConfigOrigin } from './config/origin.ts';
import { plainOrigin } from './config/plain-origin.ts';
import { type ConfigWatch, watchConfig } from './config/watch.ts';
import { systemClock } from './core/clock.ts';
import { Redactor } from './core/redact.ts';
import { logFormat } from './log-format.ts';
import type { Ready } from './ready-text.ts';
import { settingsThatNeedRestart } from './restart-notice.ts';
import { descriptorSink, type LogSink } from './telemetry/log-sink.ts';
import { createLogger, type ProxyLogger } from './telemetry/logger.ts';
import { VERSION } from './version.ts';
import { FlightHub } from './workers/flights/flight-hub.ts';
import { Kept } from './workers/kept.ts';
import type { WorkerConfig, WorkerStart } from './workers/messages.ts';
import { pack } from './workers/packed-config.ts';
import { type StartedWorker, WorkerPool } from './workers/pool.ts';
import { PrimaryDesk } from './workers/primary-desk.ts';
import { configOfWorker } from './workers/shares.ts';
import { WholeOfWorkers } from './workers/whole.ts';

type WorkersOptions = Required<Pick<AppOptions, 'load' | 'first'>> & Pick<AppOptions, 'path'>;

/**
 * The life cycle of a proxy of several processes (`server.workers`), in the primary one: it reads the configuration, starts the bundled
 * mocks and the workers, and decides on reloads and the end. Requests are the workers'.
 */
export class WorkersApp implements Life {
  readonly #options: WorkersOptions;
  readonly #workers: number;
  readonly #instanceId = randomUUID();
  readonly #sink: LogSink = descriptorSink(2);
  readonly #redactor = new Redactor();
  readonly #logger: ProxyLogger;
  readonly #mocks: BundledMocks;
  readonly #pool: WorkerPool;
  #config: Config;
  /** What the configuration in force was made of. */
  #origin: ConfigOrigin | undefined;
  #started: StartedWorker | undefined;
  /** What workers ask the primary to listen on: the port of the configuration, under which they share one socket. */
  #port: number;
  #watch: ConfigWatch | undefined;
  /** Reloads follow one another. */
  #lastChange: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  #draining = false;
  #completed = true;

  private constructor(options: WorkersOptions, config: Config) {
    this.#options = options;
    this.#config = config;
    this.#workers = config.server.workers;
    this.#port = config.server.port;
    this.#redactor.know(secretsOf(config).map((secret) => secret.reveal()));
    this.#logger = createLogger({
      level: config.log.level,
      format: logFormat(config),
      clock: systemClock,
      redactor: this.#redactor,
      sink: this.#sink,
    });
    this.#mocks = new BundledMocks({
      onEnded: (event) => this.#logger.warn(event, 'the bundled mock has ended; it is started again'),
      onMoved: () => {
        this.#logger.info('the bundled mock runs again');
        void this.#inTurn(() => this.#pool.reload((slot) => this.#configOf(slot)));
      },
    });
    this.#pool = this.#poolOf(config);
  }

  /** Starts the workers. Rejects when one of them cannot start; nothing is left running then. */
  static async start(options: WorkersOptions): Promise<WorkersApp> {
    const { path, first } = options;
    const { config, warnings, origin } = first.loaded;
    const app = new WorkersApp(options, config);
    app.#origin = origin;
    try {
      for (const warning of warnings) app.#logger.warn(warning);
      await app.#mocks.ensure(bundledNames(config));
      app.#started = await app.#pool.start();
      app.#watch = watchConfig({
        ...(path === undefined ? {} : { path, loaded: first.digest }),
        onChange: () => app.#inTurn(() => app.#reload()),
        onError: (error) => app.#logger.warn({ err: error }, 'changes of the configuration are seen by polling alone'),
      });
      return app;
    } catch (error) {
      app.#draining = true;
      await app.#end(0);
      throw error;
    }
  }

  ready(): Ready {
    const { url = '', models = [] } = this.#started ?? {};
    const dashboard = this.#config.admin.dashboard ? `${url}/admin` : null;
    return { url, pid: process.pid, version: VERSION, models, config: this.#options.path ?? null, dashboard };
  }

  get completed(): boolean {
    return this.#completed;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #poolOf(config: Config): WorkerPool {
    const kept = new Kept(systemClock, config.responses.memory);
    const pool: WorkerPool = new WorkerPool({
      count: this.#workers,
      program: programOfWorker(),
      sink: this.#sink,
      start: (slot) => this.#startOf(slot),
      answer: (slot, question, part) => desk.answer(slot, question, part),
      note: (slot, note) => desk.note(slot, note),
      onEnded: ({ worker, ...event }) => {
        whole.ended(worker);
        flights.ended(worker);
        this.#logger.error({ worker, ...event }, 'a worker has ended; another one is started in its place');
      },
      onRestarted: (event) => this.#logger.info(event, 'another worker runs in its place'),
    });
    const whole = new WholeOfWorkers({
      configured: this.#workers,
      get slots() {
        return pool.slots;
      },
      get restarts() {
        return pool.restarts;
      },
      reading: (slot, timeoutMs) => pool.ask(slot, { what: 'reading' }, timeoutMs),
      metrics: async (slot, timeoutMs, onPart) =>
        (await pool.ask(slot, { what: 'metrics' }, timeoutMs, onPart)) !== undefined,
    });
    const flights = new FlightHub({
      report: (slot, entry, news) => pool.notify(slot, { what: 'entry', entry, news }),
      lives: async (slot, timeoutMs) => (await pool.ask(slot, { what: 'ping' }, timeoutMs)) === true,
    });
    const desk = new PrimaryDesk({ pool, kept, whole, flights });
    return pool;
  }

  #startOf(slot: number): Omit<WorkerStart, 'what' | 'slot'> {
    const { drainTimeoutMs } = this.#config.server;
    return {
      ...this.#configOf(slot),
      version: VERSION,
      workers: this.#workers,
      instanceId: this.#instanceId,
      drainTimeoutMs,
    };
  }

  /** The configuration in force as a worker gets it. */
  #configOf(slot: number): WorkerConfig {
    const { server, log, ...rest } = this.#config;
    // The socket was closed with the last worker: a port that was any has to be the same again.
    if (this.#started && this.#pool.slots.length === 0) this.#port = this.#started.port;
    const whole = {
      ...rest,
      server: { ...server, port: this.#port },
      log: { ...log, format: logFormat(this.#config) },
    };
    const config = pack(configOfWorker(whole, slot, this.#workers));
    const origin = this.#origin && { origin: plainOrigin(this.#origin) };
    return { config, ...origin, mocks: this.#mocks.origins };
  }

  /** Waits until every earlier change is through; does nothing once the proxy is closing. */
  #inTurn(change: () => unknown): Promise<unknown> {
    const turn = this.#lastChange.then(() => (this.#draining ? undefined : change()));
    this.#lastChange = turn.catch(() => undefined);
    return turn;
  }

  async #reload(): Promise<void> {
    const [before, originBefore] = [this.#config, this.#origin];
    try {
      const { config, warnings, origin } = this.#options.load();
      for (const warning of warnings) this.#logger.warn(warning);
      this.#redactor.know(secretsOf(config).map((secret) => secret.reveal()));
      await this.#mocks.ensure(bundledNames(config));
      if (this.#draining) return;
      for (const name of settingsThatNeedRestart(before, config)) {
        this.#logger.warn({ setting: name }, 'this setting takes effect at the next start');
      }
      this.#config = config;
      this.#origin = origin;
      const failure = await this.#pool.reload((slot) => this.#configOf(slot));
      if (failure) throw new Error(failure.message);
      this.#logger.level = config.log.level;
      const models = config.models.map(({ name }) => name).filter((name) => name !== '*');
      this.#logger.info({ models }, 'configuration reloaded');
    } catch (error) {
      this.#config = before;
      this.#origin = originBefore;
      if (this.#draining) return;
      this.#pool.offer({ what: 'refused' });
      const reason = error instanceof ConfigError ? error.render() : error;
      this.#logger.error({ err: reason }, 'the new configuration is refused; the old one stays in force');
    }
  }

  async #close(): Promise<void> {
    this.#draining = true;
    this.#watch?.close();
    await this.#end(this.#config.server.drainTimeoutMs);
    await this.#lastChange;
  }

  async #end(drainTimeoutMs: number): Promise<void> {
    this.#completed = await this.#pool.close(drainTimeoutMs);
    await this.#mocks.close();
    this.#sink.flush();
  }
}

/** The program beside this file: TypeScript in the repository, JavaScript in the package. */
function programOfWorker(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`worker.${extension}`, import.meta.url));
}
