import type { Random } from '../core/random.ts';

const MIN_PROBE_MS = 100;
const MAX_PROBE_MS = 2_000;
/** Failed probes in a row after which the connection itself is taken for dead. */
const PROBES_UNTIL_STUCK = 4;

export interface BreakerOptions {
  /** Asks Redis for a sign of life; resolves to whether there was one, never rejects. */
  readonly probe: () => Promise<boolean>;
  /** Redis stays silent on a connection that looks alive. */
  readonly onStuck: () => void;
  readonly onChange: (closed: boolean, reason: string) => void;
  readonly random: Random;
}

/**
 * Keeps requests from waiting for a Redis that does not answer. One failure opens it; while it is open no request waits, and
 * probes in the background, at growing intervals, find out when it may close again. It begins open.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  #closed = false;
  #stopped = false;
  #failedProbes = 0;
  #timer: NodeJS.Timeout | undefined;
  #probing = false;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** A call failed or timed out, or the connection was lost. */
  fail(reason: string): void {
    if (this.#stopped) return;
    if (this.#closed) this.#failedProbes = 0;
    this.#closed = false;
    this.#options.onChange(false, reason);
    this.#schedule();
  }

  /** The connection has come up: probe now instead of at the next interval. */
  async probe(): Promise<void> {
    if (this.#probing || this.#closed || this.#stopped) return;
    this.#probing = true;
    const alive = await this.#options.probe();
    this.#probing = false;
    if (this.#stopped) return;
    if (alive) this.#close();
    else this.#probeFailed();
  }

  stop(): void {
    this.#stopped = true;
    this.#closed = false;
    clearTimeout(this.#timer);
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#failedProbes = 0;
    this.#closed = true;
    this.#options.onChange(true, 'answers');
  }

  #probeFailed(): void {
    this.#failedProbes += 1;
    if (this.#failedProbes % PROBES_UNTIL_STUCK === 0) this.#options.onStuck();
    this.#options.onChange(false, 'no answer to a probe');
    this.#schedule();
  }

  #schedule(): void {
    if (this.#timer !== undefined) return;
    const delay = Math.min(MIN_PROBE_MS * 2 ** this.#failedProbes, MAX_PROBE_MS);
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        void this.probe();
      },
      delay * (0.75 + this.#options.random() / 2),
    );
    this.#timer.unref();
  }
}
