import type { DashboardParts } from './admin/deps.ts';
import { allProcesses, answerOf, type OtherProcesses, type ProcessQuestions, soleProcess } from './admin/processes.ts';
import type { AssembledModel } from './assemble.ts';
import type { MockOrigins } from './bundled-mocks.ts';
import type { Config } from './config/config.ts';
import type { ConfigOrigin } from './config/origin.ts';
import type { Clock } from './core/clock.ts';
import type { Json } from './core/json.ts';
import type { Redactor } from './core/redact.ts';
import type { Pricing } from './pricing/pricing.ts';
import { DashboardCache, type DashboardCacheParts } from './dashboard-cache.ts';
import { DashboardModels } from './dashboard-models.ts';
import { FigureCosts } from './figure-costs.ts';
import { JournalEntry } from './journal-entry.ts';
import { mockPlaces } from './mock-places.ts';
import { FigureRing } from './telemetry/figures/ring.ts';
import type { ProxyLogger } from './telemetry/logger.ts';
import type { Telemetry } from './telemetry/telemetry.ts';

const SECOND_MS = 1_000;
const MOST_EARLY_MS = 100;

export interface DashboardEntryOptions {
  readonly clock: Clock;
  readonly telemetry: Pick<Telemetry, 'watch'>;
  readonly redactor: Pick<Redactor, 'clean'>;
  readonly pricing: Pricing;
  readonly models: () => ReadonlyMap<string, AssembledModel>;
  readonly config: () => Config | undefined;
  readonly origin: () => ConfigOrigin | undefined;
  readonly generations: () => number;
  readonly inFlight: () => number;
  readonly cache: Omit<DashboardCacheParts, 'hasModel'>;
  /** Where the bundled mocks are. */
  readonly mocks: MockOrigins;
  readonly logger: Pick<ProxyLogger, 'info'>;
}

/** What one process keeps for the dashboard, and what it answers of it. */
export class DashboardEntry {
  readonly questions: ProcessQuestions;
  readonly #ring: FigureRing;
  readonly #costs: FigureCosts;
  readonly #journal: JournalEntry;
  readonly #models: DashboardModels;
  readonly #clock: Clock;
  readonly #origin: () => ConfigOrigin | undefined;
  #ticking: NodeJS.Timeout;
  readonly #end: () => void;
  readonly #mocks: DashboardParts['mocks'];
  readonly #ending = new AbortController();

  constructor(options: DashboardEntryOptions) {
    const { clock, telemetry, redactor, pricing, models, config, generations, inFlight, mocks, logger } = options;
    this.#costs = new FigureCosts({ pricing, models, config });
    this.#models = new DashboardModels(models);
    const cache = new DashboardCache({ ...options.cache, hasModel: (name) => models().has(name) });
    this.#ring = new FigureRing({
      now: () => clock.now(),
      inFlight,
      generations,
      cost: (tokens) => this.#costs.of(tokens),
    });
    const entry = new JournalEntry({ clock, redactor, config, costs: this.#costs });
    const { journal } = entry;
    const watching = telemetry.watch({
      begun: (trace) => entry.begun(trace),
      exchange: (record, trace, attempts) => {
        this.#ring.exchange(record);
        cache.exchange(record);
        journal.exchange(record, trace, attempts);
      },
      generation: (record) => this.#ring.generation(record),
    });
    this.#end = () => watching.end();
    this.#mocks = {
      places: () => mockPlaces(config() ?? { models: [] }, mocks),
      changed: (change) => logger.info(change, 'an operator has changed a mock'),
    };
    this.#journal = entry;
    entry.start(watching);
    this.#clock = clock;
    this.#origin = options.origin;
    this.#ticking = this.#tickLater();
    this.questions = {
      ...entry.questions,
      ...this.#models.questions,
      ...cache.questions,
      figures: (since) => {
        this.#costs.load();
        return this.#ring.since(Number(since)) as unknown as Json;
      },
    };
  }

  /** What the routes of the dashboard ask. `others`: where this process is one worker of several. */
  parts(others?: OtherProcesses): DashboardParts {
    const processes = others ? allProcesses(this.questions, others) : soleProcess(this.questions);
    return {
      processes,
      mocks: this.#mocks,
      ending: this.#ending.signal,
      endpoint: this.#models.find,
      origin: this.#origin,
    };
  }

  /** What this process alone answers. Rejects where there is no such question. */
  answer(question: string, input: Json): Promise<Json> {
    return answerOf(this.questions, question, input);
  }

  /** Ends the event streams of open pages: they would run on for as long as a page is open. */
  endStreams(): void {
    this.#ending.abort();
  }

  close(): void {
    clearTimeout(this.#ticking);
    this.#end();
  }

  /** With the second of the clock: the seconds of several workers are the same ones, and none comes twice. */
  #tickLater(): NodeJS.Timeout {
    const next = SECOND_MS - (this.#clock.now() % SECOND_MS);
    // A timer may be early by a part of a millisecond, which would be the same second once more.
    return setTimeout(
      () => {
        this.#ring.tick();
        this.#journal.tick();
        this.#models.tick();
        this.#ticking = this.#tickLater();
      },
      next < MOST_EARLY_MS ? next + SECOND_MS : next,
    ).unref();
  }
}
