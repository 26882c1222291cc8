import type { EventKind, Protocol } from '../protocols/types.ts';
import { splitEvents } from '../wire/sse.ts';

/** How a stream ends of which no log is kept. While there is one, nothing is read here. */
export class StreamTail {
  readonly #protocol: Protocol;
  /** The latest two pieces, unread: the log may be given up with the very last one. */
  #recent: readonly Buffer[] = [];
  #kind: EventKind | undefined;
  #finished = false;

  constructor(protocol: Protocol) {
    this.#protocol = protocol;
  }

  /** Takes note of whole events; `logged`: they are in the log. */
  passed(bytes: Buffer, logged: boolean): void {
    const before = this.#recent.at(-1);
    this.#recent = before === undefined ? [bytes] : [before, bytes];
    if (!logged) this.#read();
  }

  /** What the latest event that means anything was. */
  get kind(): EventKind | undefined {
    this.#read();
    return this.#kind;
  }

  /** Whether a choice has come to its end. */
  get finished(): boolean {
    this.#read();
    return this.#finished;
  }

  #read(): void {
    for (const bytes of this.#recent) {
      for (const event of splitEvents(bytes)) {
        const { kind, finishes } = this.#protocol.readEvent(event);
        if (kind !== 'other') this.#kind = kind;
        this.#finished ||= finishes === true;
      }
    }
    this.#recent = [];
  }
}
