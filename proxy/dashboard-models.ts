import type { FindEndpoint } from './admin/dashboard/endpoint-control.ts';
import type { ModelPart } from './admin/dashboard/models-view.ts';
import type { ProcessQuestions } from './admin/processes.ts';
import type { AssembledModel } from './assemble.ts';
import type { Json } from './core/json.ts';

/** Seconds between two looks at the counts of endpoints, and looks that are kept: five minutes. */
const LOOK_SECONDS = 30;
const MOST_LOOKS = 10;

type Models = () => ReadonlyMap<string, AssembledModel>;

/** What this process knows of models and endpoints, for the dashboard. */
export class DashboardModels {
  readonly questions: ProcessQuestions;
  readonly #models: Models;
  /** Attempts by endpoint, the oldest look first. */
  readonly #looks: ReadonlyMap<string, number>[] = [];
  /** Seconds since the last look. */
  #passed = 0;

  constructor(models: Models) {
    this.#models = models;
    this.questions = { models: () => this.#parts() as unknown as Json };
  }

  /** To be called once a second. */
  tick(): void {
    this.#passed += 1;
    if (this.#passed < LOOK_SECONDS) return;
    this.#passed = 0;
    this.#looks.push(this.#counts());
    if (this.#looks.length > MOST_LOOKS) this.#looks.shift();
  }

  /** Finds an endpoint, to be moved. */
  readonly find: FindEndpoint = (id) => {
    for (const [model, { router }] of this.#models()) {
      const stats = router.endpoints.some((endpoint) => endpoint.id === id)
        ? [...router.readings()].find((reading) => reading.id === id)
        : undefined;
      if (stats === undefined) continue;
      const decided = <T>(change: T | undefined): T => {
        if (change === undefined) throw new Error('the router has lost an endpoint');
        return change;
      };
      return {
        model,
        state: stats.state,
        othersAdmit: router.othersAdmit(id),
        eject: (ms, by) => decided(router.ejectByHand(id, ms, by)),
        admit: (by) => decided(router.admitByHand(id, by)),
      };
    }
    return undefined;
  };

  #counts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { router } of this.#models().values())
      for (const { id, requests } of router.readings()) counts.set(id, requests);
    return counts;
  }

  #parts(): readonly ModelPart[] {
    const oldest = this.#looks[0];
    return [...this.#models()].map(([name, { router }]) => {
      const wanted = router.wantedShares();
      return {
        name,
        strategy: router.strategy,
        recentSeconds: this.#looks.length * LOOK_SECONDS + this.#passed,
        endpoints: router.parts().map((part) => ({
          part,
          wanted: wanted.get(part.stats.id) ?? null,
          recent: Math.max(0, part.stats.requests - (oldest?.get(part.stats.id) ?? 0)),
        })),
      };
    });
  }
}
