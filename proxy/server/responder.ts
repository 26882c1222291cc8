import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FlatHeaders, Responder } from '../pipeline/http.ts';

const nothing = (): void => undefined;
const CRLF = '\r\n';
/** Milliseconds in which a client may take nothing of what is left of its answer. */
const UNREAD_MS = 120_000;

/**
 * The client's side over `node:http`. What is written in one tick leaves in one system call; a chunked body is framed
 * here, because Node hands each chunk to the kernel in three pieces.
 */
export class NodeResponder implements Responder {
  readonly #response: ServerResponse;
  #drained = nothing;
  #leave = nothing;
  #ended = false;
  #chunked = false;
  #headFlushed = false;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #waitsForDrain = false;
  readonly #unreadMs: number;

  constructor(response: ServerResponse, unreadMs = UNREAD_MS) {
    this.#response = response;
    this.#unreadMs = unreadMs;
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
    const sized = headers.some((name, index) => index % 2 === 0 && name === 'content-length');
    this.#chunked = !sized && this.#response.req.httpVersionMinor > 0;
    this.#response.writeHead(
      status,
      (this.#chunked ? [...headers, 'transfer-encoding', 'chunked'] : headers) as string[],
    );
  }

  write(chunk: Buffer): boolean {
    if (this.closed) return true;
    if (this.#pending.length === 0) process.nextTick(() => this.#flush());
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    if (this.#backlog() <= this.#response.writableHighWaterMark) return true;
    this.#waitsForDrain = true;
    return false;
  }

  end(chunk?: Buffer): void {
    if (this.closed) return;
    this.#ended = true;
    if (chunk) this.#pending.push(chunk);
    const { socket } = this.#response;
    if (this.#chunked) {
      socket?.cork();
      this.#flush();
      this.#response.end();
      socket?.uncork();
    } else this.#response.end(this.#take());
    this.#watchRest();
  }

  cut(): void {
    this.#flush();
    this.#ended = true;
    const { socket } = this.#response;
    if (socket) socket.destroySoon();
    else this.#response.destroy();
    this.#watchRest();
  }

  drop(): void {
    this.#response.destroy();
  }

  onDrain(listener: () => void): void {
    this.#drained = listener;
  }

  onLeave(listener: () => void): void {
    this.#leave = listener;
  }

  /** Nobody else waits for this client any more: one that has stopped reading would be kept for ever. */
  #watchRest(): void {
    if (this.#backlog() > 0) this.#response.setTimeout(this.#unreadMs, () => this.drop());
  }

  /** Bytes that the client has not taken yet. */
  #backlog(): number {
    return this.#pendingBytes + (this.#response.socket?.writableLength ?? this.#response.writableLength);
  }

  #flush(): void {
    const { socket } = this.#response;
    if (this.#pending.length > 0 && !this.#response.destroyed) {
      // Behind an answer that is still being written on a pipelined connection there is no socket yet.
      if (this.#chunked && socket) this.#writeFrame(socket);
      else this.#response.write(this.#take());
    }
    if (this.#waitsForDrain) this.#awaitDrain(socket);
  }

  #writeFrame(socket: Socket): void {
    const size = this.#pendingBytes;
    const frame = Buffer.allocUnsafe(size + 16);
    let end = frame.write(`${size.toString(16)}${CRLF}`, 'latin1');
    for (const chunk of this.#pending) end += chunk.copy(frame, end);
    end += frame.write(CRLF, end, 'latin1');
    this.#pending = [];
    this.#pendingBytes = 0;
    socket.cork();
    if (!this.#headFlushed) this.#response.flushHeaders();
    this.#headFlushed = true;
    socket.write(frame.subarray(0, end));
    socket.uncork();
  }

  #awaitDrain(socket: Socket | null): void {
    this.#waitsForDrain = false;
    const target = socket ?? this.#response;
    if (target.writableNeedDrain) target.once('drain', () => this.#drained());
    else this.#drained();
  }

  #take(): Buffer | undefined {
    const [first, ...rest] = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    return rest.length > 0 && first ? Buffer.concat([first, ...rest]) : first;
  }
}
