import type { IncomingHttpHeaders } from 'node:http';
import type { CancelTimer } from '../../core/clock.ts';
import { isCallers } from '../../core/credential.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Outcome } from '../../core/outcome.ts';
import { madeBy } from '../../generation/answer.ts';
import { UsageMeter } from '../../generation/usage-meter.ts';
import type { FrameJob } from '../../pipeline/socket-way.ts';
import type { StreamJudge, TokenUsage } from '../../protocols/types.ts';
import { type AttemptRecord, endAttempt } from '../../telemetry/attempt-record.ts';
import type { CandidateLease } from '../../generation/candidates.ts';
import { providerOf } from '../../providers/table.ts';
import { classified } from './endpoint-socket.ts';

/** How the answer to one request over a socket ended. */
export interface AnswerEnd {
  readonly outcome: Outcome;
  readonly usage: TokenUsage | undefined;
  readonly ttftMs: number | undefined;
  /** Status of the endpoint's error event; absent where the answer ended otherwise. */
  readonly refusedWith?: number;
}

const GOOD: Outcome = { kind: 'ok', status: 200 };
const DATA = Buffer.from('data: ');
const BLANK_LINE = Buffer.from('\n\n');

/**
 * The answer to one request over a socket, while it comes: judged and metered by its events, and booked once, like a
 * generation. It ends with its last event, an error event, the end of the socket, or when its time is up.
 */
export class FrameAnswer {
  /** Resolves when the answer has ended. */
  readonly ended: Promise<AnswerEnd>;
  readonly #resolve: (end: AnswerEnd) => void;
  readonly #job: FrameJob;
  readonly #leased: CandidateLease;
  readonly #judge: StreamJudge;
  readonly #meter: UsageMeter;
  readonly #startedAt: number;
  #stopTimer: CancelTimer | undefined;
  #ttftMs: number | undefined;
  #over = false;
  readonly #record: AttemptRecord;

  constructor(job: FrameJob, leased: CandidateLease, record: AttemptRecord) {
    const { promise, resolve } = Promise.withResolvers<AnswerEnd>();
    this.ended = promise;
    this.#resolve = resolve;
    this.#job = job;
    this.#leased = leased;
    this.#record = record;
    this.#judge = job.request.protocol.streamJudge();
    this.#meter = new UsageMeter(job.request);
    this.#startedAt = job.tools.clock.monotonic();
    const ms = leased.timeouts.firstContentMs;
    this.#bound(ms, { kind: 'timeout_first_content', reason: `no content within ${ms} ms` });
  }

  /** Takes an event of the answer; true when it was the last. */
  take(text: Buffer, event: JsonObject): boolean {
    if (this.#over) return true;
    const bytes = Buffer.concat([DATA, text, BLANK_LINE]);
    const { kind, error } = this.#job.request.protocol.readEvent(bytes);
    this.#meter.push(bytes);
    this.#judge.add(bytes);
    if (event['type'] === 'response.created') this.#made(event['response']);
    if (kind === 'content' || kind === 'end') this.#content();
    if (event['type'] === 'error') this.#refused(event);
    else if (kind === 'error' && this.#ttftMs === undefined) this.#end(this.#failure(error ?? {}));
    else if (kind === 'end' || kind === 'error') this.#end(GOOD);
    return this.#over;
  }

  /** The socket of the endpoint is closed. */
  cut(reason: string): void {
    this.#end({ kind: 'cut', reason });
  }

  /** The client is gone. */
  leave(): void {
    this.#end({ kind: 'client_left', reason: 'the client left' });
  }

  #made(response: Json | undefined): void {
    const id = isJsonObject(response) ? response['id'] : undefined;
    if (typeof id === 'string') this.#job.made?.(id, madeBy(this.#leased.lease.endpoint));
  }

  #content(): void {
    const { clock } = this.#job.tools;
    if (this.#ttftMs === undefined) {
      const now = clock.monotonic();
      this.#record.firstEvent = now;
      this.#ttftMs = now - this.#startedAt;
      this.#leased.lease.firstEvent(this.#ttftMs);
    }
    const ms = this.#leased.timeouts.idleMs;
    this.#bound(ms, { kind: 'timeout_idle', reason: `no event within ${ms} ms` });
  }

  #bound(ms: number, outcome: Outcome): void {
    this.#stopTimer?.();
    this.#stopTimer = ms === 0 ? undefined : this.#job.tools.clock.after(ms, () => this.#end(outcome));
  }

  #refused(event: JsonObject): void {
    const { endpoint } = this.#leased.lease;
    const { status, headers, error } = errorIn(event);
    const { outcome } = classified(status, headers, error, endpoint, this.#job.tools.clock.now());
    this.#end(this.#ttftMs === undefined ? outcome : GOOD, status);
  }

  /** What a response that failed before any content says of its endpoint. */
  #failure(error: JsonObject): Outcome {
    const { endpoint } = this.#leased.lease;
    return providerOf(endpoint).classifyEmbedded({
      status: 200,
      headers: {},
      body: Buffer.from(JSON.stringify(error)),
      callersCredential: isCallers(endpoint.credential),
      now: this.#job.tools.clock.now(),
    });
  }

  #end(outcome: Outcome, refusedWith?: number): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopTimer?.();
    const { lease } = this.#leased;
    const { telemetry, clock } = this.#job.tools;
    const { id, facts, protocol } = this.#job.request;
    endAttempt(this.#record, outcome, clock.monotonic());
    lease.release(outcome);
    telemetry.attempt(lease.endpoint.id, outcome);
    const usage = this.#meter.ended(outcome, this.#judge.verdict(), undefined);
    this.#job.payer?.booked([{ endpoint: lease.endpoint, outcome: outcome.kind, ...usage }]);
    const { stated, estimated, usage: all } = this.#meter;
    telemetry.generation({
      id,
      operation: protocol.id,
      model: facts.model,
      endpoint: lease.endpoint.id,
      attempts: this.#record.ordinal,
      outcome: outcome.kind,
      status: outcome.status,
      ms: clock.monotonic() - this.#startedAt,
      ttftMs: this.#ttftMs,
      stated,
      estimated,
    });
    this.#resolve({ outcome, usage: all, ttftMs: this.#ttftMs, ...(refusedWith === undefined ? {} : { refusedWith }) });
  }
}

/** An error event as an answer of its own. */
export function errorIn(event: JsonObject): { status: number; headers: IncomingHttpHeaders; error: Buffer } {
  const { status, error = event } = event;
  const named = isJsonObject(error) ? error['headers'] : undefined;
  const headers = isJsonObject(named) ? (named as IncomingHttpHeaders) : {};
  const code = typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
  return { status: code, headers, error: Buffer.from(JSON.stringify({ error })) };
}
