import type { Socket } from 'node:net';
import type { BodySource } from '../../wire/http.ts';
import type { Admitted } from '../front.ts';
import { BrokenBody, ReceivedBody } from './body.ts';
import { readChunks } from './chunks.ts';
import type { FastFront } from './fast-front.ts';
import { type FastHead, readHead } from './head.ts';
import { FastResponder } from './responder.ts';

/** Bytes of a request that is answered here, head and body. */
const REQUEST_BYTES = 256 * 1024;
/** Reads in which what has to be looked at from its beginning each time must be whole: a head, a chunked body. */
const READS = 32;
/** Bytes that a client may send while it is being answered; then it is not read. */
const EARLY_BYTES = 64 * 1024;
/** Looks (one a second) after which `node:http` waits for the rest of a request, or for the first byte of a connection. */
const PARTIAL_LOOKS = 2;
const SILENT_LOOKS = 5;
const NOTHING = Buffer.alloc(0);

/** A request whose head is plain, and that nothing refuses so far. */
interface PlainRequest {
  readonly head: FastHead;
  readonly admitted: Admitted;
}

/**
 * One client connection. A request begins here once it is whole and every byte of it is plain; until then nothing has been made
 * of it, and it can be handed to `node:http` as it came, with the connection.
 */
export class FastConnection {
  readonly #socket: Socket;
  readonly #front: FastFront;
  /** What has come of the next request. */
  #pieces: Buffer[] = [];
  #bytes = 0;
  #reads = 0;
  /** Once its head is there. */
  #request: PlainRequest | undefined;
  /** There while a request is answered. */
  #responder: FastResponder | undefined;
  #served = false;
  #looks = 0;

  constructor(socket: Socket, front: FastFront) {
    this.#socket = socket;
    this.#front = front;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  /** To be called once a second. */
  look(): void {
    if (this.#responder) return;
    this.#looks += 1;
    if (this.#bytes > 0) {
      if (this.#looks >= PARTIAL_LOOKS) this.#handOver();
    } else if (this.#served) {
      if (this.#looks > this.#front.idleSeconds) this.#socket.destroy();
    } else if (this.#looks >= SILENT_LOOKS) this.#handOver();
  }

  readonly #onData = (piece: Buffer): void => {
    if (this.#bytes === 0) this.#looks = 0;
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#responder === undefined) {
      this.#reads += 1;
      this.#read();
    } else if (this.#bytes > EARLY_BYTES) this.#socket.pause();
  };

  /** A client that closes its side does not wait for an answer: `node:http` closes the other one too. */
  readonly #onEnd = (): void => {
    if (this.#responder === undefined && this.#bytes > 0) this.#handOver(true);
    else this.#socket.end();
  };

  readonly #onError = (): void => {
    this.#socket.destroy();
  };

  readonly #onClose = (): void => {
    this.#front.forget(this);
    if (this.#responder === undefined) {
      // A client that has left while it sent its body has made a request, too.
      if (!this.#request) return;
      this.#answer(this.#request, new BrokenBody());
    }
    const responder = this.#responder;
    this.#responder = undefined;
    responder?.left();
    this.#front.ended();
  };

  #read(): void {
    const request = (this.#request ??= this.#readHead());
    if (request === undefined) return;
    const { size, length } = request.head;
    if (length === undefined) this.#readChunked(request);
    else this.#readSized(request, size + length);
  }

  #readHead(): PlainRequest | undefined {
    const head = readHead(this.#whole());
    if (head === 'more' && this.#reads < READS) return undefined;
    if (typeof head !== 'string' && head.size + (head.length ?? 0) <= REQUEST_BYTES) {
      const admitted = this.#front.admit(head);
      if (admitted) return { head, admitted };
    }
    this.#handOver();
    return undefined;
  }

  #readSized(request: PlainRequest, end: number): void {
    if (this.#bytes < end) return;
    const [first = NOTHING, ...others] = this.#pieces;
    const begin = first.subarray(request.head.size);
    this.#begin(request, begin.length > 0 ? [begin, ...others] : others, end);
  }

  #readChunked(request: PlainRequest): void {
    const body = readChunks(this.#whole(), request.head.size);
    if (body === 'more' && this.#reads < READS && this.#bytes <= REQUEST_BYTES) return;
    if (typeof body === 'string' || body.end > REQUEST_BYTES) this.#handOver();
    else this.#begin(request, body.chunks, body.end);
  }

  /** The request is whole and ends at `end`. When more than it has come, all of it is for `node:http`. */
  #begin(request: PlainRequest, chunks: readonly Buffer[], end: number): void {
    const { head, admitted } = request;
    // The framing of chunks counts here: what is so near to the limit may be judged by `node:http` as well.
    if (this.#bytes !== end || !this.#front.stillAdmits(admitted, end - head.size)) this.#handOver();
    else this.#answer(request, new ReceivedBody(chunks, head.headers));
  }

  #answer({ admitted }: PlainRequest, body: BodySource): void {
    this.#forgetBytes();
    const { heads } = this.#front;
    const responder = new FastResponder({ socket: this.#socket, heads, finished: this.#onFinished });
    this.#responder = responder;
    this.#front.began();
    this.#front.run(admitted, body, responder);
  }

  readonly #onFinished = (last: boolean): void => {
    // The connection may have been closed meanwhile.
    if (this.#responder === undefined) return;
    this.#responder = undefined;
    this.#served = true;
    this.#looks = 0;
    this.#front.ended();
    const socket = this.#socket;
    if (last) socket.destroySoon();
    if (last || socket.writableEnded || socket.destroyed) return;
    if (socket.isPaused()) socket.resume();
    if (this.#bytes === 0) return;
    this.#reads = 1;
    this.#read();
  };

  /** All that has come of the next request, as one piece. */
  #whole(): Buffer {
    const [first = NOTHING] = this.#pieces;
    if (this.#pieces.length <= 1) return first;
    const whole = Buffer.concat(this.#pieces, this.#bytes);
    this.#pieces = [whole];
    return whole;
  }

  #forgetBytes(): void {
    this.#pieces = [];
    this.#bytes = 0;
    this.#reads = 0;
    this.#request = undefined;
  }

  /** From here on the connection is `node:http`'s: with every byte of the request that has begun, and the end of what the client sends. */
  #handOver(ended = false): void {
    const socket = this.#socket;
    const bytes = this.#whole();
    this.#forgetBytes();
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('error', this.#onError);
    socket.off('close', this.#onClose);
    this.#front.forget(this);
    this.#front.handOver(socket);
    if (bytes.length > 0) socket.emit('data', bytes);
    if (ended) socket.emit('end');
  }
}
