import { STATUS_CODES, validateHeaderName, validateHeaderValue } from 'node:http';
import type { FlatHeaders } from '../../wire/http.ts';
import { isSized } from '../responder.ts';

/** The head of an answer as it goes over the wire, and what follows from it. */
export interface AnswerHead {
  /** One byte a character. */
  readonly text: string;
  readonly hasBody: boolean;
  readonly chunked: boolean;
  /** The connection ends with this answer. */
  readonly last: boolean;
}

const CLOSES = /(?:^|\W)close(?:$|\W)/i;
/** Names of headers that decide about others are this long. */
const SHORTEST = 'date'.length;
const LONGEST = 'keep-alive'.length;

/** Writes heads as `node:http` does: the headers as they are given, then those that are missing. */
export class AnswerHeads {
  readonly #keepAlive: string;
  /** Milliseconds until which the line is right. */
  #until = 0;
  #date = '';

  /** Seconds that a connection may be idle, as clients are told. */
  constructor(keepAliveSeconds: number) {
    this.#keepAlive = `Keep-Alive: timeout=${keepAliveSeconds}\r\n`;
  }

  /** The head of an answer to a POST of HTTP/1.1. Throws like `writeHead` on what no head can hold. */
  write(status: number, headers: FlatHeaders): AnswerHead {
    if (!Number.isInteger(status) || status < 200 || status > 999) throw new RangeError(`invalid status ${status}`);
    const hasBody = status !== 204 && status !== 304;
    let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`;
    const seen = { date: false, connection: false, keepAlive: false, last: false };
    for (let index = 0; index < headers.length; index += 2) {
      const name = headers[index] as string;
      const value = headers[index + 1] as string;
      validateHeaderName(name);
      validateHeaderValue(name, value);
      if (name.length >= SHORTEST && name.length <= LONGEST) note(name, value, seen);
      text += `${name}: ${value}\r\n`;
    }
    const chunked = hasBody && !isSized(headers);
    if (chunked) text += 'transfer-encoding: chunked\r\n';
    if (!seen.date) text += this.#dateLine();
    if (!seen.connection) text += 'Connection: keep-alive\r\n';
    if (!seen.connection && !seen.keepAlive) text += this.#keepAlive;
    return { text: `${text}\r\n`, hasBody, chunked, last: seen.last };
  }

  #dateLine(): string {
    const now = Date.now();
    // A clock that is put back must not leave the date behind it.
    if (now >= this.#until || now < this.#until - 1_000) {
      this.#until = now - (now % 1_000) + 1_000;
      this.#date = `Date: ${new Date(now).toUTCString()}\r\n`;
    }
    return this.#date;
  }
}

interface Seen {
  date: boolean;
  connection: boolean;
  keepAlive: boolean;
  last: boolean;
}

function note(name: string, value: string, seen: Seen): void {
  const key = name.toLowerCase();
  if (key === 'date') seen.date = true;
  else if (key === 'keep-alive') seen.keepAlive = true;
  else if (key === 'connection') {
    seen.connection = true;
    seen.last ||= CLOSES.test(value);
  }
}
