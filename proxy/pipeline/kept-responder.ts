import type { JsonObject } from '../core/json.ts';
import { type Overlay, shown } from '../responses-state/record.ts';
import type { FlatHeaders, Responder } from '../wire/http.ts';
import { parseObject } from '../wire/json-object.ts';
import { splitEvents } from '../wire/sse.ts';
import { shownEvent } from './kept-event.ts';

export interface KeptAnswer {
  readonly stream: boolean;
  readonly overlay: Overlay;
  /** Keeps the response, which has ended. Never rejects. */
  keep(response: JsonObject): Promise<void>;
}

/**
 * The client's side of a response that the proxy keeps: the answer gets the fields that its endpoint was not told, and its
 * end goes out once the response is kept, so that a request may go on from it at once.
 */
export class KeptResponder implements Responder {
  readonly #inner: Responder;
  readonly #answer: KeptAnswer;
  /** Of a body, whose length is known at its end. */
  #head: { readonly status: number; readonly headers: FlatHeaders } | undefined;
  #body: Buffer[] = [];
  #ended = false;
  /** What waits until the response is kept. */
  #waiting: (() => void)[] | undefined;

  constructor(inner: Responder, answer: KeptAnswer) {
    this.#inner = inner;
    this.#answer = answer;
  }

  get headSent(): boolean {
    return this.#head !== undefined || this.#inner.headSent;
  }

  get closed(): boolean {
    return this.#ended || this.#inner.closed;
  }

  head(status: number, headers: FlatHeaders): void {
    if (!this.#answer.stream && status === 200) this.#head = { status, headers };
    // A replayed stream comes whole, with a length that its own fields change.
    else this.#inner.head(status, status === 200 ? withoutLength(headers) : headers);
  }

  write(chunk: Buffer): boolean {
    if (this.#head) {
      this.#body.push(chunk);
      return true;
    }
    return this.#answer.stream ? this.#writeEvents(chunk) : this.#inner.write(chunk);
  }

  end(chunk?: Buffer): void {
    this.#ended = true;
    if (this.#head) {
      if (chunk) this.#body.push(chunk);
      this.#endBody(this.#head);
    } else if (chunk && this.#answer.stream && this.#isEvents(chunk)) {
      this.#writeEvents(chunk);
      this.#then(() => this.#inner.end());
    } else this.#then(() => this.#inner.end(chunk));
  }

  cut(): void {
    this.#ended = true;
    if (this.#head) {
      this.#inner.head(this.#head.status, this.#head.headers);
      for (const chunk of this.#body) this.#inner.write(chunk);
    }
    this.#then(() => this.#inner.cut());
  }

  drop(): void {
    this.#ended = true;
    this.#inner.drop();
  }

  onDrain(listener: () => void): void {
    this.#inner.onDrain(listener);
  }

  onLeave(listener: () => void): void {
    this.#inner.onLeave(listener);
  }

  /** A refusal of a stream that never began is a JSON object. */
  #isEvents(chunk: Buffer): boolean {
    return chunk[0] !== 0x7b;
  }

  #writeEvents(chunk: Buffer): boolean {
    let takesMore = true;
    for (const event of splitEvents(chunk)) {
      const { bytes, ended } = shownEvent(event, this.#answer.overlay);
      if (ended) this.#wait(this.#answer.keep(ended));
      this.#then(() => (takesMore = this.#inner.write(bytes)));
    }
    return takesMore;
  }

  #endBody({ status, headers }: { readonly status: number; readonly headers: FlatHeaders }): void {
    const body = Buffer.concat(this.#body);
    const response = parseObject(body.toString('utf8'));
    const own = response && shown(response, this.#answer.overlay);
    const bytes = own ? Buffer.from(JSON.stringify(own)) : body;
    if (own) this.#wait(this.#answer.keep(own));
    this.#then(() => {
      this.#inner.head(status, withLength(headers, bytes.length));
      this.#inner.end(bytes);
    });
  }

  #wait(kept: Promise<void>): void {
    this.#waiting ??= [];
    void kept.finally(() => {
      const waiting = this.#waiting ?? [];
      this.#waiting = undefined;
      for (const step of waiting) step();
    });
  }

  #then(step: () => void): void {
    if (this.#waiting) this.#waiting.push(step);
    else step();
  }
}

function withLength(headers: FlatHeaders, length: number): FlatHeaders {
  return [...withoutLength(headers), 'content-length', String(length)];
}

function withoutLength(headers: FlatHeaders): FlatHeaders {
  const flat: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = String(headers[at]);
    if (name.toLowerCase() !== 'content-length') flat.push(name, String(headers[at + 1]));
  }
  return flat;
}
