import type { DashboardParts } from './admin/deps.ts';
import { soleProcess, type ProcessQuestions } from './admin/processes.ts';
import type { AssembledModel } from './assemble.ts';
import type { Config } from './config/config.ts';
import type { Clock } from './core/clock.ts';
import type { Json } from './core/json.ts';
import type { Pricing } from './pricing/pricing.ts';
import { DashboardCache, type DashboardCacheParts } from './dashboard-cache.ts';
import { DashboardModels } from './dashboard-models.ts';
import { FigureCosts } from './figure-costs.ts';
import { FigureRing } from './telemetry/figures/ring.ts';
import type { Telemetry } from './telemetry/telemetry.ts';

const SECOND_MS = 1_000;

export interface DashboardEntryOptions {
  readonly clock: Clock;
  readonly telemetry: Pick<Telemetry, 'watch'>;
  readonly pricing: Pricing;
  readonly models: () => ReadonlyMap<string, AssembledModel>;
  readonly config: () => Config | undefined;
  readonly generations: () => number;
  readonly inFlight: () => number;
  readonly cache: Omit<DashboardCacheParts, 'hasModel'>;
}

/** What one process keeps for the dashboard, and what it answers of it. */
export class DashboardEntry {
  readonly questions: ProcessQuestions;
  readonly #ring: FigureRing;
  readonly #costs: FigureCosts;
  readonly #models: DashboardModels;
  readonly #cache: DashboardCache;
  readonly #ticking: NodeJS.Timeout;
  readonly #end: () => void;
  readonly #ending = new AbortController();

  constructor({ clock, telemetry, pricing, models, config, generations, inFlight, cache }: DashboardEntryOptions) {
    this.#costs = new FigureCosts({ pricing, models, config });
    this.#models = new DashboardModels(models);
    this.#cache = new DashboardCache({ ...cache, hasModel: (name) => models().has(name) });
    this.#ring = new FigureRing({
      now: () => clock.now(),
      inFlight,
      generations,
      cost: (tokens) => this.#costs.of(tokens),
    });
    const watching = telemetry.watch({
      exchange: (record) => {
        this.#ring.exchange(record);
        this.#cache.exchange(record);
      },
      generation: (record) => this.#ring.generation(record),
    });
    this.#end = () => watching.end();
    this.#ticking = setInterval(() => this.#tick(), SECOND_MS).unref();
    this.questions = {
      ...this.#models.questions,
      ...this.#cache.questions,
      figures: (since) => {
        this.#costs.load();
        return this.#ring.since(Number(since)) as unknown as Json;
      },
    };
  }

  /** What the routes of the dashboard ask, where this process is the only one. */
  parts(): DashboardParts {
    return { processes: soleProcess(this.questions), endpoint: this.#models.find, ending: this.#ending.signal };
  }

  /** Ends the event streams of open pages: they would run on for as long as a page is open. */
  endStreams(): void {
    this.#ending.abort();
  }

  #tick(): void {
    this.#ring.tick();
    this.#models.tick();
  }

  close(): void {
    clearInterval(this.#ticking);
    this.#end();
  }
}
