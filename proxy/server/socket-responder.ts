import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FlatHeaders, Responder } from '../wire/http.ts';

/** Answers on a bare socket, for requests that never got a `ServerResponse`: refused upgrades and malformed requests. */
export class SocketResponder implements Responder {
  readonly #socket: Socket;
  #headSent = false;
  #ended = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get headSent(): boolean {
    return this.#headSent;
  }

  get closed(): boolean {
    return this.#ended || this.#socket.destroyed || !this.#socket.writable;
  }

  head(status: number, headers: FlatHeaders): void {
    this.#headSent = true;
    let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\n`;
    for (let i = 0; i < headers.length; i += 2) {
      if (headers[i]?.toLowerCase() !== 'connection') text += `${headers[i]}: ${headers[i + 1]}\r\n`;
    }
    this.#socket.write(`${text}connection: close\r\n\r\n`);
  }

  write(chunk: Buffer): boolean {
    return this.#socket.write(chunk);
  }

  end(chunk?: Buffer): void {
    this.#ended = true;
    if (chunk) this.#socket.end(chunk);
    else this.#socket.end();
  }

  cut(): void {
    this.#ended = true;
    this.#socket.destroySoon();
  }

  drop(): void {
    this.#socket.destroy();
  }

  onDrain(listener: () => void): void {
    this.#socket.on('drain', listener);
  }

  onLeave(listener: () => void): void {
    this.#socket.once('close', () => {
      if (!this.#ended) listener();
    });
  }
}
