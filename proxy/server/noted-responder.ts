import type { NotedAnswer } from '../telemetry/noted-answer.ts';
import type { FlatHeaders, Responder } from '../wire/http.ts';

/** The way back to a client of which an observer wants to know what was sent. */
export class NotedResponder implements Responder {
  readonly #inner: Responder;
  readonly #noted: NotedAnswer;

  constructor(inner: Responder, noted: NotedAnswer) {
    this.#inner = inner;
    this.#noted = noted;
  }

  get headSent(): boolean {
    return this.#inner.headSent;
  }

  get closed(): boolean {
    return this.#inner.closed;
  }

  head(status: number, headers: FlatHeaders): void {
    this.#noted.head(headers);
    this.#inner.head(status, headers);
  }

  write(chunk: Buffer): boolean {
    this.#noted.sent(chunk);
    return this.#inner.write(chunk);
  }

  end(chunk?: Buffer): void {
    if (chunk && !this.#inner.closed) this.#noted.sent(chunk);
    this.#inner.end(chunk);
  }

  cut(): void {
    this.#inner.cut();
  }

  drop(): void {
    this.#inner.drop();
  }

  onDrain(listener: () => void): void {
    this.#inner.onDrain(listener);
  }

  onLeave(listener: () => void): void {
    this.#inner.onLeave(listener);
  }
}
