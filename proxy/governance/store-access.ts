import type { Clock } from '../core/clock.ts';
import { DistinctTimes } from '../core/distinct-times.ts';
import { isDatabaseAway } from '../database/fault.ts';
import type { Connection, Reader, Writer } from '../database/open.ts';
import { unavailable } from './fault.ts';

export interface StoreAccessDeps {
  readonly database: Connection;
  readonly clock: Clock;
  /** Awaited after each commit, before the answer: the change acts on the next request. */
  changed(): Promise<void>;
}

/** How stores reach the database. Throws GovernanceFault 503 while it is away. */
export class StoreAccess {
  readonly #deps: StoreAccessDeps;
  readonly #made: DistinctTimes;

  constructor(deps: StoreAccessDeps) {
    this.#deps = deps;
    this.#made = new DistinctTimes(deps.clock);
  }

  async write<T>(work: (db: Writer) => Promise<T>): Promise<T> {
    const result = await asked(() => this.#deps.database.write(work));
    await this.#deps.changed();
    return result;
  }

  read<T>(work: (db: Reader) => Promise<T>): Promise<T> {
    return asked(() => this.#deps.database.read(work));
  }

  now(): string {
    return new Date(this.#deps.clock.now()).toISOString();
  }

  /** When something is made: no two of this process at the same time. */
  made(): string {
    return new Date(this.#made.next()).toISOString();
  }

  /** A time of now that is later than `before`: two changes within a millisecond have two times. */
  after(before: string | undefined): string {
    const now = this.now();
    return before === undefined || now > before ? now : new Date(Date.parse(before) + 1).toISOString();
  }
}

async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isDatabaseAway(error) ? unavailable() : error;
  }
}
