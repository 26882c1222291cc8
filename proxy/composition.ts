import { operatorCheck } from './admin/operator.ts';
import { type AssembledModel, assembleModels, checkedEndpoints, findModel, keepsSome, placesOf } from './assemble.ts';
import { AutoParts } from './auto-entry.ts';
import { DashboardEntry } from './dashboard-entry.ts';
import { BundledMocks, bundledNames } from './bundled-mocks.ts';
import { createCache } from './cache/create-cache.ts';
import type { Cache } from './cache/tiers.ts';
import { type Config, secretsOf } from './config/config.ts';
import { connectRedis } from './connect-redis.ts';
import { type Controlled, controlPlane, type LifeCycle, workerPart } from './control-plane.ts';
import { systemClock } from './core/clock.ts';
import { systemRandom } from './core/random.ts';
import { Redactor } from './core/redact.ts';
import { Slices } from './core/slices.ts';
import { Flights } from './flights/flights.ts';
import type { GovernanceService } from './govern/service.ts';
import { logFormat } from './log-format.ts';
import { asideOf, catalogOf, namesOf, readingsOf } from './model-readings.ts';
import { keepResponses } from './keep-responses.ts';
import { GenerationSharing } from './share-generations.ts';
import { AUTO } from './pipeline/auto/auto-name.ts';
import { HealthChecks } from './pipeline/health-checks.ts';
import type { KeptTools } from './pipeline/kept.ts';
import type { Generation } from './generation/generation.ts';
import { UsageRefusals } from './generation/usage-refusals.ts';
import { RequestMemo } from './pipeline/request-memo.ts';
import type { Runtime } from './pipeline/runtime.ts';
import { UpstreamModels } from './pipeline/upstream-models.ts';
import { Pricing } from './pricing/pricing.ts';
import { PROTOCOLS } from './protocols/table.ts';
import type { RedisClient } from './redis/client.ts';
import { RedisSharedHealth } from './redis/shared-health.ts';
import { RedisSharedStore } from './redis/shared-store.ts';
import { Affinity, type SharedStore } from './routing/affinity.ts';
import { RateRooms } from './routing/rate-room.ts';
import { Queues } from './routing/queues.ts';
import type { SharedChange, SharedHealth } from './routing/shared-health.ts';
import type { AdminHandler } from './server/front.ts';
import { SpanExport } from './span-export.ts';
import { descriptorSink, type LogSink } from './telemetry/log-sink.ts';
import { createLogger, type ProxyLogger } from './telemetry/logger.ts';
import { createTelemetry, type Telemetry } from './telemetry/telemetry.ts';
import { UpstreamClient } from './upstream/client.ts';
import { OutboundProxies } from './upstream/outbound-proxies.ts';
import { VERSION } from './version.ts';
import type { Space } from './workers/messages.ts';
import type { WorkerPart, WorkerSide } from './workers/worker-side.ts';
import { longestKeptMs } from './restart-notice.ts';

/** Longest wait for Redis at the start, in milliseconds; without it the proxy starts on memory alone. */
const REDIS_START_MS = 300;

/** The parts of one proxy: the only place that makes and wires them. Parts outlive configurations, models do not. */
export class Composition {
  readonly logger: ProxyLogger;
  readonly #sink: LogSink;
  readonly #worker: WorkerSide | undefined;
  readonly #redactor = new Redactor();
  readonly #mocks: BundledMocks;
  /** The proxies that the environment of this process names. */
  readonly #proxies = new OutboundProxies(process.env);
  readonly #upstream = new UpstreamClient(this.#proxies);
  readonly #upstreamModels = new UpstreamModels({
    clock: systemClock,
    upstream: this.#upstream,
    onFailure: (endpoint, reason) => this.logger.warn({ endpoint, reason }, 'the endpoint does not list its models'),
  });
  readonly #pricing: Pricing;
  readonly #auto: AutoParts;
  readonly #telemetry: Telemetry;
  readonly #spans = new SpanExport();
  readonly #redis: RedisClient | undefined;
  readonly #sharedHealth: SharedHealth | undefined;
  readonly #cache: Cache;
  readonly #affinity: Affinity;
  readonly #flights = new Flights<Generation>();
  readonly #kept: KeptTools;
  readonly #sharing: GenerationSharing;
  readonly #usageRefusals = new UsageRefusals(systemClock);
  readonly #queues = new Queues(systemClock, (queue, end, ms) => this.#telemetry.waited(queue, end, ms));
  readonly #rateRooms = new RateRooms(systemClock);
  readonly #healthChecks = new HealthChecks({ clock: systemClock, random: systemRandom, upstream: this.#upstream });
  #models: ReadonlyMap<string, AssembledModel> = new Map();
  /** Undefined without the sections `database` and `governance`: then none of it is loaded. */
  #governance: GovernanceService | undefined;
  #dashboard: DashboardEntry | undefined;
  /** Secrets that stand in no configuration. */
  readonly #madeSecrets: string[] = [];

  /**
   * `onMoved`: bundled mocks have new addresses, and the configuration is to be applied again. `worker`: what this process has of
   * others, where it is one worker of several.
   */
  constructor(
    config: Config,
    sink: LogSink = descriptorSink(2),
    onMoved: () => void = () => undefined,
    worker?: WorkerSide,
  ) {
    this.#sink = sink;
    this.#worker = worker;
    this.#mocks = new BundledMocks({
      onEnded: (event) => this.logger.warn(event, 'the bundled mock has ended; it is started again'),
      onMoved: () => {
        this.logger.info('the bundled mock runs again');
        onMoved();
      },
    });
    this.#redactor.know(this.#secrets(config));
    this.logger = createLogger({
      level: config.log.level,
      format: logFormat(config),
      worker: worker?.slot,
      clock: systemClock,
      redactor: this.#redactor,
      sink,
    });
    const timing = { clock: systemClock, random: systemRandom };
    this.#pricing = new Pricing({ ...timing, upstream: this.#upstream, logger: this.logger });
    this.#telemetry = createTelemetry({
      logger: this.logger,
      clock: systemClock,
      catalog: catalogOf(config),
      readings: () => readingsOf(this.#models),
      system: () => ({
        version: VERSION,
        cache: this.#cache.stats(),
        redisUp: this.#redis?.available ?? null,
        flights: this.#flights.size,
        queues: this.#queues.waiting(),
      }),
    });
    this.#redis = connectRedis(config.redis, this.logger);
    const redis = this.#redis;
    this.#auto = new AutoParts({
      clock: systemClock,
      pricing: this.#pricing,
      ...this.#strings('cached-share', redis && ((key) => redis.keys.cachedShare(key))),
      onVerdict: (verdict) => this.#telemetry.schemaChecked(verdict),
    });
    this.#sharedHealth = redis ? new RedisSharedHealth(redis, systemClock) : worker?.health;
    this.#cache = createCache({
      memoryBytes: config.cache.memory,
      staleMs: longestKeptMs(config),
      clock: systemClock,
      protocols: PROTOCOLS,
      ...(redis ? { redis } : {}),
      ...(worker ? { below: worker.answers } : {}),
      ...(config.cache.key ? { secret: Buffer.from(config.cache.key.reveal(), 'latin1') } : {}),
    });
    this.#kept = keepResponses(config, systemClock, { redis, states: worker?.states });
    this.#sharing = new GenerationSharing(config, redis, worker?.flights);
    this.#affinity = new Affinity({ clock: systemClock, ...this.#strings('affinity') });
  }

  /** Where replicas and workers share small strings, if they do. */
  #strings(space: Space, nameOf?: (key: string) => string): { readonly shared?: SharedStore } {
    const shared = this.#redis ? new RedisSharedStore(this.#redis, nameOf) : this.#worker?.strings(space);
    return shared ? { shared } : {};
  }

  /** Refuses the requests that wait for their turn, and those that would. */
  endWaiting(): void {
    this.#queues.close();
    this.#dashboard?.endStreams();
  }

  /** Waits for what runs in the background, at most so long; then ends it. Resolves to whether all had ended. */
  drainBackground(ms: number): Promise<boolean> {
    return this.#kept.runs.drain(ms);
  }

  /** Public names of the models in force, without `*`. */
  get names(): string[] {
    return namesOf(this.#models);
  }

  /** Connects what has to be there before the first request. */
  async start(config: Config): Promise<void> {
    await Promise.all([
      this.#redis?.start(Math.max(REDIS_START_MS, config.redis.timeoutMs)).then(() => this.#startGovernance(config)),
      this.#redis ? undefined : this.#startGovernance(config),
      this.startMocks(config),
      this.#startSpans(),
    ]);
  }

  #startSpans(): Promise<void> {
    const { logger } = this;
    const worker = this.#worker?.slot;
    const parts = { telemetry: this.#telemetry, logger, clock: systemClock, redactor: this.#redactor, worker };
    return this.#spans.start(process.env, parts);
  }

  async #startGovernance({ governance, ...config }: Config): Promise<void> {
    if (governance === undefined) return;
    const { GovernanceService: Service } = await import('./govern/service.ts');
    const service = await Service.start({
      config: { ...config, governance },
      clock: systemClock,
      logger: this.logger,
      redis: this.#redis,
      upstream: this.#upstream,
      prices: await this.#pricing.load(),
      secret: (secret) => {
        this.#madeSecrets.push(secret.reveal());
        this.#redactor.know(this.#secrets({ ...config, governance }));
      },
    });
    this.#governance = service;
    this.#telemetry.governed(() => service.reading());
  }

  /** Starts the bundled mocks that a configuration needs and that do not run yet. */
  async startMocks(config: Config): Promise<void> {
    if (!this.#worker) await this.#mocks.ensure(bundledNames(config));
  }

  /** Puts a configuration in force and returns what its requests run on. Exchanges that run keep the one they began with. */
  apply(config: Config): Runtime {
    this.#redactor.know(this.#secrets(config));
    this.logger.level = config.log.level;
    this.#telemetry.configure(catalogOf(config));
    this.#spans.configure(config);
    this.#pricing.configure(config.pricing);
    const parts = {
      clock: systemClock,
      random: systemRandom,
      mocks: this.#worker?.mocks ?? this.#mocks,
      queues: this.#queues,
      rateRooms: this.#rateRooms,
      ...(this.#sharedHealth ? { shared: this.#sharedHealth } : {}),
      onChange: (endpoint: { readonly id: string }, change: SharedChange, origin: string): void =>
        this.#healthChanged(endpoint.id, change, origin),
    };
    const { maxConcurrency, queue } = config.server;
    this.#queues.configure(queue, maxConcurrency);
    const models = assembleModels(config, parts, this.#models);
    this.#models = models;
    this.#healthChecks.configure(checkedEndpoints(config, models));
    const governed = this.#governance?.configure(
      config,
      placesOf(models),
      asideOf(parts, { providers: config.providers, models }),
    );
    const auto = this.#auto.entry(config, governed?.prices);
    return {
      clock: systemClock,
      upstream: this.#upstream,
      cache: this.#cache,
      flights: this.#flights,
      shared: this.#sharing.under(config),
      memo: new RequestMemo(),
      slices: new Slices(),
      affinity: this.#affinity,
      usageRefusals: this.#usageRefusals,
      telemetry: this.#telemetry,
      ...(maxConcurrency === undefined ? {} : { slots: this.#queues.slots }),
      queueWeights: queue.weights,
      bodyLimit: config.server.bodyLimit,
      streamKeepaliveMs: config.server.streamKeepaliveMs,
      random: systemRandom,
      passthrough: { ...config.passthrough, allow: new Set(config.passthrough.allow) },
      requireKey: config.auth.requireKey,
      mayOperate: operatorCheck({
        auth: this.#governance?.auth(config.auth) ?? config.auth,
        place: { host: config.server.host, keys: this.#governance !== undefined },
        clock: systemClock,
      }),
      catalogue: {
        names: auto ? [...this.names, AUTO] : this.names,
        created: Math.floor(systemClock.now() / 1_000),
      },
      ...(keepsSome(models) ? { kept: this.#kept } : {}),
      ...(governed ? { governed } : {}),
      ...(auto ? { auto } : {}),
      upstreamModels: this.#upstreamModels,
      model: (name) => findModel(models, name),
      models: [...models.values()],
    };
  }

  #healthChanged(endpoint: string, change: SharedChange, origin: string): void {
    // Another worker has told of it already.
    if (origin === 'remote' && this.#worker && !this.#redis) return;
    const ejected = change.state === 'ejected';
    if (ejected) this.#telemetry.ejected(endpoint, change.kind, origin);
    this.logger[ejected ? 'warn' : 'info']({ endpoint, change, origin }, 'endpoint health changed');
  }

  /** A configuration was taken or refused, at the start or at a reload. */
  configured(taken: boolean, reload: boolean): void {
    this.#telemetry.configured(taken, reload);
  }

  /** The control plane. */
  admin(life: LifeCycle): AdminHandler {
    if (life.config().admin.dashboard) {
      this.#dashboard = new DashboardEntry({
        clock: systemClock,
        telemetry: this.#telemetry,
        redactor: this.#redactor,
        pricing: this.#pricing,
        models: () => this.#models,
        config: () => life.config(),
        origin: () => life.origin(),
        generations: () => this.#flights.size,
        inFlight: () => life.running(),
        cache: {
          cache: this.#cache,
          runtime: () => life.runtime(),
          redis: () => ({ connected: this.#redis?.available ?? null, refusal: this.#redis?.refusal ?? null }),
        },
        mocks: this.#worker?.mocks ?? this.#mocks,
        logger: this.logger,
      });
    }
    return controlPlane(this.#controlled(), life);
  }

  /** What this process shows and does where it is one worker of several. */
  part(): WorkerPart {
    return workerPart(this.#controlled());
  }

  #controlled(): Controlled {
    return {
      telemetry: this.#telemetry,
      cache: this.#cache,
      flights: this.#flights,
      pricing: this.#pricing,
      redis: this.#redis,
      worker: this.#worker,
      models: () => this.#models,
      governance: () => this.#governance,
      dashboard: () => this.#dashboard,
    };
  }

  /** Closes every part. */
  async close(): Promise<void> {
    for (const { router } of this.#models.values()) router.close();
    this.#dashboard?.close();
    this.#healthChecks.close();
    this.#pricing.close();
    this.#auto.close();
    await Promise.all([this.#upstream.close(), this.#mocks.close()]);
    // What ended with its connection is in the ledger and in the counters by now.
    await this.#governance?.close();
    this.#sharing.close();
    await Promise.all([this.#redis?.close(), this.#spans.close()]);
    this.#sink.flush();
  }

  #secrets(config: Config): string[] {
    return [...secretsOf(config).map((secret) => secret.reveal()), ...this.#proxies.secrets, ...this.#madeSecrets];
  }
}
