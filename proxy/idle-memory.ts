import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Milliseconds between two looks. */
const LOOK_MS = 10_000;

/** Resident bytes above what the last collection has left, from which on another one is worth its pause. */
const WORTH_BYTES = 48 * 1024 * 1024;

/** Collections in a row: what sockets and parsers hold is free only after the first one, and pages are emptied by the second. */
const MOST_COLLECTIONS = 2;

/** What a process has to do. */
export interface Activity {
  /** Requests that run now. */
  readonly running: number;
  /** Requests that have begun since the start. */
  readonly begun: number;
}

export interface IdleMemoryParts {
  readonly activity: () => Activity;
  readonly residentBytes: () => number;
  readonly collect: () => void;
}

/**
 * Gives memory back while there is nothing to do. V8 collects when something is allocated: what a burst of requests has left
 * behind, some hundred megabytes after some thousand streams, would stay resident for as long as no request comes. A process
 * in which nothing has run from one look to the next collects, twice at the most, and again only after further requests.
 */
export class IdleMemory {
  readonly #parts: IdleMemoryParts;
  #begun = 0;
  /** Collections since the last request. */
  #collections = 0;
  /** What the process holds at rest: measured before the first request, and one look after the last collection. */
  #restBytes: number;

  constructor(parts: IdleMemoryParts) {
    this.#parts = parts;
    this.#restBytes = parts.residentBytes();
  }

  /** Looks every ten seconds from now on. Does not keep the process alive. */
  static watch(activity: () => Activity): void {
    const memory = new IdleMemory({ activity, residentBytes: () => process.memoryUsage.rss(), collect });
    setInterval(() => memory.look(), LOOK_MS).unref();
  }

  look(): void {
    const { activity, residentBytes, collect } = this.#parts;
    const { running, begun } = activity();
    const isQuiet = running === 0 && begun === this.#begun;
    this.#begun = begun;
    if (!isQuiet) {
      this.#collections = 0;
      return;
    }
    // V8 hands pages back to the system some seconds after it has freed them: a look later.
    const bytes = residentBytes();
    if (this.#collections < MOST_COLLECTIONS && bytes - this.#restBytes >= WORTH_BYTES) {
      this.#collections += 1;
      collect();
    } else if (this.#collections > 0) this.#restBytes = bytes;
  }
}

/** A full collection: 40 to 130 ms in which nothing else runs. Node has no other way to it than this flag. */
function collect(): void {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  collectGarbage();
}
