import { madeBy } from '../../generation/answer.ts';
import type { FailedAttempt } from '../../generation/failure.ts';
import { failedAttempt, failureAfter } from '../../generation/failure.ts';
import { ProxyError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { endpointRequest } from '../../generation/endpoint-request.ts';
import type { CandidateLease } from '../../generation/candidates.ts';
import { callTimeouts } from '../../generation/timeouts.ts';
import type { FrameEnd, FrameJob, SocketWay, UnstoredResponses } from '../../pipeline/socket-way.ts';
import { type AttemptRecord, attemptRecord, endAttempt } from '../../telemetry/attempt-record.ts';
import type { UpstreamRequest } from '../../upstream/types.ts';
import type { EndpointSocket, Opening } from './endpoint-socket.ts';
import { FrameAnswer, type AnswerEnd } from './frame-answer.ts';
import { FrameResponder, type FrameSink } from './frame-responder.ts';

/** What an exchange over a socket needs of its session. */
export interface ExchangePlace extends FrameSink {
  readonly unstored: UnstoredResponses;
  /** The socket whose endpoint has made that response, on this connection. */
  madeBy(responseId: string): EndpointSocket | undefined;
  /** The session's socket to that endpoint, opened where there is none. */
  socketTo(endpoint: CandidateLease['lease']['endpoint'], asked: UpstreamRequest, job: FrameJob): Promise<Opening>;
  /** The time of an answer is up: without its socket the endpoint does not go on with it. */
  giveUp(socket: EndpointSocket): void;
}

/** One request over the client's socket: a `response.create`, or an answer that an endpoint begins after steering. */
export class FrameExchange {
  readonly responder: FrameResponder;
  readonly way: SocketWay;
  readonly #place: ExchangePlace;
  /** Where the answer comes by itself: nothing is sent for it. */
  readonly #follows: EndpointSocket | undefined;
  #socket: EndpointSocket | undefined;
  #previousId: string | undefined;
  #answer: FrameAnswer | undefined;
  /** Events that came before the pipeline had the exchange. */
  #early: { readonly text: Buffer; readonly event: JsonObject }[] = [];
  #begun = false;
  #left = false;
  #isOver = false;

  constructor(place: ExchangePlace, follows?: EndpointSocket) {
    this.#place = place;
    this.#follows = follows;
    this.#socket = follows;
    this.responder = new FrameResponder(place);
    this.way = {
      kind: 'frame',
      unstored: place.unstored,
      maker: (id) => {
        const socket = place.madeBy(id);
        return socket && madeBy(socket.endpoint);
      },
      run: (job) => this.#run(job),
    };
  }

  /** The endpoint's last event of this answer has come. */
  get isOver(): boolean {
    return this.#isOver;
  }

  isAt(socket: EndpointSocket): boolean {
    return this.#socket === socket;
  }

  /** Whether a response that begins, and goes on from that one, is the answer to this request. */
  expects(previousId: string): boolean {
    return this.#begun || this.#previousId === previousId;
  }

  take(text: Buffer, event: JsonObject): void {
    this.#begun = true;
    if (!this.#answer) this.#early.push({ text, event });
    else if (this.#answer.take(text, event)) this.#isOver = true;
  }

  cut(reason: string): void {
    this.#isOver = true;
    this.#answer?.cut(reason);
  }

  leave(): void {
    this.#left = true;
    this.responder.left();
    this.#answer?.leave();
  }

  async #run(job: FrameJob): Promise<FrameEnd> {
    const { facts } = job.request;
    this.#previousId = facts.previousResponseId;
    const known = this.#previousId === undefined ? undefined : this.#place.madeBy(this.#previousId);
    const candidates = job.candidates((this.#follows ?? known)?.endpoint.id);
    const { clock, telemetry } = job.tools;
    const until = clock.monotonic() + job.totalMs;
    await candidates.prepare();
    let last: FailedAttempt | undefined;
    let attempts = 0;
    for (let next = candidates.next(); next; next = candidates.next()) {
      attempts += 1;
      const { endpoint } = next.lease;
      const record = attemptRecord(endpoint, attempts, clock.monotonic());
      job.attempts.push(record);
      const asked = endpointRequest(job.request, endpoint, callTimeouts(job.request, next.timeouts), {
        now: clock.now(),
        asksUsage: false,
        foreignSeals: false,
      });
      const opening = await this.#open(next, asked, job);
      if (opening.kind === 'open' && !this.#left) return this.#converse(opening.socket, asked, job, next, record);
      const outcome = opening.kind === 'open' ? LEFT : opening.outcome;
      endAttempt(record, outcome, clock.monotonic());
      next.lease.release(outcome);
      telemetry.attempt(endpoint.id, outcome);
      last = failedAttempt(outcome, endpoint, opening.kind === 'open' ? undefined : opening.answer);
      if (this.#left || !candidates.mayGoOn(outcome, endpoint) || clock.monotonic() > until) break;
    }
    if (this.#left) return { ...GONE, endpoint: last?.endpoint, attempts };
    if (last) return { kind: 'failed', failure: failureAfter(last, candidates, attempts) };
    return { kind: 'failed', failure: { kind: 'error', error: candidates.unavailable(), attempts: 0 } };
  }

  async #open({ lease }: CandidateLease, asked: UpstreamRequest, job: FrameJob): Promise<Opening> {
    if (this.#follows) return { kind: 'open', socket: this.#follows };
    return this.#place.socketTo(lease.endpoint, asked, job);
  }

  async #converse(
    socket: EndpointSocket,
    { body }: UpstreamRequest,
    job: FrameJob,
    leased: CandidateLease,
    record: AttemptRecord,
  ): Promise<FrameEnd> {
    this.#socket = socket;
    this.#answer = new FrameAnswer(job, leased, record);
    for (const { text, event } of this.#early.splice(0)) this.take(text, event);
    if (!this.#follows && Buffer.isBuffer(body)) socket.send(body);
    if (!socket.isOpen) this.cut('the endpoint closed the socket');
    const end = await this.#answer.ended;
    return this.#concluded(end, socket, record.ordinal);
  }

  #concluded({ outcome, usage, ttftMs, refusedWith }: AnswerEnd, socket: EndpointSocket, attempts: number): FrameEnd {
    const by = madeBy(socket.endpoint);
    const { endpoint } = by;
    const { kind, reason = kind } = outcome;
    if (kind === 'client_left') return { ...GONE, ...by, attempts, usage, ttftMs };
    const isTimeout = kind.startsWith('timeout');
    if (refusedWith !== undefined || (kind !== 'cut' && !isTimeout)) {
      // A response that failed is the endpoint's own word, which the client has.
      const refused = kind !== 'ok' || refusedWith !== undefined;
      return { kind: 'answered', status: refusedWith ?? 200, ...by, attempts, usage, ttftMs, refused };
    }
    if (kind !== 'cut') this.#place.giveUp(socket);
    const error =
      kind === 'cut'
        ? new ProxyError('stream_interrupted', `The endpoint broke off before its answer was complete (${reason}).`)
        : new ProxyError('upstream_timeout', `Endpoint '${endpoint}' did not answer in time (${reason}).`);
    return { kind: 'failed', failure: { kind: 'error', error, attempts, ...by } };
  }
}

const LEFT = { kind: 'client_left', reason: 'the client left' } as const;
const GONE = { kind: 'answered', status: 0, usage: undefined, ttftMs: undefined, refused: false } as const;
