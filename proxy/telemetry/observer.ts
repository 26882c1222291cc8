import type { IncomingHttpHeaders } from 'node:http';
import type { AttemptRecord } from './attempt-record.ts';
import type { ExchangeRecord } from './exchange-record.ts';
import type { ExchangeTrace } from './exchange-trace.ts';
import type { GenerationRecord } from './generation-record.ts';

/** What looks on while the proxy works: figures, a journal, spans. It is called in the middle of requests, so it has to be quick. */
export interface Observer {
  /** A request has come, and stages are marked. Not called otherwise. */
  begun?(trace: ExchangeTrace, head: ObservedHead): void;
  /**
   * A request has ended. `trace`: present where stages were marked when it came. `attempts`: those that were made for it, in their
   * order; one that still runs, for other followers, has no `end` and is changed later.
   */
  exchange?(record: ExchangeRecord, trace: ExchangeTrace | undefined, attempts: readonly AttemptRecord[]): void;
  /** An upstream answer has ended, once however many requests it served. */
  generation?(record: GenerationRecord): void;
}

/** Of a request that has come. */
export interface ObservedHead {
  readonly id: string;
  readonly operation: string;
  readonly headers: IncomingHttpHeaders;
}

/** The hold on an observer that is looking on. */
export interface Watching {
  /** Whether stages of requests that come from now on are to be marked (`trace`). False at first. */
  wantMarks(wanted: boolean): void;
  /** Ends it. */
  end(): void;
}

/** The observers of one proxy; with none of them nothing is paid but a branch. */
export class Observers {
  /** Whether some observer wants marks. */
  marks = false;
  /** Undefined where there are none. */
  #watching: readonly Watched[] | undefined;
  readonly #onFault: (error: unknown) => void;

  /** `onFault`: an observer has thrown. What it looks on at goes on: the request is charged for after it. */
  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  watch(observer: Observer): Watching {
    const watched: Watched = { observer, wantsMarks: false };
    this.#set([...(this.#watching ?? []), watched]);
    return {
      wantMarks: (wanted) => {
        watched.wantsMarks = wanted;
        this.#set(this.#watching ?? []);
      },
      end: () => this.#set((this.#watching ?? []).filter((other) => other !== watched)),
    };
  }

  begun(trace: ExchangeTrace, head: ObservedHead): void {
    this.#each((observer) => observer.begun?.(trace, head));
  }

  exchange(record: ExchangeRecord, trace: ExchangeTrace | undefined, attempts: readonly AttemptRecord[]): void {
    if (this.#watching) this.#each((observer) => observer.exchange?.(record, trace, attempts));
  }

  generation(record: GenerationRecord): void {
    if (this.#watching) this.#each((observer) => observer.generation?.(record));
  }

  #each(run: (observer: Observer) => void): void {
    for (const { observer } of this.#watching ?? []) {
      try {
        run(observer);
      } catch (error) {
        this.#onFault(error);
      }
    }
  }

  #set(watching: readonly Watched[]): void {
    this.#watching = watching.length === 0 ? undefined : watching;
    this.marks = watching.some(({ wantsMarks }) => wantsMarks);
  }
}

interface Watched {
  readonly observer: Observer;
  wantsMarks: boolean;
}
