import type { CancelTimer } from '../core/clock.ts';
import type { RequestContext } from './context.ts';
import { waitingHeaders } from './headers.ts';
import type { Runtime } from './runtime.ts';

/** A comment is no event: clients skip it (WHATWG HTML section 9.2.6). */
const COMMENT = Buffer.from(': keep-alive\n\n');

/**
 * Comments for one client whose stream has not begun yet or stands still, so that neither it nor what lies between takes
 * the connection for dead. The first one brings the head along: which endpoint will answer is open then, and failover goes
 * on. A comment stands between whole events, and no other follower sees it.
 */
export class StreamKeepalive {
  readonly #context: RequestContext;
  readonly #runtime: Pick<Runtime, 'clock' | 'streamKeepaliveMs'>;
  #wroteAt = 0;
  #isBlocked = false;
  #stop: CancelTimer | undefined;

  private constructor(context: RequestContext, runtime: Pick<Runtime, 'clock' | 'streamKeepaliveMs'>) {
    this.#context = context;
    this.#runtime = runtime;
  }

  /** Undefined for a client that gets no comments: they stand between server-sent events alone. */
  static of(
    context: RequestContext,
    runtime: Pick<Runtime, 'clock' | 'streamKeepaliveMs'>,
  ): StreamKeepalive | undefined {
    const { facts } = context;
    const isOn = runtime.streamKeepaliveMs > 0 && facts?.stream === true && facts.framing === undefined;
    return isOn ? new StreamKeepalive(context, runtime) : undefined;
  }

  start(): void {
    this.wrote(true);
    this.#arm(this.#runtime.streamKeepaliveMs);
  }

  /** The client has been sent something, and may have to be waited for. */
  wrote(takesMore: boolean): void {
    this.#isBlocked = !takesMore;
    this.#wroteAt = this.#runtime.clock.monotonic();
  }

  stop(): void {
    this.#stop?.();
  }

  #arm(ms: number): void {
    this.#stop = this.#runtime.clock.after(ms, () => this.#wake());
  }

  #wake(): void {
    const { clock, streamKeepaliveMs } = this.#runtime;
    const quietMs = clock.monotonic() - this.#wroteAt;
    // Behind a client that does not read, a comment would only be stored.
    if (quietMs < streamKeepaliveMs) this.#arm(streamKeepaliveMs - quietMs);
    else {
      if (!this.#isBlocked) this.#comment();
      this.#arm(streamKeepaliveMs);
    }
  }

  #comment(): void {
    const context = this.#context;
    const { responder } = context;
    if (responder.closed) return;
    if (!responder.headSent) {
      context.status = 200;
      context.isWaiting = true;
      responder.head(200, waitingHeaders(context));
    }
    this.wrote(responder.write(COMMENT));
  }
}
