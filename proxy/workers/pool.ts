import cluster, { type Worker } from 'node:cluster';
import { getCompileCacheDir } from 'node:module';
import type { LogSink } from '../telemetry/log-sink.ts';
import { Channel } from './channel.ts';
import { relayLines } from './line-relay.ts';
import type {
  Failure,
  PrimaryNote,
  PrimaryQuestion,
  WorkerAnswers,
  WorkerConfig,
  WorkerNote,
  WorkerQuestion,
  WorkerStart,
} from './messages.ts';

const START_MS = 60_000;
const RELOAD_MS = 30_000;
/** What a worker has, in milliseconds, beyond `server.drain_timeout` to end everything. */
const CLOSE_MS = 30_000;
const MIN_RESTART_MS = 100;
const MAX_RESTART_MS = 10_000;
/** A process that ran this long has come up well: the next restart is quick again. */
const STEADY_MS = 30_000;

export type ToWorker = Channel<WorkerQuestion, WorkerAnswers, WorkerNote, PrimaryQuestion, PrimaryNote>;

export interface PoolOptions {
  readonly count: number;
  /** Path of the program of a worker. */
  readonly program: string;
  readonly sink: LogSink;
  /** What a worker is started with, as it is now. */
  readonly start: (slot: number) => Omit<WorkerStart, 'what' | 'slot'>;
  /** Answers a question of a worker; undefined = it cannot be answered. */
  readonly answer: (slot: number, question: PrimaryQuestion, part: (text: string) => Promise<void>) => unknown;
  readonly note: (slot: number, note: PrimaryNote) => void;
  /** A worker has ended unasked, or could not be started in its place. */
  readonly onEnded: (event: EndedWorker) => void;
  /** Another process has its place. */
  readonly onRestarted: (event: { readonly worker: number; readonly pid: number }) => void;
}

export interface EndedWorker {
  /** Its slot. */
  readonly worker: number;
  readonly pid: number | undefined;
  readonly reason: string;
  /** Until another one is started, in milliseconds. */
  readonly delayMs: number;
}

interface Running {
  readonly slot: number;
  readonly worker: Worker;
  readonly channel: ToWorker;
  readonly exited: Promise<string>;
}

export interface StartedWorker {
  readonly url: string;
  readonly port: number;
  readonly models: readonly string[];
}

/** Why a worker could not be started; has the `code` of a system error. */
export class WorkerFault extends Error {
  readonly code: string | undefined;

  constructor({ message, code }: Failure) {
    super(message);
    this.code = code;
  }
}

/** The processes that answer requests: starts them, replaces those that end, asks them. */
export class WorkerPool {
  readonly #options: PoolOptions;
  /** Those that have started and not ended, by slot. */
  readonly #running = new Map<number, Running>();
  readonly #all = new Set<Running>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Counts configurations: a worker that was started with an earlier one is given the latest. */
  #version = 0;
  #restarts = 0;
  /** Where the workers listen, once one does. */
  #port: number | undefined;
  #isClosing = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get slots(): readonly number[] {
    return [...this.#running.keys()].toSorted((one, other) => one - other);
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Starts the first worker alone (what is wrong for all shows there), then the others. Rejects when one cannot start. */
  async start(): Promise<StartedWorker> {
    // A pipe for stdin: a worker that is told to watch it ends with this process.
    cluster.setupPrimary({
      exec: this.#options.program,
      args: [],
      serialization: 'advanced',
      stdio: ['pipe', 'inherit', 'pipe', 'ipc'],
    });
    const first = await this.#launch(0);
    await Promise.all(Array.from({ length: this.#options.count - 1 }, (_, index) => this.#launch(index + 1)));
    return first;
  }

  /** Asks one worker; undefined when it does not answer in time. */
  ask<Question extends WorkerQuestion>(
    slot: number,
    question: Question,
    timeoutMs: number,
    onPart?: (text: string) => void,
  ): Promise<WorkerAnswers[Question['what']] | undefined> {
    const running = this.#running.get(slot);
    return running ? running.channel.ask(question, timeoutMs, onPart) : Promise.resolve(undefined);
  }

  /** Asks all but one at the same time. */
  askOthers<Question extends WorkerQuestion>(
    except: number,
    question: Question,
    timeoutMs: number,
  ): Promise<(WorkerAnswers[Question['what']] | undefined)[]> {
    const others = this.slots.filter((slot) => slot !== except);
    return Promise.all(others.map((slot) => this.ask(slot, question, timeoutMs)));
  }

  /** To one worker, whether or not it reads now: the sender bounds what it says. */
  notify(slot: number, note: WorkerNote): void {
    this.#running.get(slot)?.channel.notify(note);
  }

  /** To all but one, as far as they read. */
  offer(note: WorkerNote, except?: number): void {
    for (const { slot, channel } of this.#running.values()) if (slot !== except) channel.offer(note);
  }

  /**
   * Gives every worker another configuration: to one first, and to the others only where that one takes it. Returns why not. One of the
   * others that does not take it is replaced by a process that begins with it.
   */
  async reload(configOf: (slot: number) => WorkerConfig): Promise<Failure | undefined> {
    const [first, ...others] = this.slots;
    const failure = first === undefined ? undefined : await this.#reload(first, configOf(first));
    if (failure) return failure;
    this.#version += 1;
    await Promise.all(
      others.map(async (slot) => {
        const running = this.#running.get(slot);
        if (await this.#reload(slot, configOf(slot))) running?.worker.process.kill('SIGKILL');
      }),
    );
    return undefined;
  }

  /** Has every worker end its answers. Resolves to whether all of them ended theirs, once all processes are gone. */
  async close(drainTimeoutMs: number): Promise<boolean> {
    this.#isClosing = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const ends = await Promise.all([...this.#all].map((running) => this.#close(running, drainTimeoutMs)));
    return ends.every(Boolean);
  }

  async #close(running: Running, drainTimeoutMs: number): Promise<boolean> {
    const { channel, worker, exited } = running;
    const isStarted = this.#running.get(running.slot) === running;
    const answer = isStarted ? await channel.ask({ what: 'close' }, drainTimeoutMs + CLOSE_MS) : { completed: true };
    const impatience = setTimeout(() => worker.process.kill('SIGKILL'), answer && isStarted ? CLOSE_MS : 0);
    await exited;
    clearTimeout(impatience);
    return answer?.completed ?? false;
  }

  async #reload(slot: number, config: WorkerConfig): Promise<Failure | undefined> {
    const answer = await this.ask(slot, { what: 'reload', ...config }, RELOAD_MS);
    if (answer === undefined) return { message: `worker ${slot} does not answer` };
    return answer === true ? undefined : answer;
  }

  /** Starts the process of a slot; rejects with WorkerFault when it does not run then. */
  async #launch(slot: number, retryMs = MIN_RESTART_MS): Promise<StartedWorker> {
    const startedAt = performance.now();
    const running = this.#fork(slot);
    const { channel, worker, exited } = running;
    const version = this.#version;
    const start = { what: 'start', slot, ...this.#options.start(slot) } as const;
    const ended = exited.then((reason): Failure => ({
      message: `worker ${slot} ended with ${reason} before it was ready`,
    }));
    const answer = (await Promise.race([channel.ask(start, START_MS), ended])) ?? {
      message: `worker ${slot} was not ready within ${START_MS / 1_000} s`,
    };
    const failure = 'message' in answer ? answer : this.#otherPort(answer);
    if (failure || 'message' in answer) {
      worker.process.kill('SIGKILL');
      await exited;
      throw new WorkerFault(failure ?? { message: 'the worker was not ready' });
    }
    this.#port = answer.port;
    this.#running.set(slot, running);
    void this.#outlive(running, { startedAt, retryMs });
    // A reload came meanwhile; what this worker does not take now ends it.
    if (version !== this.#version && (await this.#reload(slot, this.#options.start(slot)))) {
      worker.process.kill('SIGKILL');
    }
    return answer;
  }

  /** All sockets closed while it started: what it listens on is another one. */
  #otherPort({ port }: StartedWorker): Failure | undefined {
    const expected = this.#port ?? port;
    return port === expected ? undefined : { message: `the worker listens on port ${port} in place of ${expected}` };
  }

  /** Waits for the end of a worker and sees to the next. */
  async #outlive(running: Running, from: { readonly startedAt: number; readonly retryMs: number }): Promise<void> {
    const { slot, worker, exited } = running;
    const reason = await exited;
    this.#running.delete(slot);
    const steady = performance.now() - from.startedAt >= STEADY_MS;
    this.#replaceLater(slot, steady ? MIN_RESTART_MS : from.retryMs, { pid: worker.process.pid, reason });
  }

  #replaceLater(slot: number, delayMs: number, { pid, reason }: { pid: number | undefined; reason: string }): void {
    if (this.#isClosing) return;
    this.#options.onEnded({ worker: slot, pid, reason, delayMs });
    // It keeps this process alive: there may be no worker left.
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#replace(slot, Math.min(delayMs * 2, MAX_RESTART_MS));
    }, delayMs);
    this.#timers.add(timer);
  }

  async #replace(slot: number, retryMs: number): Promise<void> {
    try {
      await this.#launch(slot, retryMs);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#replaceLater(slot, retryMs, { pid: undefined, reason });
      return;
    }
    this.#restarts += 1;
    this.#options.onRestarted({ worker: slot, pid: this.#running.get(slot)?.worker.process.pid ?? 0 });
  }

  #fork(slot: number): Running {
    const folder = getCompileCacheDir();
    const worker = cluster.fork(folder === undefined ? {} : { NODE_COMPILE_CACHE: folder });
    const { promise: exited, resolve } = Promise.withResolvers<string>();
    const port = {
      get connected() {
        return worker.isConnected();
      },
      send: (message: unknown, sent: (error: Error | null) => void) => void worker.send(message as object, sent),
    };
    const channel: ToWorker = new Channel(port, {
      answer: (question, part) => this.#options.answer(slot, question, part),
      note: (note) => this.#options.note(slot, note),
    });
    const running = { slot, worker, channel, exited };
    this.#all.add(running);
    worker.on('message', (message: unknown) => channel.hear(message));
    worker.on('error', () => undefined);
    worker.on('exit', (code: number, signal: string | null) => {
      this.#all.delete(running);
      resolve(signal ?? `exit code ${code}`);
      channel.close();
    });
    worker.process.stdin?.on('error', () => undefined);
    if (worker.process.stderr) relayLines(worker.process.stderr, this.#options.sink);
    return running;
  }
}
