import type { FlatHeaders, Responder } from '../../wire/http.ts';
import { parseObject } from '../../wire/json-object.ts';
import { parseEvent } from '../../wire/sse-event.ts';
import { splitEvents } from '../../wire/sse.ts';
import { errorBodyFrame } from './error-frame.ts';

const OK = 200;
/** Status of a failure that is told in a stream, in the form that sockets have. */
const BROKEN_OFF = 502;

/** The client's socket as one exchange sees it. */
export interface FrameSink {
  readonly streamId: string | undefined;
  /** Writes an event; false when the client reads slower than it gets. */
  send(text: string): boolean;
  /** Calls `listener` each time the client takes more. Returns the end of that. */
  onDrain(listener: () => void): () => void;
}

/** The side of a client that sent a request over a socket: errors and the events of a stream become frames. */
export class FrameResponder implements Responder {
  readonly #sink: FrameSink;
  #status = 0;
  #headers: FlatHeaders = [];
  #body: Buffer[] = [];
  #leave: () => void = () => undefined;
  #stopDrain: () => void = () => undefined;
  #ended = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  get headSent(): boolean {
    return this.#status > 0;
  }

  get closed(): boolean {
    return this.#ended;
  }

  head(status: number, headers: FlatHeaders): void {
    this.#status = status;
    this.#headers = headers;
  }

  write(chunk: Buffer): boolean {
    if (this.#status !== OK) this.#body.push(chunk);
    else if (!this.#ended) return this.#sendEvents(chunk);
    return true;
  }

  end(chunk?: Buffer): void {
    if (this.#ended) return;
    if (chunk) this.write(chunk);
    this.#finish();
    if (this.#status === OK) return;
    const { streamId } = this.#sink;
    this.#sink.send(errorBodyFrame(this.#status, this.#headers, Buffer.concat(this.#body), streamId));
  }

  cut(): void {
    this.end();
  }

  drop(): void {
    this.#finish();
  }

  onDrain(listener: () => void): void {
    this.#stopDrain();
    this.#stopDrain = this.#sink.onDrain(listener);
  }

  onLeave(listener: () => void): void {
    this.#leave = listener;
  }

  /** The client's socket is closed. */
  left(): void {
    if (this.#ended) return;
    this.#finish();
    this.#leave();
  }

  #sendEvents(chunk: Buffer): boolean {
    let takesMore = true;
    for (const event of splitEvents(chunk)) {
      const text = this.#frameOf(event);
      if (text !== undefined) takesMore = this.#sink.send(text);
    }
    return takesMore;
  }

  /** Comments and marks of a stream are no frames. */
  #frameOf(event: Buffer): string | undefined {
    const { data } = parseEvent(event);
    const payload = parseObject(data);
    if (payload === undefined) return undefined;
    const { streamId } = this.#sink;
    if (payload['type'] === 'error')
      return errorBodyFrame(statusIn(payload['status']), [], Buffer.from(data), streamId);
    return streamId === undefined ? data : JSON.stringify({ ...payload, stream_id: streamId });
  }

  #finish(): void {
    this.#ended = true;
    this.#stopDrain();
  }
}

function statusIn(status: unknown): number {
  return typeof status === 'number' ? status : BROKEN_OFF;
}
