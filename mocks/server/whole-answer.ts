import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Head } from './delivery.ts';

/** What a header's value must not have: characters that are none, or that would end the line. */
const FORBIDDEN = /[^\t\u0020-\u007E\u0080-\u00FF]/;
const MS_PER_SECOND = 1000;

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
    if (FORBIDDEN.test(value) || name === 'connection' || name === 'date' || name === 'content-length')
      return undefined;
    if (name === 'transfer-encoding') chunked = value === 'chunked';
    text += `${name}: ${value}\r\n`;
  }
  return chunked ? text + end : undefined;
}

/**
 * Writes answers that are there as a whole: head, framing and body as one text in one system call, where node would check
 * every header again and write five pieces. The bytes are the same.
 */
export class WholeAnswers {
  readonly #date = new DateLine();

  /** `body`: a byte a character. `false`, and nothing is done, for everything out of the ordinary. */
  send(response: ServerResponse, head: Head, body: string): boolean {
    const socket = ordinarySocket(response);
    if (socket === null || head.status !== 200 || body === '') return false;
    const text = headText(head, this.#date.text);
    if (text === undefined) return false;
    const outgoing = response as unknown as Outgoing;
    outgoing._header = text;
    outgoing._headerSent = true;
    outgoing.chunkedEncoding = false;
    socket.write(`${text}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`, 'latin1');
    // Nothing is left to be sent: this ends the bookkeeping, after the write when it did not go through at once.
    response.end();
    return true;
  }
}

/** The socket of an answer that is next on its connection, which stays open; `null` for any other. */
function ordinarySocket(response: ServerResponse): Socket | null {
  const { req, socket, shouldKeepAlive } = response;
  const outgoing = response as unknown as Outgoing;
  const fresh = outgoing._header === null && !outgoing._headerSent;
  return fresh && shouldKeepAlive && req.httpVersion === '1.1' && req.method !== 'HEAD' ? socket : null;
}
