import { type ErrorCode, ERRORS, ProxyError } from '../core/errors.ts';
import type { Attachment, FlightEnding, Follower } from '../flights/flight.ts';
import type { AnswerHead, GenerationFailure } from '../generation/answer.ts';
import type { Generation } from '../generation/generation.ts';
import { isSameCaller } from '../protocols/openai/own-fields.ts';
import type { OwnFields, StreamFramer, StreamView } from '../protocols/types.ts';
import { parseObject } from '../wire/json-object.ts';
import { parseEvent } from '../wire/sse-event.ts';
import { splitEvents } from '../wire/sse.ts';
import { addsUsage } from './adds-usage.ts';
import type { Following, RequestContext } from './context.ts';
import { answerHeaders, takeHead } from './headers.ts';
import { UPLOAD_ADDRESS } from '../generation/opaque-headers.ts';
import type { Transport } from './transport.ts';
import type { Runtime } from './runtime.ts';
import { StreamKeepalive } from './stream-keepalive.ts';
import { noteFirstByte } from './timing.ts';

const BLANK_LINE = Buffer.from('\n\n');
const NOTHING = Buffer.alloc(0);

/** `dedicated`: the answer cannot be given in this client's shape, which needs a generation of its own. */
export type FollowEnding = FlightEnding<GenerationFailure> | { readonly kind: 'dedicated' };

/** Gives one client the answer of a generation, in the client's own shape and view. */
export class ClientFollower implements Follower<AnswerHead, GenerationFailure>, Following {
  readonly #context: RequestContext;
  readonly #runtime: Runtime;
  readonly #generation: Generation;
  #filters = false;
  /** The client's own fields, where the answer repeats those of another caller. */
  #own: OwnFields | undefined;
  readonly #view: StreamView;
  /** Writes the stream for a client that does not take server-sent events. */
  readonly #framer: StreamFramer | undefined;
  #resolve: (ending: FollowEnding) => void = () => undefined;
  #attachment: Attachment | undefined;
  /** True when the answer's shape is not the client's: then it is converted once the generation has ended. */
  #waits = false;
  #stall: NodeJS.Timeout | undefined;
  readonly #keepalive: StreamKeepalive | undefined;
  /** The latest events: an error event behind them goes on with their numbers. */
  #last: Buffer | undefined;

  constructor(context: RequestContext, generation: Generation, runtime: Runtime) {
    this.#context = context;
    this.#runtime = runtime;
    this.#keepalive = StreamKeepalive.of(context, runtime);
    this.#generation = generation;
    const { facts } = context;
    this.#view = {
      includeUsage: facts?.includeUsage === true,
      includeObfuscation: facts?.includeObfuscation !== false,
      framing: facts?.framing,
    };
    this.#framer = facts?.framing === undefined ? undefined : context.protocol.framer?.(this.#view);
  }

  /** Resolves when the client has the whole answer or has left, or when there is none for it. */
  follow(): Promise<FollowEnding> {
    const context = this.#context;
    return new Promise((resolve) => {
      this.#resolve = resolve;
      context.responder.onDrain(() => {
        clearTimeout(this.#stall);
        this.#keepalive?.wrote(true);
        this.#attachment?.resume();
      });
      this.#keepalive?.start();
      this.#attachment = this.#generation.flight.attach(this);
      context.attachment = this;
      if (context.left) this.leave();
    });
  }

  resume(): void {
    this.#attachment?.resume();
  }

  /** The client has left. */
  leave(): void {
    this.#stopTimers();
    this.#attachment?.leave();
    this.#resolve({ kind: 'abandoned' });
  }

  onOpen(head: AnswerHead): void {
    const context = this.#context;
    takeHead(context, head);
    this.#compare();
    const wanted = context.facts?.stream ? 'stream' : 'body';
    // A body with other fields has another length: like one of another shape it is made when it is whole.
    if (head.shape !== wanted || (this.#own && head.shape === 'body')) {
      this.#waits = true;
      return;
    }
    noteFirstByte(context, this.#runtime.clock);
    context.isWaiting = false;
    if (context.responder.headSent) return;
    const headers = answerHeaders(context, this.#clientHeaders(head.headers));
    if (head.length !== undefined) headers.push('content-length', String(head.length));
    context.responder.head(head.status, headers);
  }

  onChunk(chunk: Buffer): boolean {
    if (this.#waits) return true;
    this.#last = chunk;
    const { responder } = this.#context;
    const shown = this.#filters ? this.#show(chunk) : chunk;
    const seen = this.#framer ? this.#framer.write(shown) : shown;
    if (seen.length === 0) return true;
    const takesMore = responder.write(seen);
    this.#keepalive?.wrote(takesMore);
    if (!takesMore) this.#watchStall();
    return takesMore;
  }

  onEnd(ending: FlightEnding<GenerationFailure>): void {
    this.#stopTimers();
    const context = this.#context;
    context.usage = this.#generation.usage;
    if (ending.kind === 'failed' || ending.kind === 'abandoned') {
      this.#resolve(ending);
    } else if (this.#waits) {
      const sent = ending.kind === 'done' && (this.#convert() || this.#sendOwnBody());
      this.#resolve(sent ? { kind: 'done' } : { kind: 'dedicated' });
    } else {
      if (ending.kind === 'done') context.responder.end(this.#framer?.end());
      else this.#cut(ending.reason);
      this.#resolve(ending);
    }
  }

  /** The proxy stops: what has begun is broken off, what has not is refused. */
  interrupt(): void {
    const context = this.#context;
    const error = new ProxyError('shutting_down', 'The proxy has shut down before the answer was complete.', {
      headers: { connection: 'close' },
    });
    this.#stopTimers();
    this.#attachment?.leave();
    context.termination = { by: 'proxy', phase: 'respond' };
    if (!context.responder.headSent || context.isWaiting) {
      const { attempts } = context;
      this.#resolve({ kind: 'failed', failure: { kind: 'error', error, attempts } });
      return;
    }
    this.#breakOff(error.code, error.message);
    this.#resolve({ kind: 'cut', reason: error.message });
  }

  /** The headers as this client is to see them. */
  #clientHeaders(headers: AnswerHead['headers']): AnswerHead['headers'] {
    const framer = this.#framer;
    const { transport } = this.#context;
    if (transport) return withAbsoluteUpload(headers, transport);
    if (framer === undefined) return headers;
    return headers.map(([name, value]) => [name, name === 'content-type' ? framer.contentType : value]);
  }

  /** What of the answer this client must not see: for whom it is made is known with its head. */
  #compare(): void {
    const { facts, startsGeneration } = this.#context;
    this.#own = isSameCaller(facts?.own, this.#generation.own) ? undefined : facts?.own;
    const others = facts?.stream === true && !facts.includeObfuscation && !startsGeneration;
    this.#filters = addsUsage(this.#context) || others || this.#own !== undefined;
  }

  #show(chunk: Buffer): Buffer {
    // Most chunks are one event: the blank line at their end is the only one.
    if (chunk.indexOf(BLANK_LINE) === chunk.length - BLANK_LINE.length) return this.#showEvent(chunk) ?? NOTHING;
    const events = splitEvents(chunk);
    const shown = events.map((event) => this.#showEvent(event));
    return shown.every((seen, index) => seen === events[index])
      ? chunk
      : Buffer.concat(shown.filter((seen) => seen !== undefined));
  }

  #showEvent(event: Buffer): Buffer | undefined {
    const { protocol } = this.#context;
    const seen = protocol.show(event, this.#view);
    if (seen === undefined || this.#own === undefined) return seen;
    return protocol.fillOwnFields(seen, protocol.findOwnFields(seen, 'stream'), this.#own);
  }

  /** The stream broke off: an error event in the stream's own format says so, and the connection is cut. */
  #cut(reason: string): void {
    this.#context.termination = { by: 'upstream', phase: 'respond' };
    this.#breakOff('stream_interrupted', `The endpoint broke off in the middle of the stream (${reason}).`);
  }

  #breakOff(code: ErrorCode, message: string): void {
    const context = this.#context;
    const { responder, protocol, facts } = context;
    context.errorCode = code;
    if (facts?.stream) {
      const event = protocol.errorEvent({ message, type: ERRORS[code].type, code }, numberAfter(this.#last));
      responder.write(this.#framer ? Buffer.concat([this.#framer.write(event), this.#framer.end()]) : event);
    }
    responder.cut();
  }

  #convert(): boolean {
    const { recording } = this.#generation;
    const { facts } = this.#context;
    if (!recording || !facts) return false;
    const made = this.#runtime.cache.replay(recording, { stream: facts.stream, view: facts, own: facts.own });
    this.#send(200, made.headers, made.body);
    return true;
  }

  /** A body of which no recording was made, with the client's own fields; false when it is not there in one piece. */
  #sendOwnBody(): boolean {
    const { head, log } = this.#generation.flight;
    const { facts, protocol } = this.#context;
    if (!head || !log || !this.#own || head.shape !== 'body' || facts?.stream) return false;
    const body = Buffer.concat(log);
    const own = protocol.fillOwnFields(body, protocol.findOwnFields(body, 'body'), this.#own);
    this.#send(head.status, head.headers, own);
    return true;
  }

  #send(status: number, from: AnswerHead['headers'], body: Buffer): void {
    const context = this.#context;
    noteFirstByte(context, this.#runtime.clock);
    context.isWaiting = false;
    if (!context.responder.headSent) {
      const headers = answerHeaders(context, from);
      headers.push('content-length', String(body.length));
      context.responder.head(status, headers);
    }
    context.responder.end(body);
  }

  #stopTimers(): void {
    clearTimeout(this.#stall);
    this.#keepalive?.stop();
  }

  /** A client that stops reading holds memory here and a connection upstream: it is given as long as an endpoint is. */
  #watchStall(): void {
    clearTimeout(this.#stall);
    const limit = this.#context.model?.timeouts.idleMs ?? 0;
    if (limit === 0) return;
    this.#stall = setTimeout(() => {
      this.#context.termination = { by: 'proxy', phase: 'respond' };
      this.#context.responder.drop();
    }, limit);
    this.#stall.unref();
  }
}

/** Clients of Gemini send a file to an address that has to be absolute: here it is one of the proxy. */
function withAbsoluteUpload(headers: AnswerHead['headers'], transport: Transport): AnswerHead['headers'] {
  return headers.map(([name, value]) =>
    name === UPLOAD_ADDRESS && value.startsWith('/') ? [name, transport.origin() + value] : [name, value],
  );
}

/** The number of the event that comes behind these; 0 where events are not numbered. */
function numberAfter(events: Buffer | undefined): number {
  const last = events && splitEvents(events).at(-1);
  const number = last && parseObject(parseEvent(last).data)?.['sequence_number'];
  return typeof number === 'number' ? number + 1 : 0;
}
