import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Head } from './delivery.ts';

/** What a header's value must not have: characters that are none, or that would end the line. */
const FORBIDDEN = /[^\t\u0020-\u007E\u0080-\u00FF]/;
/** These decide about the connection or the framing, and node has its own mind about them. */
const NOT_OURS = new Set(['connection', 'date', 'content-length']);
const MS_PER_SECOND = 1000;
const HEAD_BYTES = 8 * 1024;
const BODY_BYTES = 64 * 1024;
const CHARACTER_BYTES = 4;
/** Of a chunk, and of a body in chunks. */
const END = '\r\n0\r\n\r\n';

/** The part of node's response that decides what is still to be sent; as old as the class, but not in its types. */
interface Outgoing {
  _header: string | null;
  _headerSent: boolean;
  chunkedEncoding: boolean;
}

/** The `date` header, made once a second. */
class DateLine {
  #second = 0;
  #text = '';

  get text(): string {
    const second = Math.floor(Date.now() / MS_PER_SECOND);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = `Date: ${new Date(second * MS_PER_SECOND).toUTCString()}\r\nConnection: keep-alive\r\n\r\n`;
    }
    return this.#text;
  }
}

/** Head lines as node writes them; `undefined` for what its own code has to look at. */
function headText({ headers }: Head, end: string): string | undefined {
  let text = 'HTTP/1.1 200 OK\r\n';
  let chunked = false;
  for (const [name, value] of headers) {
    if (FORBIDDEN.test(value) || NOT_OURS.has(name)) return undefined;
    if (name === 'transfer-encoding') chunked = value === 'chunked';
    text += `${name}: ${value}\r\n`;
  }
  return chunked ? text + end : undefined;
}

/**
 * Writes answers that are there as a whole: head, framing and body in one piece by one system call, where node would check
 * every header again and write five pieces. The bytes are the same.
 */
export class WholeAnswers {
  readonly #date = new DateLine();
  /** One for all answers: what is written has left it before the next one comes. */
  #buffer: Buffer | undefined;

  /** Returns the bytes of the body; `undefined`, and nothing is done, for everything out of the ordinary. */
  send(response: ServerResponse, head: Head, body: string, encoding: 'utf8' | 'latin1'): number | undefined {
    const socket = ordinarySocket(response);
    if (socket === null || head.status !== 200 || body === '' || body.length > BODY_BYTES) return undefined;
    const text = headText(head, this.#date.text);
    if (text === undefined) return undefined;
    const buffer = (this.#buffer ??= Buffer.allocUnsafeSlow(HEAD_BYTES + BODY_BYTES + END.length));
    const length = buffer.write(body, HEAD_BYTES, BODY_BYTES, encoding);
    const before = `${text}${length.toString(16)}\r\n`;
    // With so little room left, the last character may be missing.
    if (length > BODY_BYTES - CHARACTER_BYTES || before.length > HEAD_BYTES) return undefined;
    const start = HEAD_BYTES - before.length;
    buffer.write(before, start, 'latin1');
    buffer.write(END, HEAD_BYTES + length, 'latin1');
    this.#write(response, socket, buffer.subarray(start, HEAD_BYTES + length + END.length));
    return length;
  }

  #write(response: ServerResponse, socket: Socket, bytes: Buffer): void {
    const outgoing = response as unknown as Outgoing;
    // Not empty: it stands for a head that was sent.
    outgoing._header = ' ';
    outgoing._headerSent = true;
    outgoing.chunkedEncoding = false;
    socket.write(bytes);
    // A client that reads slowly: these bytes are waited for, and the next answer gets others.
    if (socket.writableLength > 0) this.#buffer = undefined;
    // Nothing is left to be sent: this ends the bookkeeping, after the write when it did not go through at once.
    response.end();
  }
}

/** The socket of an answer that is next on its connection, which stays open; `null` for any other. */
function ordinarySocket(response: ServerResponse): Socket | null {
  const { req, socket, shouldKeepAlive } = response;
  const outgoing = response as unknown as Outgoing;
  const fresh = outgoing._header === null && !outgoing._headerSent;
  return fresh && shouldKeepAlive && req.httpVersion === '1.1' && req.method !== 'HEAD' ? socket : null;
}
