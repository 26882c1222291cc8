import type { FlatHeaders, Responder } from '../../wire/http.ts';

/** Bytes of an answer that is read as a whole: `max_tokens` lets none become so large. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Takes an answer in place of the client, which is told something else. */
export class AnswerCollector implements Responder {
  readonly #client: Responder | undefined;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #status: number | undefined;
  #leave: () => void = () => undefined;
  #state: 'open' | 'ended' | 'broken' = 'open';

  /** `client`: where its leaving ends the answer. */
  constructor(client?: Responder) {
    this.#client = client;
  }

  get headSent(): boolean {
    return this.#status !== undefined;
  }

  get closed(): boolean {
    return this.#state !== 'open' || this.#client?.closed === true;
  }

  /** The status that came; undefined = none did, or the answer broke off. */
  get status(): number | undefined {
    return this.#state === 'ended' ? this.#status : undefined;
  }

  get body(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  head(status: number, _headers: FlatHeaders): void {
    this.#status = status;
  }

  write(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    if (this.#bytes > MOST_BYTES) this.cut();
    else if (this.#state === 'open') this.#chunks.push(chunk);
    return true;
  }

  end(chunk?: Buffer): void {
    if (chunk) this.write(chunk);
    if (this.#state === 'open') this.#state = 'ended';
  }

  cut(): void {
    this.#state = 'broken';
    this.#chunks.length = 0;
  }

  drop(): void {
    this.cut();
  }

  onDrain(): void {
    // What is collected never waits for its reader.
  }

  onLeave(listener: () => void): void {
    this.#leave = listener;
    this.#client?.onLeave(listener);
  }

  /** The answer is wanted no more. */
  leave(): void {
    this.#leave();
  }
}
