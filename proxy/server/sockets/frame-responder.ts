import type { FlatHeaders, Responder } from '../../wire/http.ts';
import { errorBodyFrame } from './error-frame.ts';

/** The side of a client that sent a request over a socket: what the pipeline answers itself, errors, becomes an event. */
export class FrameResponder implements Responder {
  readonly #send: (text: string) => void;
  readonly #streamId: string | undefined;
  #status = 0;
  #headers: FlatHeaders = [];
  #body: Buffer[] = [];
  #leave: () => void = () => undefined;
  #ended = false;

  constructor(send: (text: string) => void, streamId: string | undefined) {
    this.#send = send;
    this.#streamId = streamId;
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
    this.#body.push(chunk);
    return true;
  }

  end(chunk?: Buffer): void {
    if (this.#ended) return;
    this.#ended = true;
    if (chunk) this.#body.push(chunk);
    this.#send(errorBodyFrame(this.#status, this.#headers, Buffer.concat(this.#body), this.#streamId));
  }

  cut(): void {
    this.end();
  }

  drop(): void {
    this.#ended = true;
  }

  onDrain(): void {}

  onLeave(listener: () => void): void {
    this.#leave = listener;
  }

  /** The client's socket is closed. */
  left(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#leave();
  }
}
