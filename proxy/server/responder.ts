import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FlatHeaders, Responder } from '../wire/http.ts';

const nothing = (): void => undefined;
const CR = 13;
const LF = 10;
/** Bytes of a chunk's framing at the most: its size in hexadecimal and two line ends. */
const FRAME_BYTES = 16;
/** Milliseconds in which a client may take nothing of what is left of its answer. */
const UNREAD_MS = 120_000;

/**
 * The client's side over `node:http`. The first chunk leaves at once, with the head; from then on what is written in one
 * tick leaves in one system call. A chunked body is framed here, because Node hands each chunk to the kernel in three
 * pieces.
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
    const { method, httpVersionMinor } = this.#response.req;
    this.#chunked = httpVersionMinor > 0 && hasBody(method, status) && !isSized(headers);
    this.#response.writeHead(
      status,
      (this.#chunked ? [...headers, 'transfer-encoding', 'chunked'] : headers) as string[],
    );
  }

  write(chunk: Buffer): boolean {
    if (this.closed) return true;
    const first = this.#chunked && !this.#headFlushed;
    if (this.#pending.length === 0 && !first) process.nextTick(flush, this);
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    // Whatever else came in the same read is worked on before the tick ends: the client need not wait for that.
    if (first) this.flush();
    if (this.#backlog() <= this.#response.writableHighWaterMark) return true;
    this.#waitsForDrain = true;
    if (first) process.nextTick(flush, this);
    return false;
  }

  end(chunk?: Buffer): void {
    if (this.closed) return;
    this.#ended = true;
    if (chunk) {
      this.#pending.push(chunk);
      this.#pendingBytes += chunk.length;
    }
    const { socket } = this.#response;
    if (this.#chunked) {
      socket?.cork();
      this.flush();
      this.#response.end();
      socket?.uncork();
    } else this.#response.end(this.#take());
    this.#watchRest();
  }

  cut(): void {
    this.flush();
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

  /** No other part waits for this client any more: one that has stopped reading would be kept for ever. */
  #watchRest(): void {
    if (this.#backlog() > 0) this.#response.setTimeout(this.#unreadMs, () => this.drop());
  }

  /** Bytes that the client has not taken yet. */
  #backlog(): number {
    return this.#pendingBytes + (this.#response.socket?.writableLength ?? this.#response.writableLength);
  }

  /** Hands what was written to the kernel. */
  flush(): void {
    const { socket } = this.#response;
    if (this.#pending.length > 0 && !this.#response.destroyed) {
      // Behind an answer that is still being written on a pipelined connection there is no socket yet.
      if (this.#chunked && socket) this.#writeFrame(socket);
      else this.#response.write(this.#take());
    }
    if (this.#waitsForDrain) this.#awaitDrain(socket);
  }

  #writeFrame(socket: Socket): void {
    const frame = framed(this.#pending, this.#pendingBytes);
    this.#pending = [];
    this.#pendingBytes = 0;
    if (this.#headFlushed) {
      socket.write(frame);
      return;
    }
    this.#headFlushed = true;
    socket.cork();
    this.#response.flushHeaders();
    socket.write(frame);
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

function flush(responder: NodeResponder): void {
  responder.flush();
}

/** RFC 9112 section 6.3: what has no body must not be framed either. */
function hasBody(method: string | undefined, status: number): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 304;
}

function isSized(headers: FlatHeaders): boolean {
  for (let index = 0; index < headers.length; index += 2) if (headers[index] === 'content-length') return true;
  return false;
}

/** One HTTP/1.1 chunk (RFC 9112 section 7.1) of all these bytes, written without a detour over strings. */
function framed(chunks: readonly Buffer[], size: number): Buffer {
  const frame = Buffer.allocUnsafe(size + FRAME_BYTES);
  let end = 0;
  for (let shift = 28 - (Math.clz32(size) & ~3); shift >= 0; shift -= 4) {
    const digit = (size >>> shift) & 15;
    frame[end++] = digit < 10 ? 48 + digit : 87 + digit;
  }
  frame[end++] = CR;
  frame[end++] = LF;
  for (const chunk of chunks) {
    frame.set(chunk, end);
    end += chunk.length;
  }
  frame[end++] = CR;
  frame[end++] = LF;
  return frame.subarray(0, end);
}
