import type { IncomingHttpHeaders } from 'node:http';
import type { WholeStream } from '../cache/recorder.ts';
import type { CancelTimer, TimerClock } from '../core/clock.ts';
import { isCallers } from '../core/credential.ts';
import { ProxyError } from '../core/errors.ts';
import type { Outcome } from '../core/outcome.ts';
import type { AnswerFacts } from '../protocols/types.ts';
import { readRateLimits } from '../providers/rate-limit-reset.ts';
import { providerOf } from '../providers/table.ts';
import type { Endpoint, Lease } from '../routing/types.ts';
import { translatedHeaders } from '../translate/rate-headers.ts';
import { type AttemptRecord, endAttempt } from '../telemetry/attempt-record.ts';
import type { UpstreamClient } from '../upstream/client.ts';
import { decoded } from '../upstream/decode.ts';
import type { UpstreamCall, UpstreamFailure, UpstreamHandler } from '../upstream/types.ts';
import { type AnswerHead, madeBy, type RefusedAnswer } from './answer.ts';
import { CheckedEvents } from './checked-events.ts';
import { chooseIntake } from './choose-intake.ts';
import { DetachableHandler } from './detachable-handler.ts';
import { endpointCall, type EndpointCall } from './endpoint-request.ts';
import { withLosses } from './translated-answer.ts';
import { inTrace } from './in-trace.ts';
import type { Intake, IntakeEvents, WithheldAnswer } from './intake.ts';
import { labelledHeaders } from './answer-label.ts';
import { withoutOwnKeys } from './key-filter.ts';
import { opaqueAnswerHeaders } from './opaque-headers.ts';
import type { GenerationRequest } from './request.ts';
import type { Translation } from './translated-request.ts';
import { asksForUsage, spokenProtocol } from './spoken-protocol.ts';
import { attemptBound, type AttemptBound, type AttemptTimeouts, callTimeouts } from './timeouts.ts';
import { mentionsUsage, type UsageRefusals } from './usage-refusals.ts';

/**
 * The life of an attempt. Every arrow is taken at most once:
 *
 *     sent ──head──▶ answering ──commit──▶ committed ──finish──▶ ended
 *      │ ▲ └ dead kept-alive connection, once  │ refuse              ▲
 *      └──────────── failure ──────────────────┴─────────────────────┘
 *
 * One more arrow leads from `answering` back to `sent`: an endpoint that refuses the `stream_options` which the proxy has
 * added is asked again without it, once.
 *
 * Interleavings that the states close:
 * - The last follower leaves before the head: the call is aborted, `onFailure` comes in `sent`, and the attempt ends with
 *   `client_left`.
 * - The last follower leaves in the tick of the commit: the flight has an ending, what the intake still pushes is ignored,
 *   and the aborted call ends the attempt.
 * - The intake has ended the attempt (terminal event) and the connection breaks afterwards: `ended` takes no event.
 * - The last follower leaves while that repeated request waits to be sent: there is no call to abort, and the attempt ends.
 * - What still comes from the refused call is dropped with its handler.
 * - The time is up in the tick of the commit or of the end: both stop the timer, and `ended` takes no event. A timer that
 *   fires first ends the attempt and aborts the call; what that call still reports meets `ended`.
 * - The time is up while a whole answer waits for its check: it is passed on unchecked, and what the check says afterwards is
 *   ignored. The last follower leaves meanwhile: there is no call to abort any more, and the attempt ends.
 * - A handler throws in any state: the attempt ends with `proxy_fault` and the call is aborted.
 */
export type AttemptState = 'sent' | 'answering' | 'committed' | 'ended';

/** How an attempt ended. */
export interface AttemptEnd {
  readonly outcome: Outcome;
  /** Part of the answer may have reached followers: no other endpoint is tried. */
  readonly committed: boolean;
  /** The endpoint's own answer, when it was refused. */
  readonly refusal?: RefusedAnswer;
  readonly facts?: AnswerFacts | undefined;
  readonly whole?: WholeStream | undefined;
  /** The whole answer, where no follower gets it: what it is billed is read from `facts`, else estimated from it. */
  readonly withheld?: Buffer;
  /** What was thrown, for `proxy_fault`. */
  readonly fault?: unknown;
}

/** What an attempt reports to its generation. */
export interface AttemptEvents {
  /** The attempt can be paused, resumed and aborted from here on. */
  sent(call: AttemptControls): void;
  firstEvent(ms: number): void;
  committed(head: AnswerHead, answerId: string | undefined): void;
  push(chunk: Buffer): void;
  /** Everything pushed so far, or undefined when it was too much to keep. */
  log(): readonly Buffer[] | undefined;
  /** Called once. The lease has been released. `endpoint`: the one that was asked. */
  ended(end: AttemptEnd, endpoint: Endpoint): void;
}

export type AttemptControls = Pick<UpstreamCall, 'pause' | 'resume' | 'abort'>;

export interface AttemptOptions {
  readonly request: GenerationRequest;
  /** Released by the attempt, whatever happens. */
  readonly lease: Lease;
  readonly timeouts: AttemptTimeouts;
  /** See `CandidateLease`. */
  readonly foreignSeals?: boolean;
  /** What the attempt comes to is written into it. */
  readonly record: AttemptRecord;
  readonly upstream: Pick<UpstreamClient, 'send'>;
  readonly clock: TimerClock;
  readonly usageRefusals: UsageRefusals;
  readonly events: AttemptEvents;
}

const JSON_TYPE = ['content-type', 'application/json'] as const;

const CLIENT_LEFT: Outcome = { kind: 'client_left', reason: 'the last client left' };

/** One request to one endpoint. */
export class Attempt implements UpstreamHandler, IntakeEvents {
  readonly #options: AttemptOptions;
  readonly #bound: AttemptBound;
  #state: AttemptState = 'sent';
  #call: UpstreamCall | undefined;
  #resent = false;
  /** Whether usage is asked for although the client did not. */
  #addsUsage: boolean;
  #refusedUsage = false;
  /** Of a request that may have to be repeated. */
  #detachable: DetachableHandler | undefined;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #intake: Intake | undefined;
  /** Present where the answer is checked before it is passed on. */
  #checked: CheckedEvents | undefined;
  /** Present where the endpoint is asked in another protocol than the client's. */
  #translation: Translation | undefined;
  /** Names of the client's fields that could not be told the endpoint. */
  #dropped: readonly string[] = [];
  #stopTimer: CancelTimer | undefined;

  constructor(options: AttemptOptions) {
    this.#options = options;
    const { request, lease, timeouts, usageRefusals } = options;
    this.#bound = attemptBound(request, timeouts);
    const { endpoint } = lease;
    const adds = request.addsUsage || asksForUsage(request, endpoint);
    this.#addsUsage = adds && !providerOf(endpoint).usageUnasked && !usageRefusals.has(endpoint);
  }

  get state(): AttemptState {
    return this.#state;
  }

  start(): void {
    const { ms, kind, reason } = this.#bound;
    this.#stopTimer = this.#options.clock.after(ms, () => this.expire({ kind, reason }));
    // The way back is wired before the first byte goes out: a follower that leaves now is not overlooked.
    this.#options.events.sent({
      pause: () => this.#call?.pause(),
      resume: () => this.#call?.resume(),
      abort: () => this.#abort(),
    });
    this.#guarded(() => this.#send());
  }

  /** A time that bounds this attempt has passed. */
  expire(outcome: Outcome): void {
    if (this.#checked?.withheld) this.#guarded(() => this.#checked?.passUnchecked());
    else this.#end({ outcome, committed: this.#state === 'committed' });
  }

  onHead(status: number, headers: IncomingHttpHeaders): void {
    if (this.#state !== 'sent') return;
    this.#state = 'answering';
    this.#status = status;
    this.#headers = headers;
    const { request, lease, clock, usageRefusals } = this.#options;
    // What is left to a caller's own credential says nothing about the endpoint's.
    if (lease.rateLimits && !isCallers(lease.endpoint.credential) && !request.opaque) {
      lease.rateLimits(readRateLimits(headers, clock.now()));
    }
    // Only now is it known that the added field was at fault.
    if (this.#refusedUsage && status < 300) usageRefusals.add(lease.endpoint);
    this.#guarded(() => {
      const expected = {
        protocol: request.protocol,
        stream: request.facts.stream,
        view: {
          includeUsage: request.facts.includeUsage || request.addsUsage,
          includeObfuscation: request.facts.includeObfuscation,
        },
        provider: providerOf(lease.endpoint),
        callersCredential: isCallers(lease.endpoint.credential) || request.opaque?.clientSecret !== undefined,
        now: clock.now(),
        endpoint: lease.endpoint,
        opaque: request.opaque,
        translation: this.#translation,
      };
      this.#checked = this.#checkedEvents();
      this.#intake = chooseIntake(status, headers, expected, this.#checked ?? this);
    });
  }

  onData(chunk: Buffer): void {
    if (this.#state === 'ended') return;
    this.#guarded(() => this.#intake?.onData(chunk));
  }

  onEnd(): void {
    if (this.#state === 'ended') return;
    this.#guarded(() => this.#intake?.onEnd());
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.#state === 'ended') return;
    this.#guarded(() => {
      if (this.#intake) this.#intake.onFailure(failure);
      else if (failure.kind === 'dead_connection' && !this.#resent) this.#resend();
      else this.#end({ outcome: { kind: failure.kind, reason: failure.reason }, committed: false });
    });
  }

  commit(head: { answerId?: string; length?: number }): void {
    if (this.#state !== 'answering') return;
    this.#state = 'committed';
    if (this.#bound.untilCommit) this.#endTimer();
    const { events, lease, record, request } = this.#options;
    const opened: AnswerHead = {
      status: this.#status,
      shape: request.facts.stream ? 'stream' : 'body',
      headers: this.#answerHeaders(),
      ...madeBy(lease.endpoint),
      attempts: record.ordinal,
      ...(head.length === undefined ? {} : { length: head.length }),
    };
    events.committed(opened, head.answerId);
  }

  refuse(outcome: Outcome, refusal?: RefusedAnswer, withheld?: WithheldAnswer): void {
    if (this.#state !== 'answering') return;
    if (this.#addsUsage && mentionsUsage(outcome, refusal)) {
      this.#repeatWithoutUsage();
      return;
    }
    this.#end({ outcome, committed: false, ...(refusal ? { refusal } : {}), ...endOf(withheld) });
  }

  finish(outcome: Outcome, facts?: AnswerFacts, whole?: WholeStream): void {
    if (this.#state !== 'committed') return;
    this.#end({ outcome, committed: true, facts, whole });
  }

  push(chunk: Buffer): void {
    this.#options.events.push(chunk);
  }

  log(): readonly Buffer[] | undefined {
    return this.#options.events.log();
  }

  firstEvent(): void {
    const { record, clock } = this.#options;
    const now = clock.monotonic();
    record.firstEvent ??= now;
    const ms = now - record.begin;
    this.#options.lease.firstEvent(ms);
    this.#options.events.firstEvent(ms);
  }

  #checkedEvents(): CheckedEvents | undefined {
    const { check, facts, opaque } = this.#options.request;
    if (!check || facts.stream || opaque) return undefined;
    const run = (step: () => void): void => {
      if (this.#state !== 'ended') this.#guarded(step);
    };
    return new CheckedEvents(this, { check, run });
  }

  #answerHeaders(): AnswerHead['headers'] {
    const { request, lease } = this.#options;
    if (request.opaque) return opaqueAnswerHeaders(this.#headers, lease.endpoint);
    const labelled = labelledHeaders(this.#headers, request.facts.stream ? 'stream' : 'body');
    const whose = { callersCredential: isCallers(lease.endpoint.credential), now: this.#options.clock.now() };
    const headers = this.#translation ? translatedHeaders(labelled, this.#translation, whose) : labelled;
    return this.#dropped.length > 0 ? withLosses(headers, this.#dropped) : headers;
  }

  #send(): void {
    const { request, lease, upstream, record } = this.#options;
    this.#detachable = this.#addsUsage ? new DetachableHandler(this) : undefined;
    const target = this.#detachable ?? this;
    // What is passed on uninterpreted is cleaned by its own intake.
    const reader = request.opaque ? target : withoutOwnKeys(target, lease.endpoint);
    const { handler, control } = decoded(reader, (status) => !request.opaque || status > 299);
    const call = this.#endpointCall();
    if (!call) return;
    this.#call = control(upstream.send(inTrace(call.asked, lease.endpoint, request.propagation, record), handler));
  }

  /** Undefined where the request cannot be told in the endpoint's protocol: then the attempt has ended. */
  #endpointCall(): EndpointCall | undefined {
    const { request, lease, timeouts, clock, foreignSeals = false } = this.#options;
    const options = { now: clock.now(), asksUsage: this.#addsUsage, foreignSeals };
    try {
      const call = endpointCall(request, lease.endpoint, callTimeouts(request, timeouts), options);
      this.#translation = call.translation;
      this.#dropped = call.dropped ?? [];
      if (call.translation) this.#noteTranslation();
      return call;
    } catch (error) {
      const isRewritten = foreignSeals || spokenProtocol(request.protocol, lease.endpoint) !== request.protocol;
      if (!(error instanceof ProxyError) || !isRewritten) throw error;
      const { status, message } = error;
      const refusal = { status, headers: [JSON_TYPE], body: request.protocol.errorBody(error) };
      this.#end({ outcome: { kind: 'untranslatable', reason: message }, committed: false, refusal });
      return undefined;
    }
  }

  #noteTranslation(): void {
    const { record, request, lease, clock } = this.#options;
    record.protocol = spokenProtocol(request.protocol, lease.endpoint)?.id;
    record.translated ??= clock.monotonic();
  }

  /** The client did not ask for what the endpoint refuses: the same endpoint gets the client's own request. */
  #repeatWithoutUsage(): void {
    const refused = this.#call;
    this.#detachable?.detach();
    this.#state = 'sent';
    this.#addsUsage = false;
    this.#refusedUsage = true;
    this.#resent = false;
    this.#intake = undefined;
    this.#call = undefined;
    refused?.abort();
    // A refusal comes in the middle of the connection's own clearing up.
    queueMicrotask(() => {
      if (this.#state === 'sent') this.#guarded(() => this.#send());
    });
  }

  /** A kept-alive connection that was dead before any byte is replaced by a fresh one, once, free of charge. */
  #resend(): void {
    this.#resent = true;
    this.#send();
  }

  #abort(): void {
    if (this.#state === 'ended') return;
    const withheld = this.#checked?.withheld;
    if (this.#call && !withheld) this.#call.abort();
    else this.#end({ outcome: CLIENT_LEFT, committed: false, ...endOf(withheld) });
  }

  #guarded(step: () => void): void {
    try {
      step();
    } catch (fault) {
      const reason = 'the proxy failed on this answer';
      this.#end({ outcome: { kind: 'proxy_fault', reason }, committed: this.#state === 'committed', fault });
    }
  }

  #endTimer(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  /** The one end of every attempt. */
  #end(end: AttemptEnd): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#endTimer();
    const { record, clock, lease, events } = this.#options;
    endAttempt(record, end.outcome, clock.monotonic());
    lease.release(end.outcome);
    events.ended(end, lease.endpoint);
    this.#call?.abort();
  }
}

function endOf(answer: WithheldAnswer | undefined): Pick<AttemptEnd, 'facts' | 'withheld'> {
  if (answer === undefined) return {};
  return { withheld: answer.body, ...(answer.facts ? { facts: answer.facts } : {}) };
}
