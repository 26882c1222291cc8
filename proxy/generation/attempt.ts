import type { IncomingHttpHeaders } from 'node:http';
import type { WholeStream } from '../cache/recorder.ts';
import type { Clock } from '../core/clock.ts';
import type { Outcome } from '../core/outcome.ts';
import type { AnswerFacts, Protocol } from '../protocols/types.ts';
import { classifyAnswer } from '../upstream/classify.ts';
import type { UpstreamClient } from '../upstream/client.ts';
import { relayedAnswerHeaders } from '../upstream/headers.ts';
import type { UpstreamCall, UpstreamFailure, UpstreamHandler, UpstreamRequest } from '../upstream/types.ts';
import { BodyIntake } from './body-intake.ts';
import { ErrorIntake } from './error-intake.ts';
import type { AnswerFlight, AnswerHead } from './answer.ts';
import { StreamIntake } from './stream-intake.ts';

/** What an endpoint answered when its answer is not passed on at once. */
export interface RefusedAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

/** How an attempt stands once it is decided whether the client gets its answer. */
export type Verdict =
  | { readonly kind: 'committed' }
  | { readonly kind: 'failed'; readonly outcome: Outcome; readonly answer?: RefusedAnswer };

const COMMITTED: Verdict = { kind: 'committed' };

/** What an intake tells of the answer it reads. */
export interface IntakeEvents {
  /** The answer is good: everything from here on goes to the clients. */
  commit(head: { answerId?: string; length?: number }): void;
  /** The answer is refused; nothing of it has reached a client. */
  refuse(outcome: Outcome, answer?: RefusedAnswer): void;
  /** The committed answer has ended. */
  finish(outcome: Outcome, facts?: AnswerFacts, whole?: WholeStream): void;
  push(chunk: Buffer): void;
  /** Everything pushed so far, or undefined when it was too much to keep. */
  log(): readonly Buffer[] | undefined;
  firstEvent(): void;
}

/** Reads the body of one answer. */
export interface Intake {
  onData(chunk: Buffer): void;
  onEnd(): void;
  onFailure(failure: UpstreamFailure): void;
}

export interface AttemptOptions {
  readonly protocol: Protocol;
  readonly stream: boolean;
  readonly request: UpstreamRequest;
  readonly answer: AnswerFlight;
  readonly endpoint: string;
  readonly ordinal: number;
  readonly forwardsCredential: boolean;
  readonly clock: Clock;
  /** Called once: the answer is committed or refused. */
  readonly onVerdict: (verdict: Verdict) => void;
  readonly onFirstEvent: (ms: number) => void;
  readonly onCommit: (answerId: string | undefined) => void;
  /** Called once when a committed answer has ended, before the flight does. */
  readonly onFinish: (outcome: Outcome, facts: AnswerFacts | undefined) => void;
}

/** Sends one request to one endpoint. A committed answer goes on by itself after the verdict. */
export function attempt(upstream: UpstreamClient, options: AttemptOptions): void {
  new AttemptRun(options).start(upstream);
}

class AttemptRun implements UpstreamHandler, IntakeEvents {
  readonly #options: AttemptOptions;
  readonly #startedAt: number;
  #call: UpstreamCall | undefined;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #intake: Intake | undefined;
  #committed = false;
  #decided = false;

  constructor(options: AttemptOptions) {
    this.#options = options;
    this.#startedAt = options.clock.monotonic();
  }

  start(upstream: UpstreamClient): void {
    // The way back is wired before the first byte goes out: a client that leaves now is not overlooked.
    this.#options.answer.flight.control({
      pause: () => this.#call?.pause(),
      resume: () => this.#call?.resume(),
      abort: () => this.#call?.abort(),
    });
    this.#call = upstream.send(this.#options.request, this);
    if (this.#options.answer.flight.ending) this.#call.abort();
  }

  onHead(status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
    this.#intake = this.#chooseIntake(status, headers['content-type'] ?? '');
  }

  onData(chunk: Buffer): void {
    this.#intake?.onData(chunk);
  }

  onEnd(): void {
    this.#intake?.onEnd();
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.#intake) this.#intake.onFailure(failure);
    else this.refuse({ kind: failure.kind, reason: failure.reason });
  }

  commit(head: { answerId?: string; length?: number }): void {
    if (this.#decided) return;
    this.#decided = true;
    this.#committed = true;
    const { answer, endpoint, ordinal, onCommit, stream } = this.#options;
    onCommit(head.answerId);
    const opened: AnswerHead = {
      status: this.#status,
      shape: stream ? 'stream' : 'body',
      headers: relayedAnswerHeaders(this.#headers),
      endpoint,
      attempts: ordinal,
      ...(head.length === undefined ? {} : { length: head.length }),
    };
    answer.flight.open(opened);
    this.#options.onVerdict(COMMITTED);
  }

  refuse(outcome: Outcome, answer?: RefusedAnswer): void {
    if (this.#decided) return;
    this.#decided = true;
    this.#call?.abort();
    this.#options.onVerdict({ kind: 'failed', outcome, ...(answer ? { answer } : {}) });
  }

  finish(outcome: Outcome, facts?: AnswerFacts, whole?: WholeStream): void {
    if (!this.#committed) return;
    this.#committed = false;
    if (whole) this.#options.answer.record.whole = whole;
    this.#options.onFinish(outcome, facts);
    const { flight } = this.#options.answer;
    // An error event of the provider's own has told the client already: the stream ends as it came.
    if (outcome.kind === 'ok' || facts?.failed) flight.end({ kind: 'done' });
    else if (outcome.kind !== 'client_left') flight.end({ kind: 'cut', reason: outcome.reason ?? outcome.kind });
    this.#call?.abort();
  }

  push(chunk: Buffer): void {
    const { answer, clock } = this.#options;
    if (answer.flight.log) answer.record.times.push(clock.monotonic());
    answer.flight.push(chunk);
  }

  log(): readonly Buffer[] | undefined {
    return this.#options.answer.flight.log;
  }

  firstEvent(): void {
    this.#options.onFirstEvent(this.#options.clock.monotonic() - this.#startedAt);
  }

  #chooseIntake(status: number, contentType: string): Intake {
    const { protocol, stream, forwardsCredential, clock } = this.#options;
    const headers = this.#headers;
    if (status > 299 && status < 400) {
      // Where a redirect leads is the endpoint's word alone: it is neither followed nor handed on.
      const reason = `answered with status ${status}, a redirect`;
      return new ErrorIntake(this, () => ({ outcome: { kind: 'bad_answer', status, reason } }));
    }
    if (status > 299) {
      return new ErrorIntake(this, (body) => ({
        outcome: classifyAnswer({ status, headers, body, forwardsCredential, now: clock.now() }),
        answer: { status, headers: relayedAnswerHeaders(headers), body },
      }));
    }
    const wanted = stream ? 'text/event-stream' : 'application/json';
    if (!contentType.toLowerCase().startsWith(wanted)) {
      return new ErrorIntake(this, () => ({
        outcome: { kind: 'bad_answer', status, reason: `answered with '${contentType}' instead of '${wanted}'` },
      }));
    }
    return stream ? new StreamIntake(protocol, this) : new BodyIntake(protocol, this);
  }
}
