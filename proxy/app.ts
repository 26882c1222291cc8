import { randomUUID } from 'node:crypto';
import { Composition } from './composition.ts';
import type { Config } from './config/config.ts';
import { ConfigError } from './config/fault.ts';
import type { Loaded } from './config/load.ts';
import type { ConfigOrigin } from './config/origin.ts';
import { firstOf, type FirstLoad } from './config/first.ts';
import { type ConfigWatch, watchConfig } from './config/watch.ts';
import type { Activity } from './idle-memory.ts';
import type { Runtime } from './pipeline/runtime.ts';
import type { Ready } from './ready-text.ts';
import { settingsThatNeedRestart } from './restart-notice.ts';
import { Front, type FrontState } from './server/front.ts';
import { Guard } from './server/guard.ts';
import { Listener, type ListenerOptions } from './server/listener.ts';
import type { LogSink } from './telemetry/log-sink.ts';
import { VERSION } from './version.ts';
import type { RunningWorker, WorkerSide } from './workers/worker-side.ts';

export interface AppOptions {
  /** Reads the configuration; called at the start and at each reload. Throws ConfigError. */
  readonly load: () => Loaded;
  /** The file that `load` reads: watched for changes when given. */
  readonly path?: string;
  /** What has been read already. */
  readonly first?: FirstLoad;
  /** Where log lines go. Default: standard error. */
  readonly logSink?: LogSink;
  /** What this process has of the others, where it is one worker of several. */
  readonly worker?: WorkerSide;
}

/** A proxy as the command line sees it. */
export interface Life {
  ready(): Ready;
  close(): Promise<void>;
  /** False once answers had to be broken off, because `server.drain_timeout` was over. */
  readonly completed: boolean;
}

/** The life cycle of a proxy: start, reload, drain, stop. What it is made of stands in `composition.ts`. */
export class App implements Life {
  readonly #options: AppOptions;
  readonly #parts: Composition;
  readonly #instanceId: string;
  /** Address that is listened on; a reload changes it in the configuration alone. */
  readonly #host: string;
  #config: Config;
  /** What the configuration in force was made of. */
  #origin: ConfigOrigin | undefined;
  #front: FrontState | undefined;
  #listener: Listener | undefined;
  #watch: ConfigWatch | undefined;
  /** Reloads follow one another: each reads the configuration when its turn comes, so the latest one stays in force. */
  #lastChange: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  #completed = true;
  #draining = false;

  private constructor(options: AppOptions, config: Config) {
    this.#options = options;
    this.#config = config;
    this.#host = config.server.host;
    this.#instanceId = options.worker?.instanceId ?? randomUUID();
    const onMoved = (): unknown => this.#inTurn(() => this.#apply(this.#config));
    this.#parts = new Composition(config, options.logSink, onMoved, options.worker);
  }

  /** Starts a proxy. Rejects with ConfigError, or when it cannot listen; nothing is left running then. */
  static async start(options: AppOptions): Promise<App> {
    const { path, worker } = options;
    const { loaded, digest } = options.first ?? firstOf(options);
    const { config, warnings, origin } = loaded;
    if (config.server.workers > 1 && !worker) throw onlyAsCommand(config);
    const app = new App(options, config);
    app.#origin = origin;
    try {
      for (const warning of warnings) app.#parts.logger.warn(warning);
      await app.#parts.start(config);
      app.#apply(config);
      app.#parts.configured(true, false);
      const admin = app.#parts.admin({
        phase: () => app.#phase(),
        config: () => app.#config,
        origin: () => app.#origin,
        running: () => front.running,
        runtime: () => app.#frontState().runtime,
      });
      const front: Front = new Front(() => app.#frontState(), admin);
      app.#listener = await Listener.open(front, listenerOptions(config));
      // The primary watches for its workers.
      if (worker) return app;
      app.#watch = watchConfig({
        ...(path === undefined ? {} : { path, loaded: digest }),
        onChange: () => app.reload(),
        onError: (error) =>
          app.#parts.logger.warn({ err: error }, 'changes of the configuration are seen by polling alone'),
      });
      return app;
    } catch (error) {
      app.#draining = true;
      await app.#listener?.close(0);
      await app.#parts.close();
      throw error;
    }
  }

  /** What the ready line says. */
  ready(): Ready {
    return {
      url: this.url,
      pid: process.pid,
      version: VERSION,
      models: this.#parts.names,
      config: this.#options.path ?? null,
      dashboard: this.#config.admin.dashboard ? `${this.url}/admin` : null,
    };
  }

  get url(): string {
    if (!this.#listener) throw new Error('the proxy does not listen');
    const { host, port, secure } = this.#listener;
    return `${secure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  /** The proxy as the primary process steers it, which tells what becomes of a configuration. */
  asWorker(): RunningWorker {
    return {
      url: this.url,
      port: this.#listener?.port ?? 0,
      models: this.#parts.names,
      part: this.#parts.part(),
      reload: async () => {
        await this.#inTurn(() => this.#take(this.#options.load()));
      },
      refused: () => this.#parts.configured(false, true),
      close: async () => {
        await this.close();
        return this.completed;
      },
    };
  }

  /** What clients have it do. */
  activity(): Activity {
    return { running: this.#listener?.running ?? 0, begun: this.#listener?.begun ?? 0 };
  }

  /** Reads the configuration again and takes it whole, or refuses it whole and goes on with the old one. */
  async reload(): Promise<boolean> {
    return (await this.#inTurn(() => this.#reload())) ?? false;
  }

  /** Waits until every earlier change is through; gives undefined, without a call, once the proxy is closing. */
  #inTurn<T>(change: () => T | Promise<T>): Promise<T | undefined> {
    const turn = this.#lastChange.then(() => (this.#draining ? undefined : change()));
    this.#lastChange = turn.catch(() => undefined);
    return turn;
  }

  async #reload(): Promise<boolean> {
    const { logger } = this.#parts;
    try {
      const loaded = this.#options.load();
      const { config, warnings } = loaded;
      for (const warning of warnings) logger.warn(warning);
      await this.#parts.startMocks(config);
      if (this.#draining) return false;
      for (const name of settingsThatNeedRestart(this.#config, config)) {
        logger.warn({ setting: name }, 'this setting takes effect at the next start');
      }
      this.#take(loaded);
      logger.info({ models: this.#parts.names }, 'configuration reloaded');
      return true;
    } catch (error) {
      if (this.#draining) return false;
      this.#parts.configured(false, true);
      const reason = error instanceof ConfigError ? error.render() : error;
      logger.error({ err: reason }, 'the new configuration is refused; the old one stays in force');
      return false;
    }
  }

  /** False once answers had to be broken off, because `server.drain_timeout` was over. */
  get completed(): boolean {
    return this.#completed;
  }

  /** Finishes running answers within `server.drain_timeout`, then stops everything. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#draining = true;
    if (this.#front) this.#present(this.#front.runtime);
    this.#watch?.close();
    this.#parts.endWaiting();
    const { drainTimeoutMs } = this.#config.server;
    const background = this.#parts.drainBackground(drainTimeoutMs);
    const answered = (await this.#listener?.close(drainTimeoutMs)) ?? true;
    this.#completed = (await background) && answered;
    if (!this.#completed)
      this.#parts.logger.warn('server.drain_timeout is over: the answers that still ran were broken off');
    await this.#parts.close();
    // A reload that was starting a mock has been ended with the mocks.
    await this.#lastChange;
  }

  #phase(): 'starting' | 'ready' | 'draining' {
    if (this.#draining) return 'draining';
    return this.#listener ? 'ready' : 'starting';
  }

  /** Puts another configuration in force. */
  #take({ config, origin }: Loaded): void {
    this.#apply(config);
    this.#origin = origin;
    const { tls } = listenerOptions(config);
    if (tls) this.#listener?.renew(tls);
    this.#parts.configured(true, true);
  }

  #apply(config: Config): void {
    this.#config = config;
    this.#present(this.#parts.apply(config));
  }

  #frontState(): FrontState {
    if (!this.#front) throw new Error('the proxy has no configuration yet');
    return this.#front;
  }

  /** What the front sees from now on: one object until the configuration or the phase changes. */
  #present(runtime: Runtime): void {
    const guard = new Guard({ ...this.#config.server, host: this.#host });
    const socketLimit = this.#config.server.responseSockets;
    this.#front = { runtime, draining: this.#draining, guard, instanceId: this.#instanceId, socketLimit };
  }
}

function onlyAsCommand({ server }: Config): ConfigError {
  const message = `expected 1 for a proxy inside a program, found ${server.workers}: the command \`llmproxy start\` alone starts workers`;
  return new ConfigError([{ source: 'the configuration', path: 'server.workers', message }]);
}

function listenerOptions({ server: { host, port, tls } }: Config): ListenerOptions {
  return { host, port, ...(tls ? { tls: { cert: tls.cert, key: tls.key.reveal() } } : {}) };
}
