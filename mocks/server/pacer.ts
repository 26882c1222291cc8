import type { StreamEvent } from '../dialects/reply.ts';
import type { SettledPace } from '../rules/pace.ts';

/** When the events of one answer are due. Without a pace everything is due at once and no clock is asked. */
export class Pacer {
  readonly #firstEventMs: number;
  readonly #msPerToken: number;
  #tokens = 0;
  #begun = false;

  constructor(pace: SettledPace) {
    this.#firstEventMs = pace.firstEventMs ?? 0;
    this.#msPerToken = pace.tokensPerSecond ? 1000 / pace.tokensPerSecond : 0;
  }

  get idle(): boolean {
    return this.#firstEventMs === 0 && this.#msPerToken === 0;
  }

  /** Milliseconds after the start. Opening events come at once, the first content after the first-event delay, each further event when the tokens before it are spent. */
  dueMs(event: StreamEvent): number {
    if (event.kind === 'open' && !this.#begun) return 0;
    this.#begun = true;
    const due = this.#firstEventMs + this.#tokens * this.#msPerToken;
    this.#tokens += event.tokens;
    return due;
  }

  /** Milliseconds for an answer that is sent whole. */
  wholeMs(tokens: number): number {
    return this.#firstEventMs + tokens * this.#msPerToken;
  }
}
