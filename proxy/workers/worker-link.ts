import type { Reading, Whole } from '../admin/reading.ts';
import { NoneStore } from '../cache/none-store.ts';
import type { PurgeResult } from '../cache/store.ts';
import type { PurgeTarget } from '../cache/tiers.ts';
import type { Loaded } from '../config/load.ts';
import { originOf } from '../config/plain-origin.ts';
import { Channel, type Port } from './channel.ts';
import type {
  DashboardAnswer,
  DashboardQuestion,
  PrimaryAnswers,
  PrimaryNote,
  PrimaryQuestion,
  WorkerAnswers,
  WorkerConfig,
  WorkerNote,
  WorkerQuestion,
  WorkerStart,
} from './messages.ts';
import { unpack } from './packed-config.ts';
import { pieceStream } from './piece-stream.ts';
import { mergedReading } from './readings.ts';
import { WorkerHealth, WorkerStates, WorkerStore } from './worker-bus.ts';
import { WorkerFlights } from './flights/worker-flights.ts';
import { failureOf } from './failure.ts';
import type { RunningWorker, WorkerPart, WorkerSide } from './worker-side.ts';

/** Milliseconds for what all workers are asked for: longer than the primary waits for any of them. */
const WHOLE_MS = 5_000;

export type ToPrimary = Channel<PrimaryQuestion, PrimaryAnswers, PrimaryNote, WorkerQuestion, WorkerNote>;

export interface WorkerLinkOptions {
  readonly port: Port;
  /** Of the program that runs here. */
  readonly version: string;
  /** Starts the proxy; rejects when it cannot. */
  readonly start: (link: WorkerLink) => Promise<RunningWorker>;
  /** Everything is over: the process may end. */
  readonly ended: () => void;
}

/** A worker's end of its line to the primary: does what the primary says, and is `WorkerSide` for the proxy. */
export class WorkerLink {
  readonly #options: WorkerLinkOptions;
  readonly #channel: ToPrimary;
  readonly #health: WorkerHealth;
  readonly #flights: WorkerFlights;
  #started: WorkerStart | undefined;
  #running: RunningWorker | undefined;
  #loaded: Loaded | undefined;
  #mocks: ReadonlyMap<string, string> = new Map();

  constructor(options: WorkerLinkOptions) {
    this.#options = options;
    this.#channel = new Channel(options.port, {
      answer: (question, part) => this.#answer(question, part),
      note: (note) => this.#hear(note),
    });
    this.#health = new WorkerHealth(this.#channel);
    this.#flights = new WorkerFlights({
      enter: (question, timeoutMs) => this.#channel.ask(question, timeoutMs),
      say: (entry, act) => this.#channel.notify({ what: 'entry', entry, act }),
    });
  }

  /** Takes a message of the primary. */
  hear(message: unknown): void {
    this.#channel.hear(message);
  }

  /** The configuration that the primary has given last. */
  get loaded(): Loaded {
    if (!this.#loaded) throw new Error('the primary has given no configuration yet');
    return this.#loaded;
  }

  get side(): WorkerSide {
    const { slot = 0, instanceId = '' } = this.#started ?? {};
    return {
      slot,
      instanceId,
      mocks: { origin: (name) => this.#mocks.get(name) },
      whole: this.#whole(),
      askOthers: async (name, input) => (await this.#channel.ask({ what: 'dashboard', name, input }, WHOLE_MS)) ?? [],
      purged: (target, own) => this.#purged(target, own),
      health: this.#health,
      flights: this.#flights,
      answers: new SiblingsStore(this.#channel),
      states: new WorkerStates(this.#channel),
      strings: (space) => new WorkerStore(this.#channel, space),
    };
  }

  #whole(): Whole {
    return {
      reading: async () => (await this.#channel.ask({ what: 'reading' }, WHOLE_MS)) ?? this.#own(),
      metricsPieces: () => pieceStream((onPart) => this.#channel.ask({ what: 'metrics' }, WHOLE_MS, onPart)),
    };
  }

  /** What this worker shows where the primary does not answer. */
  #own(): Reading {
    const { workers = 1 } = this.#started ?? {};
    const part = this.#part.reading();
    return mergedReading([part], {
      uptimeMs: performance.now(),
      workers: { configured: workers, answered: 1, restarts: 0 },
    });
  }

  async #purged(target: PurgeTarget, own: PurgeResult): Promise<PurgeResult> {
    const others = await this.#channel.ask({ what: 'drop', target }, WHOLE_MS);
    return {
      deleted: own.deleted + (others?.deleted ?? 0),
      complete: own.complete && others?.complete === true,
    };
  }

  #hear(note: WorkerNote): void {
    if (note.what === 'entry') this.#flights.hear(note.entry, note.news);
    else if (note.what === 'health') this.#health.hear(note.endpoint, note.change);
    else this.#running?.refused();
  }

  #answer(question: WorkerQuestion, part: (text: string) => Promise<void>): unknown {
    switch (question.what) {
      case 'start':
        return this.#start(question);
      case 'reload':
        return this.#reload(question);
      case 'close':
        return this.#close();
      case 'ping':
        return true;
      case 'reading':
        return this.#part.reading();
      case 'metrics':
        return this.#metrics(part);
      case 'dashboard':
        return this.#dashboard(question);
      case 'drop':
        return this.#part.drop(question.target);
      case 'forget':
        return this.#forget(question.answerId);
      default:
        return undefined;
    }
  }

  async #dashboard({ name, input }: DashboardQuestion): Promise<DashboardAnswer> {
    return { slot: this.#started?.slot ?? 0, value: await this.#part.ask(name, input) };
  }

  get #part(): WorkerPart {
    if (!this.#running) throw new Error('the worker does not run yet');
    return this.#running.part;
  }

  async #start(start: WorkerStart): Promise<WorkerAnswers['start']> {
    const { version } = this.#options;
    if (start.version !== version) {
      return {
        message: `the program on disk is version ${version}, the primary process ${start.version}: restart llmproxy`,
      };
    }
    this.#started = start;
    this.#take(start);
    try {
      this.#running = await this.#options.start(this);
      const { url, port, models } = this.#running;
      return { url, port, models };
    } catch (error) {
      return failureOf(error);
    }
  }

  async #reload(question: WorkerConfig): Promise<WorkerAnswers['reload']> {
    const before = { loaded: this.#loaded, mocks: this.#mocks };
    this.#take(question);
    try {
      await this.#running?.reload();
      return true;
    } catch (error) {
      this.#loaded = before.loaded;
      this.#mocks = before.mocks;
      return failureOf(error);
    }
  }

  async #close(): Promise<WorkerAnswers['close']> {
    const completed = (await this.#running?.close()) ?? true;
    // The answer leaves first.
    setImmediate(() => this.#options.ended());
    return { completed };
  }

  async #metrics(part: (text: string) => Promise<void>): Promise<true> {
    for await (const piece of this.#part.metrics()) await part(piece);
    return true;
  }

  #forget(answerId: string): true {
    this.#part.forget(answerId);
    return true;
  }

  #take({ config, origin, mocks }: WorkerConfig): void {
    this.#loaded = { config: unpack(config), warnings: [], ...(origin ? { origin: originOf(origin) } : {}) };
    this.#mocks = new Map(mocks);
  }
}

/** In place of Redis below the memory of this worker: finds nothing, and tells the others what is gone. */
class SiblingsStore extends NoneStore {
  readonly #primary: ToPrimary;

  constructor(primary: ToPrimary) {
    super();
    this.#primary = primary;
  }

  override async forgetAnswer(answerId: string): Promise<void> {
    await this.#primary.ask({ what: 'forget', answerId }, WHOLE_MS);
  }
}
