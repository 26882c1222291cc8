import type { Socket } from 'node:net';
import type { FlatHeaders, Responder } from '../../wire/http.ts';
import { framed } from '../responder.ts';
import type { AnswerHead, AnswerHeads } from './answer-head.ts';

const nothing = (): void => undefined;
/** Milliseconds in which a client may take nothing of what is left of its answer. */
const UNREAD_MS = 120_000;
/** Up to so many bytes it is cheaper to copy pieces into one than to hand them to the kernel one by one. */
const COPIED_BYTES = 64 * 1024;
const LINE_END = '\r\n';
const LAST_CHUNK = '0\r\n\r\n';
const EMPTY = Buffer.alloc(0);

export interface ResponderOptions {
  readonly socket: Socket;
  readonly heads: AnswerHeads;
  /** Is told once the whole answer is with the kernel, and whether it was the last of its connection. */
  readonly finished: (last: boolean) => void;
  readonly unreadMs?: number;
}

/**
 * The client's side on a bare socket. It writes what `NodeResponder` writes, at the same moments: the first chunk leaves at once
 * with the head, then what is written in one tick leaves together. Head, framing and body are one piece.
 */
export class FastResponder implements Responder {
  readonly #options: ResponderOptions;
  readonly #socket: Socket;
  #head: AnswerHead | undefined;
  #headFlushed = false;
  #ended = false;
  #drained = nothing;
  #leave = nothing;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #waitsForDrain = false;
  #watched: (() => void) | undefined;

  constructor(options: ResponderOptions) {
    this.#options = options;
    this.#socket = options.socket;
  }

  get headSent(): boolean {
    return this.#head !== undefined;
  }

  get closed(): boolean {
    return this.#ended || this.#socket.destroyed;
  }

  head(status: number, headers: FlatHeaders): void {
    this.#head = this.#options.heads.write(status, headers);
  }

  write(chunk: Buffer): boolean {
    if (this.closed) return true;
    const first = this.#head?.chunked === true && !this.#headFlushed;
    if (this.#pending.length === 0 && !first) process.nextTick(flush, this);
    this.#add(chunk);
    // Whatever else came in the same read is worked on before the tick ends: the client need not wait for that.
    if (first) this.flush();
    if (this.#backlog() <= this.#socket.writableHighWaterMark) return true;
    this.#waitsForDrain = true;
    if (first) process.nextTick(flush, this);
    return false;
  }

  end(chunk?: Buffer): void {
    if (this.closed) return;
    this.#ended = true;
    if (chunk) this.#add(chunk);
    this.#send(true);
    this.#watchRest();
  }

  cut(): void {
    this.flush();
    this.#ended = true;
    this.#socket.destroySoon();
    this.#watchRest();
  }

  drop(): void {
    this.#socket.destroy();
  }

  onDrain(listener: () => void): void {
    this.#drained = listener;
  }

  onLeave(listener: () => void): void {
    this.#leave = listener;
  }

  /** To be called when the connection is closed before the answer is finished. */
  left(): void {
    this.#leave();
  }

  /** Hands what was written to the kernel. */
  flush(): void {
    if (this.#pending.length > 0 && !this.#socket.destroyed) this.#send(false);
    if (this.#waitsForDrain) this.#awaitDrain();
  }

  #add(chunk: Buffer): void {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
  }

  /** No other part waits for this client any more: one that has stopped reading would be kept for ever. */
  #watchRest(): void {
    if (this.#backlog() === 0) return;
    this.#watched = () => this.drop();
    this.#socket.setTimeout(this.#options.unreadMs ?? UNREAD_MS, this.#watched);
  }

  /** Bytes that the client has not taken yet. */
  #backlog(): number {
    return this.#pendingBytes + this.#socket.writableLength;
  }

  #awaitDrain(): void {
    this.#waitsForDrain = false;
    if (this.#socket.writableNeedDrain) this.#socket.once('drain', () => this.#drained());
    else this.#drained();
  }

  #send(last: boolean): void {
    const chunks = this.#head?.hasBody === false ? [] : this.#pending;
    const bytes = chunks.length === 0 ? 0 : this.#pendingBytes;
    const begin = this.#headFlushed ? '' : (this.#head?.text ?? '');
    this.#headFlushed = true;
    this.#pending = [];
    this.#pendingBytes = 0;
    if (this.#head?.chunked === true) this.#sendChunk(begin, chunks, bytes, last);
    else this.#write(begin, chunks, bytes, '', last);
  }

  #sendChunk(begin: string, chunks: readonly Buffer[], bytes: number, last: boolean): void {
    if (bytes === 0) this.#write(begin, chunks, bytes, last ? LAST_CHUNK : '', last);
    else if (begin === '' && !last && bytes <= COPIED_BYTES) this.#socket.write(framed(chunks, bytes));
    else this.#write(`${begin}${bytes.toString(16)}\r\n`, chunks, bytes, LINE_END + (last ? LAST_CHUNK : ''), last);
  }

  #write(before: string, chunks: readonly Buffer[], bytes: number, after: string, last: boolean): void {
    const done = last ? this.#onFlushed : undefined;
    if (bytes <= COPIED_BYTES) this.#socket.write(joined(before, chunks, bytes, after), done);
    else this.#writeApart(before, chunks, after, done);
  }

  #writeApart(before: string, chunks: readonly Buffer[], after: string, done?: (error?: Error | null) => void): void {
    const socket = this.#socket;
    socket.cork();
    if (before !== '') socket.write(before, 'latin1');
    for (const chunk of chunks) socket.write(chunk);
    socket.write(after === '' ? EMPTY : Buffer.from(after, 'latin1'), done);
    socket.uncork();
  }

  readonly #onFlushed = (error?: Error | null): void => {
    if (error) return;
    if (this.#watched) {
      this.#socket.setTimeout(0, this.#watched);
      this.#watched = undefined;
    }
    this.#options.finished(this.#head?.last ?? true);
  };
}

function flush(responder: FastResponder): void {
  responder.flush();
}

function joined(before: string, chunks: readonly Buffer[], bytes: number, after: string): Buffer {
  if (bytes === 0) return Buffer.from(before + after, 'latin1');
  const whole = Buffer.allocUnsafe(before.length + bytes + after.length);
  let end = whole.write(before, 0, 'latin1');
  for (const chunk of chunks) {
    whole.set(chunk, end);
    end += chunk.length;
  }
  whole.write(after, end, 'latin1');
  return whole;
}
