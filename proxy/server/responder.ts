import type { ServerResponse } from 'node:http';
import type { FlatHeaders, Responder } from '../pipeline/http.ts';

const nothing = (): void => undefined;

/** The client's side over `node:http`. */
export class NodeResponder implements Responder {
  readonly #response: ServerResponse;
  #drained = nothing;
  #leave = nothing;
  #ended = false;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on('drain', () => this.#drained());
    response.on('close', () => {
      if (!response.writableFinished) this.#leave();
    });
    // A write after the client has gone is not a fault: `close` tells of it.
    response.on('error', nothing);
  }

  get headSent(): boolean {
    return this.#response.headersSent;
  }

  get closed(): boolean {
    return this.#ended || this.#response.destroyed || this.#response.closed;
  }

  head(status: number, headers: FlatHeaders): void {
    this.#response.writeHead(status, headers as string[]);
  }

  write(chunk: Buffer): boolean {
    return this.closed || this.#response.write(chunk);
  }

  end(chunk?: Buffer): void {
    if (this.closed) return;
    this.#ended = true;
    this.#response.end(chunk);
  }

  cut(): void {
    this.#ended = true;
    const socket = this.#response.socket;
    if (socket) socket.destroySoon();
    else this.#response.destroy();
  }

  onDrain(listener: () => void): void {
    this.#drained = listener;
  }

  onLeave(listener: () => void): void {
    this.#leave = listener;
  }
}
