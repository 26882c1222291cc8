import type { Boarding, FlightEnding, Passenger } from '../flights/flight.ts';
import { parseObject } from '../protocols/openai/completion-chunk.ts';
import { parseEvent } from '../wire/sse-event.ts';
import { splitEvents } from '../wire/sse.ts';
import type { StreamView } from '../protocols/types.ts';
import { hidesUsage } from './endpoint-request.ts';
import type { Exchange } from './exchange.ts';
import type { AnswerHead, FlightFailure } from '../generation/answer.ts';
import { adoptHead, answerHeaders } from './headers.ts';
import type { Runtime } from './runtime.ts';
import { noteFirstByte } from './timing.ts';

const BLANK_LINE = Buffer.from('\n\n');
const NOTHING = Buffer.alloc(0);

export type RideEnding = FlightEnding<FlightFailure> | { readonly kind: 'alone' };

/** Takes one client through a flight, in the client's own shape and view. */
export class FlightPassenger implements Passenger<AnswerHead, FlightFailure> {
  readonly #exchange: Exchange;
  readonly #runtime: Runtime;
  readonly #filters: boolean;
  readonly #view: StreamView;
  #resolve: (ending: RideEnding) => void = () => undefined;
  #boarding: Boarding | undefined;
  /** True when the flight's shape is not the client's: then the answer is made once the flight has ended. */
  #waits = false;
  #stall: NodeJS.Timeout | undefined;
  /** The latest events: an error event behind them goes on with their numbers. */
  #last: Buffer | undefined;

  constructor(exchange: Exchange, runtime: Runtime) {
    this.#exchange = exchange;
    this.#runtime = runtime;
    const { facts } = exchange;
    this.#view = {
      includeUsage: facts?.includeUsage === true,
      includeObfuscation: facts?.includeObfuscation !== false,
    };
    this.#filters = hidesUsage(exchange) || (facts?.stream === true && !facts.includeObfuscation && !exchange.leads);
  }

  ride(): Promise<RideEnding> {
    const { answer, responder } = this.#exchange;
    if (!answer) throw new Error('respond runs after join');
    return new Promise((resolve) => {
      this.#resolve = resolve;
      responder.onDrain(() => {
        clearTimeout(this.#stall);
        this.#boarding?.resume();
      });
      this.#boarding = answer.flight.board(this);
      this.#exchange.boarding = {
        resume: () => this.#boarding?.resume(),
        leave: () => {
          clearTimeout(this.#stall);
          this.#boarding?.leave();
          resolve({ kind: 'abandoned' });
        },
      };
      if (this.#exchange.left) this.#exchange.boarding.leave();
    });
  }

  onOpen(head: AnswerHead): void {
    const exchange = this.#exchange;
    adoptHead(exchange, head);
    const wanted = exchange.facts?.stream ? 'stream' : 'body';
    if (head.shape !== wanted) {
      this.#waits = true;
      return;
    }
    noteFirstByte(exchange, this.#runtime.clock);
    const headers = answerHeaders(exchange, head.headers);
    if (head.length !== undefined) headers.push('content-length', String(head.length));
    exchange.responder.head(head.status, headers);
  }

  onChunk(chunk: Buffer): boolean {
    if (this.#waits) return true;
    this.#last = chunk;
    const { responder } = this.#exchange;
    const seen = this.#filters ? this.#show(chunk) : chunk;
    if (seen.length === 0 || responder.write(seen)) return true;
    this.#watchStall();
    return false;
  }

  onEnd(ending: FlightEnding<FlightFailure>): void {
    clearTimeout(this.#stall);
    const exchange = this.#exchange;
    if (exchange.answer?.record.usage) exchange.usage = exchange.answer.record.usage;
    if (ending.kind === 'failed' || ending.kind === 'abandoned') {
      this.#resolve(ending);
    } else if (this.#waits) {
      this.#resolve(this.#convert() ? { kind: 'done' } : { kind: 'alone' });
    } else {
      if (ending.kind === 'done') exchange.responder.end();
      else this.#cut(ending.reason);
      this.#resolve(ending);
    }
  }

  #show(chunk: Buffer): Buffer {
    const { protocol } = this.#exchange;
    // Most chunks are one event: the blank line at their end is the only one.
    if (chunk.indexOf(BLANK_LINE) === chunk.length - BLANK_LINE.length) {
      return protocol.show(chunk, this.#view) ?? NOTHING;
    }
    const events = splitEvents(chunk);
    const shown = events.map((event) => protocol.show(event, this.#view));
    return shown.every((seen, index) => seen === events[index])
      ? chunk
      : Buffer.concat(shown.filter((seen) => seen !== undefined));
  }

  /** The stream broke off: the client is told in the stream's own language, and the connection is cut. */
  #cut(reason: string): void {
    const exchange = this.#exchange;
    exchange.errorCode = 'stream_interrupted';
    exchange.termination = { by: 'upstream', phase: 'respond' };
    const { responder, protocol, facts } = exchange;
    if (facts?.stream) {
      const message = `The endpoint broke off in the middle of the stream (${reason}).`;
      const error = { message, type: 'server_error', code: 'stream_interrupted' };
      responder.write(protocol.errorEvent(error, numberAfter(this.#last)));
    }
    responder.cut();
  }

  #convert(): boolean {
    const exchange = this.#exchange;
    const recording = exchange.answer?.record.recording;
    const { facts, responder } = exchange;
    if (!recording || !facts) return false;
    const made = this.#runtime.cache.replay(recording, { stream: facts.stream, view: facts });
    noteFirstByte(exchange, this.#runtime.clock);
    const headers = answerHeaders(exchange, made.headers);
    headers.push('content-length', String(made.body.length));
    responder.head(200, headers);
    responder.end(made.body);
    return true;
  }

  /** A client that stops reading holds memory here and a connection upstream: it is given as long as an endpoint is. */
  #watchStall(): void {
    clearTimeout(this.#stall);
    const limit = this.#exchange.model?.timeouts.idleMs ?? 0;
    if (limit === 0) return;
    this.#stall = setTimeout(() => {
      this.#exchange.termination = { by: 'proxy', phase: 'respond' };
      this.#exchange.responder.drop();
    }, limit);
    this.#stall.unref();
  }
}

/** The number of the event that comes behind these; 0 where events are not numbered. */
function numberAfter(events: Buffer | undefined): number {
  const last = events && splitEvents(events).at(-1);
  const number = last && parseObject(parseEvent(last).data)?.['sequence_number'];
  return typeof number === 'number' ? number + 1 : 0;
}
