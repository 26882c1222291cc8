import { createAdmin } from './admin/admin.ts';
import { type AssembledModel, assembleModels, bundledNames } from './assemble.ts';
import { BundledMocks } from './bundled-mocks.ts';
import { createCache } from './cache/create-cache.ts';
import { Flights } from './flights/flights.ts';
import type { Cache } from './cache/tiers.ts';
import { type Config, secretsOf } from './config/config.ts';
import { ConfigError } from './config/fault.ts';
import type { Loaded } from './config/load.ts';
import { type ConfigWatch, watchConfig } from './config/watch.ts';
import { systemClock } from './core/clock.ts';
import { systemRandom } from './core/random.ts';
import { Redactor } from './core/redact.ts';
import type { AnswerFlight } from './generation/answer.ts';
import { RequestMemo } from './pipeline/request-memo.ts';
import type { Runtime } from './pipeline/runtime.ts';
import { PROTOCOLS } from './protocols/table.ts';
import type { Ready } from './ready-text.ts';
import { RedisClient } from './redis/client.ts';
import { RedisSharedHealth } from './redis/shared-health.ts';
import { RedisSharedStore } from './redis/shared-store.ts';
import { settingsThatNeedRestart } from './restart-notice.ts';
import { Affinity } from './routing/affinity.ts';
import { Front, type FrontState } from './server/front.ts';
import { Listener } from './server/listener.ts';
import { descriptorSink, type LogSink } from './telemetry/log-sink.ts';
import { createLogger, type ProxyLogger } from './telemetry/logger.ts';
import { createTelemetry, type Telemetry } from './telemetry/telemetry.ts';
import { UpstreamClient } from './upstream/client.ts';
import { VERSION } from './version.ts';

export interface AppOptions {
  /** Reads the configuration; called at the start and at each reload. Throws ConfigError. */
  readonly load: () => Loaded;
  /** The file that `load` reads: watched for changes when given. */
  readonly path?: string;
  /** Where log lines go. Default: standard error. */
  readonly logSink?: LogSink;
}

/** Longest wait for Redis at the start, in milliseconds; without it the proxy starts on memory alone. */
const REDIS_START_MS = 300;

/** A running proxy: the only place where its parts are made and put together. */
export class App {
  readonly #options: AppOptions;
  readonly #sink: LogSink;
  readonly #redactor = new Redactor();
  readonly #mocks = new BundledMocks();
  readonly #upstream = new UpstreamClient();
  readonly #logger: ProxyLogger;
  readonly #telemetry: Telemetry;
  readonly #redis: RedisClient | undefined;
  readonly #cache: Cache;
  readonly #affinity: Affinity;
  readonly #flights = new Flights<AnswerFlight>();
  #config: Config;
  #models: ReadonlyMap<string, AssembledModel> = new Map();
  #front: FrontState | undefined;
  #created = 0;
  #listener: Listener | undefined;
  #watch: ConfigWatch | undefined;
  #draining = false;

  private constructor(options: AppOptions, config: Config) {
    this.#options = options;
    this.#config = config;
    this.#sink = options.logSink ?? descriptorSink(2);
    this.#redactor.know(secretsOf(config).map((secret) => secret.reveal()));
    const { level, format } = config.log;
    this.#logger = createLogger({
      level,
      format: format === 'auto' ? autoFormat() : format,
      clock: systemClock,
      redactor: this.#redactor,
      sink: this.#sink,
    });
    this.#telemetry = createTelemetry({
      logger: this.#logger,
      clock: systemClock,
      catalog: catalogOf(config),
      readings: () => this.#endpointStats(),
    });
    this.#redis = this.#connectRedis();
    const redis = this.#redis;
    this.#cache = createCache({
      memoryBytes: config.cache.memory,
      staleMs: config.cache.staleMs,
      clock: systemClock,
      protocols: PROTOCOLS,
      ...(redis ? { redis } : {}),
    });
    this.#affinity = new Affinity({
      clock: systemClock,
      ...(redis ? { shared: new RedisSharedStore(redis) } : {}),
    });
  }

  /** Starts a proxy. Rejects with ConfigError, or when it cannot listen; nothing is left running then. */
  static async start(options: AppOptions): Promise<App> {
    const { config, warnings } = options.load();
    const app = new App(options, config);
    try {
      for (const warning of warnings) app.#logger.warn(warning);
      await Promise.all([app.#redis?.start(REDIS_START_MS), app.#mocks.ensure(bundledNames(config))]);
      app.#apply(config);
      const front = new Front(() => app.#frontState(), app.#admin());
      app.#listener = await Listener.open(front, config.server.host, config.server.port);
      app.#watch = watchConfig({
        ...(options.path === undefined ? {} : { path: options.path }),
        onChange: () => void app.reload(),
      });
      return app;
    } catch (error) {
      await app.#release();
      throw error;
    }
  }

  /** What the ready line says. */
  ready(): Ready {
    return {
      url: this.url,
      pid: process.pid,
      version: VERSION,
      models: this.#names(),
      config: this.#options.path ?? null,
    };
  }

  get url(): string {
    if (!this.#listener) throw new Error('the proxy does not listen');
    const { host, port } = this.#listener;
    return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  /** Reads the configuration again and takes it whole, or refuses it whole and goes on with the old one. */
  async reload(): Promise<boolean> {
    if (this.#draining) return false;
    try {
      const { config, warnings } = this.#options.load();
      for (const warning of warnings) this.#logger.warn(warning);
      await this.#mocks.ensure(bundledNames(config));
      for (const name of settingsThatNeedRestart(this.#config, config)) {
        this.#logger.warn({ setting: name }, 'this setting takes effect at the next start');
      }
      this.#apply(config);
      this.#logger.info({ models: this.#names() }, 'configuration reloaded');
      return true;
    } catch (error) {
      const reason = error instanceof ConfigError ? error.render() : error;
      this.#logger.error({ err: reason }, 'the new configuration is refused; the old one stays in force');
      return false;
    }
  }

  /** Finishes running answers within `server.drain_timeout`, then stops everything. */
  async close(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    if (this.#front) this.#present(this.#front.runtime);
    this.#watch?.close();
    await this.#listener?.close(this.#config.server.drainTimeoutMs);
    await this.#release();
  }

  async #release(): Promise<void> {
    for (const { router } of this.#models.values()) router.close();
    await Promise.all([this.#upstream.close(), this.#mocks.close(), this.#redis?.close()]);
    this.#sink.flush();
  }

  /** Puts a configuration in force. Exchanges that run keep the snapshot they began with. */
  #apply(config: Config): void {
    this.#config = config;
    this.#redactor.know(secretsOf(config).map((secret) => secret.reveal()));
    this.#logger.level = config.log.level;
    this.#telemetry.configure(catalogOf(config));
    const models = assembleModels(
      config,
      {
        clock: systemClock,
        random: systemRandom,
        mocks: this.#mocks,
        ...(this.#redis ? { shared: new RedisSharedHealth(this.#redis, systemClock) } : {}),
        onChange: (endpoint, change, origin) =>
          this.#logger.info({ endpoint: endpoint.id, change, origin }, 'endpoint health changed'),
      },
      this.#models,
    );
    this.#models = models;
    this.#created = Math.floor(systemClock.now() / 1_000);
    this.#present({
      clock: systemClock,
      upstream: this.#upstream,
      cache: this.#cache,
      flights: this.#flights,
      memo: new RequestMemo(),
      affinity: this.#affinity,
      telemetry: this.#telemetry,
      model: (name) => models.get(name) ?? models.get('*'),
      models: [...models.values()],
    });
  }

  #frontState(): FrontState {
    if (!this.#front) throw new Error('the proxy has no configuration yet');
    return this.#front;
  }

  /** What the front is to see from now on: one object until the configuration or the phase changes. */
  #present(runtime: Runtime): void {
    this.#front = {
      runtime,
      catalogue: { names: this.#names(), open: this.#models.has('*'), created: this.#created },
      bodyLimit: this.#config.server.bodyLimit,
      passthroughModel: this.#config.passthrough.model,
      draining: this.#draining,
    };
  }

  #names(): string[] {
    return [...this.#models.keys()].filter((name) => name !== '*');
  }

  #endpointStats() {
    return [...this.#models.values()].flatMap(({ router }) => router.stats());
  }

  #connectRedis(): RedisClient | undefined {
    const { url, prefix } = this.#config.redis;
    if (!url) return undefined;
    return new RedisClient({
      url: url.reveal(),
      prefix,
      random: systemRandom,
      onEvent: ({ kind, reason }) => {
        if (kind === 'up') this.#logger.info('redis is connected');
        else
          this.#logger.warn(
            { reason },
            kind === 'down' ? 'redis is away; going on without it' : 'redis refuses a command',
          );
      },
    });
  }

  #admin() {
    return createAdmin({
      version: VERSION,
      clock: systemClock,
      startedAt: systemClock.monotonic(),
      host: this.#config.server.host,
      auth: () => this.#config.auth,
      phase: () => (this.#draining ? 'draining' : this.#listener ? 'ready' : 'starting'),
      models: () => this.#names(),
      endpoints: () => this.#endpointStats(),
      redisConnected: () => this.#redis?.available ?? null,
      cache: {
        stats: () => this.#cache.stats(),
        purge: (target) => {
          this.#flights.clear();
          return this.#cache.purge(target);
        },
      },
      telemetry: this.#telemetry,
    });
  }
}

/** Text for a person at a terminal, JSON for everything that collects logs. */
function autoFormat(): 'json' | 'text' {
  return process.stderr.isTTY ? 'text' : 'json';
}

function catalogOf(config: Config) {
  return {
    models: config.models.map(({ name }) => name),
    endpoints: config.models.flatMap(({ endpoints }) => endpoints.map(({ id, provider }) => ({ id, provider }))),
  };
}
