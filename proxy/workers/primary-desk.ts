import type { FlightHub } from './flights/flight-hub.ts';
import type { Kept } from './kept.ts';
import type { DashboardAnswer, DashboardQuestion, PrimaryNote, PrimaryQuestion } from './messages.ts';
import type { WorkerPool } from './pool.ts';
import type { WholeOfWorkers } from './whole.ts';

/** Milliseconds in which the other workers drop what one has purged. */
const DROP_MS = 2_000;
/** Milliseconds that the dashboard waits for a worker, and questions of it that may run; to more of them no other worker answers. */
const DASHBOARD_MS = 1_000;
const MOST_DASHBOARD = 64;

export interface DeskParts {
  readonly pool: Pick<WorkerPool, 'offer' | 'askOthers'>;
  readonly kept: Kept;
  readonly whole: Pick<WholeOfWorkers, 'reading' | 'metrics'>;
  readonly flights: Pick<FlightHub, 'enter' | 'take'>;
}

/** What the primary answers its workers: of the whole, and of what it keeps for them. */
export class PrimaryDesk {
  readonly #parts: DeskParts;
  #dashboardQuestions = 0;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /** `slot`: of the worker that asks. */
  answer(slot: number, question: PrimaryQuestion, part: (text: string) => Promise<void>): unknown {
    const { kept, whole, flights } = this.#parts;
    switch (question.what) {
      case 'reading':
        return whole.reading();
      case 'metrics':
        return whole.metrics(part).then(() => true);
      case 'health':
        return kept.changes();
      case 'drop':
        return this.#drop(slot, question);
      case 'dashboard':
        return this.#dashboard(slot, question);
      case 'forget':
        return this.#forget(slot, question);
      case 'enter':
        return flights.enter(slot, question);
      case 'get':
        return { value: kept.get(question.space, question.key) };
      default:
        return this.#state(question);
    }
  }

  note(slot: number, note: PrimaryNote): void {
    const { kept, pool, flights } = this.#parts;
    if (note.what === 'entry') flights.take(slot, note.entry, note.act);
    else if (note.what === 'set') kept.set(note.space, note.key, note.value, note.ttlMs);
    else if (kept.publish(note.endpoint, note.change, note.ttlMs)) {
      pool.offer({ what: 'health', endpoint: note.endpoint, change: note.change }, slot);
    }
  }

  async #drop(slot: number, question: PrimaryQuestion & { readonly what: 'drop' }) {
    const dropped = await this.#parts.pool.askOthers(slot, question, DROP_MS);
    const deleted = dropped.reduce<number>((sum, one) => sum + (one ?? 0), 0);
    return { deleted, complete: !dropped.includes(undefined) };
  }

  async #dashboard(slot: number, question: DashboardQuestion): Promise<readonly DashboardAnswer[]> {
    if (this.#dashboardQuestions >= MOST_DASHBOARD) return [];
    this.#dashboardQuestions += 1;
    try {
      const answers = await this.#parts.pool.askOthers(slot, question, DASHBOARD_MS);
      return answers.filter((answer) => answer !== undefined);
    } finally {
      this.#dashboardQuestions -= 1;
    }
  }

  async #forget(slot: number, question: PrimaryQuestion & { readonly what: 'forget' }) {
    const answers = await this.#parts.pool.askOthers(slot, question, DROP_MS);
    return { complete: !answers.includes(undefined) };
  }

  async #state(question: PrimaryQuestion & { readonly what: 'state' | 'put' | 'swap' | 'delete' }): Promise<unknown> {
    const { states } = this.#parts.kept;
    if (question.what === 'state') return { value: await states.get(question.place) };
    if (question.what === 'delete') return states.delete(question.place);
    const { place, value, ttlMs } = question;
    if (question.what === 'put') return states.put(place, value, ttlMs).then(() => true);
    const { expected } = question;
    const isSame = (current: Buffer | undefined): boolean =>
      expected === undefined ? current === undefined : current?.equals(expected) === true;
    return states.update(place, (current) => (isSame(current) ? value : undefined), ttlMs);
  }
}
