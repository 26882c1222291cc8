import type { WholeStream } from '../cache/recorder.ts';
import type { Recording } from '../cache/types.ts';
import type { CancelTimer, TimerClock } from '../core/clock.ts';
import { ProxyError } from '../core/errors.ts';
import { OUTCOMES, type Outcome, type OutcomeKind } from '../core/outcome.ts';
import { Flight } from '../flights/flight.ts';
import type { LogBudget } from '../flights/log-budget.ts';
import type { AnswerFacts, OwnFields, TokenUsage } from '../protocols/types.ts';
import type { Affinity } from '../routing/affinity.ts';
import type { Endpoint } from '../routing/types.ts';
import type { AttemptRecord } from '../telemetry/attempt-record.ts';
import type { UpstreamClient } from '../upstream/client.ts';
import type { AnswerHead, GenerationFailure, MadeBy, RefusedAnswer } from './answer.ts';
import { Attempt, type AttemptEnd, type AttemptEvents } from './attempt.ts';
import type { CandidateLease, Candidates } from './candidates.ts';
import { type FailedAttempt, failedAttempt, failureAfter } from './failure.ts';
import { GenerationReport, type GenerationTelemetry } from './generation-report.ts';
import { HedgedAttempt, type Hedger, type RaceEvents } from './hedge.ts';
import type { Payer } from './payer.ts';
import type { Recorder } from './recorder.ts';
import { DO_NOT_RETRY } from './retry-advice.ts';
import type { GenerationRequest } from './request.ts';
import type { SharedEnd } from './shared-frames.ts';
import { SharedRun, type SharedSubject, type SharedTerms } from './shared-run.ts';
import type { UsageRefusals } from './usage-refusals.ts';

/** What every generation works with. */
export interface GenerationTools {
  readonly clock: TimerClock;
  readonly upstream: Pick<UpstreamClient, 'send'>;
  readonly affinity: Affinity;
  readonly usageRefusals: UsageRefusals;
  readonly telemetry: GenerationTelemetry;
}

export interface GenerationOptions {
  readonly request: GenerationRequest;
  readonly candidates: Candidates;
  /** Bytes of the answer that are kept for late followers and for the recorder; 0 keeps nothing. */
  readonly retainBytes: number;
  /** What it shares with the logs of other generations; left out = it shares with none. */
  readonly logBudget?: LogBudget;
  /** Makes the recording of the verified answer; absent where nothing is stored or shared. */
  readonly recorder?: Recorder | undefined;
  readonly payer?: Payer | undefined;
  /** Hears of an answer that its endpoint keeps, before a follower has anything of it. */
  readonly onKept?: ((answerId: string, by: MadeBy) => void) | undefined;
  /** Present where generations are shared with other processes. */
  readonly shared?: SharedTerms | undefined;
  /** Called once, in the tick in which no further exchange may attach. */
  readonly onClosed?: ((generation: Generation) => void) | undefined;
}

/**
 * One upstream answer in the making: attempts at endpoint after endpoint until one commits or none is left. It runs by
 * itself while one follower is attached, and alone owns attempts, usage, the end of the flight
 * and the recording; all of them are booked once. It goes from call to call without promises.
 */
export class Generation implements RaceEvents, SharedSubject {
  readonly request: GenerationRequest;
  readonly flight: Flight<AnswerHead, GenerationFailure>;
  readonly #options: GenerationOptions;
  readonly #tools: GenerationTools;
  readonly #report: GenerationReport;
  #stopTimer: CancelTimer | undefined;
  #attempt: Attempt | HedgedAttempt | undefined;
  /** Undefined before the first attempt; null = this generation has none. */
  #hedger: Hedger | null | undefined;
  #last: FailedAttempt | undefined;
  #recording: Recording | undefined;
  #answerId: string | undefined;
  #shared: SharedRun | undefined;
  /** What another process has said of the answer that it made. */
  #elsewhere: { own?: OwnFields | undefined; usage?: TokenUsage | undefined } | undefined;
  #closed = false;

  constructor(options: GenerationOptions, tools: GenerationTools) {
    this.request = options.request;
    this.#options = options;
    this.#tools = tools;
    const { clock, telemetry } = tools;
    this.#report = new GenerationReport({ request: options.request, clock, telemetry, payer: options.payer });
    this.flight = new Flight(options.retainBytes, () => this.#close(), options.logBudget);
  }

  /** Tokens of the answer, told by the endpoint or estimated; undefined before its end and where nothing is billed. */
  get usage(): TokenUsage | undefined {
    return this.#elsewhere ? this.#elsewhere.usage : this.#report.usage;
  }

  /** The fields that name the caller whose request the answer was made for, as the answer may repeat them. */
  get own(): OwnFields | undefined {
    return this.#elsewhere ? this.#elsewhere.own : this.request.facts.own;
  }

  /** Settles once the recording is stored; undefined where none is. */
  get stored(): Promise<unknown> | undefined {
    return this.#options.recorder?.stored;
  }

  /** What was made of the verified answer; set before the flight ends. */
  get recording(): Recording | undefined {
    return this.#recording;
  }

  /** A second attempt was made beside the first one. */
  get hedged(): boolean {
    return this.#report.hedged;
  }

  /** The attempts that were made so far, in their order. */
  get attempts(): readonly AttemptRecord[] {
    return this.#report.attempts;
  }

  /** Provider's id of the answer, once it is known. */
  get answerId(): string | undefined {
    return this.#answerId;
  }

  start(): void {
    this.guarded(() => {
      const { totalMs } = this.#options.candidates;
      this.#stopTimer = this.#tools.clock.after(totalMs, () => this.guarded(() => this.#expire(totalMs)));
      if (this.#options.shared) {
        this.#shared = new SharedRun(this.#options.shared, this);
        this.#shared.start();
      } else this.run();
    });
  }

  run(): void {
    const prepared = this.#options.candidates.prepare();
    if (prepared instanceof Promise) void prepared.then(() => this.guarded(() => this.#next()));
    else this.#next();
  }

  openShared(head: AnswerHead, own: OwnFields | undefined): void {
    this.#endTimer();
    this.#elsewhere = { own };
    this.flight.open(head);
  }

  /** Nothing is asked, paid or stored here for what another process has made. */
  finish({ ending, usage, answerId, recording }: SharedEnd): void {
    this.#elsewhere = { own: this.own, usage };
    this.#answerId = answerId;
    this.#recording = recording;
    this.#close();
    this.#report.book();
    this.flight.end(ending);
  }

  sent(controls: Parameters<AttemptEvents['sent']>[0]): void {
    this.flight.control(controls);
  }

  firstEvent(): void {
    this.#report.firstEvent();
  }

  committed(head: AnswerHead, answerId: string | undefined): void {
    const { protocol, facts } = this.request;
    this.#endTimer();
    this.#answerId = answerId;
    if (protocol.storesResponses || facts.store) {
      // From the first event on: a client may ask for the response while it is being made.
      const made = facts.store ? answerId : undefined;
      const known = [facts.previousResponseId, made].filter((id) => id !== undefined);
      this.#tools.affinity.remember(known, head.endpoint);
      if (made !== undefined) this.#options.onKept?.(made, head);
    }
    this.flight.open(head);
  }

  push(chunk: Buffer): void {
    this.#report.push(chunk);
    const { recorder } = this.#options;
    // A body is replayed whole, whenever its parts came.
    if (recorder && this.request.facts.stream && this.flight.log) recorder.arrived(this.#tools.clock.monotonic());
    this.flight.push(chunk);
  }

  log(): readonly Buffer[] | undefined {
    return this.flight.log;
  }

  ended(end: AttemptEnd, endpoint: Endpoint): void {
    const { outcome } = end;
    this.#attempt = undefined;
    this.#report.ended(end, endpoint, this.flight.log);
    if (end.committed) this.#deliver(endpoint, end);
    else if (outcome.kind === 'client_left') this.#abandon();
    // A refusal comes in the middle of the connection's own clearing up: the next attempt waits until that is done.
    else queueMicrotask(() => this.guarded(() => this.#refused(endpoint, end)));
  }

  askedBeside(endpoint: Endpoint): AttemptRecord {
    return this.#report.askedBeside(endpoint);
  }

  endedBeside(end: AttemptEnd, endpoint: Endpoint): void {
    const { outcome, refusal } = end;
    this.#report.ended(end, endpoint, undefined);
    if (OUTCOMES[outcome.kind].retry === 'no') return;
    if (this.#saysMore(outcome, refusal)) this.#last = failedAttempt(outcome, endpoint, refusal);
    this.#options.candidates.mayGoOn(outcome, endpoint);
  }

  /** The committed answer has ended: it is recorded and closed before its followers hear of the end. */
  #deliver(endpoint: Endpoint, { outcome, facts, whole }: AttemptEnd): void {
    if (facts) this.#tools.affinity.remember(facts.encryptedItems, endpoint.id);
    if (OUTCOMES[outcome.kind].cache && facts) this.#record(endpoint, facts, whole);
    this.#close();
    this.#report.book();
    // An error event of the provider's own has told the client already: the stream ends as it came.
    if (outcome.kind === 'ok' || facts?.failed) this.flight.end({ kind: 'done' });
    else if (outcome.kind !== 'client_left') {
      this.flight.end({ kind: 'cut', reason: outcome.reason ?? outcome.kind });
    }
  }

  #record(endpoint: Endpoint, facts: AnswerFacts, whole: WholeStream | undefined): void {
    const { head, log } = this.flight;
    if (!head || !log) return;
    this.#recording = this.#options.recorder?.record({
      head,
      chunks: log,
      endpoint,
      facts,
      whole,
    });
  }

  #refused(endpoint: Endpoint, { outcome, refusal, fault }: AttemptEnd): void {
    if (fault !== undefined) {
      this.#fail(fault instanceof ProxyError ? fault : internalError(), outcome.kind);
      return;
    }
    if (this.#saysMore(outcome, refusal)) this.#last = failedAttempt(outcome, endpoint, refusal);
    if (this.#options.candidates.mayGoOn(outcome, endpoint)) this.#next();
    else this.#fail();
  }

  /**
   * Whether the client learns more from this failure than from the one before: what an endpoint said itself counts more
   * than that a later one could not be reached, and an account that does not know the response says nothing about one
   * that may.
   */
  #saysMore({ kind }: Outcome, refusal: RefusedAnswer | undefined): boolean {
    const last = this.#last;
    // An answer that does not fit ends the generation: what went wrong before it is past.
    if (last === undefined || kind === 'invalid_output') return true;
    if (kind === UNKNOWN && last.outcome.kind !== UNKNOWN) return false;
    return refusal !== undefined || last.answer === undefined;
  }

  /** Asks the next endpoint, or ends the flight when there is none. */
  #next(): void {
    if (this.flight.ending) {
      this.#abandon();
      return;
    }
    const { candidates } = this.#options;
    const candidate = candidates.next();
    if (candidate) this.#ask(candidate);
    else if (!candidates.wait?.(() => this.guarded(() => this.#next()))) this.#fail();
  }

  #ask({ lease, timeouts, foreignSeals }: CandidateLease): void {
    const record = this.#report.asked(lease.endpoint);
    const { upstream, clock, usageRefusals } = this.#tools;
    const options = {
      request: this.request,
      lease,
      timeouts,
      foreignSeals,
      record,
      upstream,
      clock,
      usageRefusals,
      events: this,
    };
    const hedger = this.#hedgerOf();
    this.#attempt = hedger ? new HedgedAttempt(options, hedger) : new Attempt(options);
    this.#attempt.start();
  }

  /** Asked with the first attempt: what the choice depends on is known by then. What is only passed on, or checked, is not hedged. */
  #hedgerOf(): Hedger | null {
    const { opaque, check } = this.request;
    this.#hedger ??= (opaque || check ? null : this.#options.candidates.hedger?.()) ?? null;
    return this.#hedger;
  }

  /** The time for all attempts is up. Between two attempts none is left to end: what still waits finds the flight ended. */
  #expire(totalMs: number): void {
    const outcome: Outcome = { kind: 'timeout_total', reason: `no answer within ${totalMs} ms` };
    if (this.#attempt) this.#attempt.expire(outcome);
    else this.#fail(this.#last ? undefined : tooLate(totalMs));
  }

  /** The last follower has left before an answer was committed. */
  #abandon(): void {
    this.#close();
    this.#report.book();
  }

  /** `outcome`: of the attempt that the error is about. */
  #fail(error?: ProxyError, outcome?: OutcomeKind): void {
    const attempts = this.#report.attempts.length;
    const about = outcome === undefined ? { attempts } : { attempts, outcome };
    const failure = error ? ({ kind: 'error', error, ...about } as const) : this.#failure(attempts);
    // In the tick in which the generation is closed: an equal request finds the one or the other.
    this.#options.recorder?.refused(failure);
    this.#close();
    this.#report.book();
    this.flight.end({ kind: 'failed', failure });
  }

  #failure(attempts: number): GenerationFailure {
    const { candidates } = this.#options;
    const ownerWaits = this.#last?.outcome.kind === UNKNOWN && candidates.ownerUntried;
    if (this.#last && !ownerWaits) return failureAfter(this.#last, candidates, attempts);
    return { kind: 'error', error: candidates.unavailable(), attempts };
  }

  guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof ProxyError)) this.#tools.telemetry.fault('a generation failed', this.request.id, error);
      this.#fail(error instanceof ProxyError ? error : internalError());
    }
  }

  #endTimer(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  /** From here on no further exchange may attach. The last follower's leave closes a generation before its attempt ends. */
  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#endTimer();
    this.#shared?.closed();
    this.#options.candidates.close?.();
    this.#options.onClosed?.(this);
  }
}

const UNKNOWN: OutcomeKind = 'unknown_previous_response';

function tooLate(totalMs: number): ProxyError {
  const message = `No endpoint could be asked within ${totalMs} ms (routing.timeouts.total).`;
  return new ProxyError('upstream_timeout', message, { headers: DO_NOT_RETRY });
}

function internalError(): ProxyError {
  return new ProxyError('internal_error', 'The proxy failed on this request; its log has the details.');
}
