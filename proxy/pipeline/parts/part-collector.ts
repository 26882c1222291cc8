import type { FlatHeaders, Responder } from '../../wire/http.ts';

/** Takes a good answer in place of the client, which gets another one; passes everything else on. */
export class PartCollector implements Responder {
  readonly #client: Responder;
  readonly #most: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #headers: FlatHeaders | undefined;
  #passes = false;
  #state: 'open' | 'ended' | 'broken' = 'open';

  /** `most`: bytes of an answer that is held. */
  constructor(client: Responder, most: number) {
    this.#client = client;
    this.#most = most;
  }

  get headSent(): boolean {
    return this.#headers !== undefined || this.#client.headSent;
  }

  get closed(): boolean {
    return this.#state !== 'open' || this.#client.closed;
  }

  /** The whole answer; undefined where there was none, or the client has it. */
  get answer(): { readonly headers: FlatHeaders; readonly body: Buffer } | undefined {
    if (this.#state !== 'ended' || this.#passes || !this.#headers) return undefined;
    return { headers: this.#headers, body: Buffer.concat(this.#chunks) };
  }

  /** The client has heard nothing of an answer that began. */
  get isBroken(): boolean {
    return this.#state === 'broken' && !this.#passes;
  }

  head(status: number, headers: FlatHeaders): void {
    this.#passes = status !== 200;
    if (this.#passes) this.#client.head(status, headers);
    else this.#headers = headers;
  }

  write(chunk: Buffer): boolean {
    if (this.#passes) return this.#client.write(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > this.#most) this.cut();
    else if (this.#state === 'open') this.#chunks.push(chunk);
    return true;
  }

  end(chunk?: Buffer): void {
    if (this.#passes) {
      this.#client.end(chunk);
      return;
    }
    if (chunk) this.write(chunk);
    if (this.#state === 'open') this.#state = 'ended';
  }

  cut(): void {
    this.#state = 'broken';
    this.#chunks.length = 0;
    if (this.#passes) this.#client.cut();
  }

  drop(): void {
    this.#state = 'broken';
    this.#chunks.length = 0;
    this.#client.drop();
  }

  onDrain(listener: () => void): void {
    this.#client.onDrain(listener);
  }

  onLeave(listener: () => void): void {
    this.#client.onLeave(listener);
  }
}
