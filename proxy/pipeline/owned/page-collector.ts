import type { FlatHeaders, Responder } from '../../wire/http.ts';

/** Bytes of one page of a list that are looked through. */
const PAGE_LIMIT = 4 * 1024 * 1024;

/** Takes an answer in the client's place, so that it can be looked through before it is passed on. */
export class PageCollector implements Responder {
  readonly #client: Responder;
  readonly #body: Buffer[] = [];
  #bytes = 0;
  #ended = false;
  status = 0;
  headers: FlatHeaders = [];
  /** The answer broke off. */
  isCut = false;

  constructor(client: Responder) {
    this.#client = client;
  }

  get headSent(): boolean {
    return this.status !== 0;
  }

  get closed(): boolean {
    return this.#ended || this.#client.closed;
  }

  /** The whole body; undefined where it is too large. */
  get body(): Buffer | undefined {
    return this.#bytes > PAGE_LIMIT ? undefined : Buffer.concat(this.#body);
  }

  head(status: number, headers: FlatHeaders): void {
    this.status = status;
    this.headers = headers;
  }

  write(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    if (this.#bytes <= PAGE_LIMIT) this.#body.push(chunk);
    return true;
  }

  end(chunk?: Buffer): void {
    if (chunk) this.write(chunk);
    this.#ended = true;
  }

  cut(): void {
    this.isCut = true;
    this.#ended = true;
  }

  drop(): void {
    this.#client.drop();
  }

  onDrain(): void {}

  onLeave(): void {}
}
