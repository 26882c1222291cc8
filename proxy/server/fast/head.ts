import type { IncomingHttpHeaders } from 'node:http';
import type { ReadHead } from '../arrival.ts';

/** Bytes of a head that is read here; `node:http` takes larger ones. */
export const HEAD_BYTES = 8 * 1024;
const MAX_HEADERS = 100;

/** The head of a plain request: a POST of HTTP/1.1 with a body whose end is beyond doubt. */
export interface FastHead extends ReadHead {
  readonly method: 'POST';
  readonly url: string;
  /** Bytes of the head, the empty line included. */
  readonly size: number;
  /** Bytes of the body; undefined = it comes in chunks. */
  readonly length: number | undefined;
}

/** `more`: the head is not whole yet. `odd`: it is not plain, and `node:http` has to judge it. */
export type HeadVerdict = FastHead | 'more' | 'odd';

const METHOD = 'POST ';
const VERSION = ' HTTP/1.1\r\n';
const END = '\r\n\r\n';
const LF = 10;
const CR = 13;
const TAB = 9;
const SPACE = 32;
const COLON = 58;
const TILDE = 126;
/** RFC 9110 section 5.6.2. */
const TOKEN = characters("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
/** What these ask for, or what is to be asked because of them, is not done here; `node:http` makes a list of `set-cookie`. */
const ODD_NAMES: ReadonlySet<string> = new Set([
  'expect',
  'http2-settings',
  'keep-alive',
  'origin',
  'proxy-connection',
  'sec-fetch-site',
  'set-cookie',
  'te',
  'trailer',
  'upgrade',
]);
/** Without leading zeros, below a gigabyte. */
const LENGTH = /^[1-9]\d{0,8}$/;

/**
 * Reads the head of a request by the grammar of RFC 9112, without any of its tolerances: one space where one is asked for, CRLF
 * at the end of each line, no folded lines, visible ASCII in values, no name twice.
 */
export function readHead(bytes: Buffer): HeadVerdict {
  const end = bytes.subarray(0, HEAD_BYTES).indexOf(END, 0, 'latin1');
  if (end === -1) return mayBecomePlain(bytes) ? 'more' : 'odd';
  const text = bytes.toString('latin1', 0, end + 2);
  const urlEnd = endOfTarget(text);
  if (urlEnd === -1) return 'odd';
  const headers: IncomingHttpHeaders = {};
  const raw: string[] = [];
  for (let at = urlEnd + VERSION.length; at < text.length;) {
    at = readLine(text, at, headers, raw);
    if (at === -1 || raw.length > 2 * MAX_HEADERS) return 'odd';
  }
  const length = lengthOf(headers);
  if (length === 'odd' || headers.host === undefined) return 'odd';
  const url = text.slice(METHOD.length, urlEnd);
  return { method: 'POST', url, headers, rawHeaders: raw, size: end + END.length, length };
}

/** Whether what is there can still turn out to be the beginning of a plain head. */
function mayBecomePlain(bytes: Buffer): boolean {
  if (bytes.length >= HEAD_BYTES) return false;
  const begin = bytes.toString('latin1', 0, METHOD.length);
  if (!METHOD.startsWith(begin)) return false;
  for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) if (bytes[at - 1] !== CR) return false;
  return true;
}

/** Where the target of a request line ends; -1 = it is no plain request line. */
function endOfTarget(text: string): number {
  if (!text.startsWith(METHOD) || text[METHOD.length] !== '/') return -1;
  let at = METHOD.length;
  for (let code = text.charCodeAt(at); code > SPACE && code <= TILDE;) code = text.charCodeAt(++at);
  return text.startsWith(VERSION, at) ? at : -1;
}

/** Reads the line at `at` into both. Returns where the next one begins; -1 = the line is not plain. */
function readLine(text: string, at: number, headers: IncomingHttpHeaders, raw: string[]): number {
  const colon = endOfName(text, at);
  if (colon === at || text.charCodeAt(colon) !== COLON) return -1;
  let start = colon + 1;
  while (isBlank(text.charCodeAt(start))) start += 1;
  const next = endOfValue(text, start);
  if (text.charCodeAt(next) !== CR || text.charCodeAt(next + 1) !== LF) return -1;
  let end = next;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  const name = text.slice(at, colon);
  const key = name.toLowerCase();
  // A name that every object has by inheritance counts as one that was there before.
  if (end === start || headers[key] !== undefined || ODD_NAMES.has(key)) return -1;
  const value = text.slice(start, end);
  headers[key] = value;
  raw.push(name, value);
  return next + 2;
}

function endOfName(text: string, at: number): number {
  let code = text.charCodeAt(at);
  while (code < TOKEN.length && TOKEN[code] === 1) code = text.charCodeAt(++at);
  return at;
}

function endOfValue(text: string, at: number): number {
  let code = text.charCodeAt(at);
  while ((code >= SPACE && code <= TILDE) || code === TAB) code = text.charCodeAt(++at);
  return at;
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** What says where the body ends must say it once, and in the one plain way. */
function lengthOf(headers: IncomingHttpHeaders): number | undefined | 'odd' {
  const { connection } = headers;
  if (connection !== undefined && connection.toLowerCase() !== 'keep-alive') return 'odd';
  const length = headers['content-length'];
  const encoding = headers['transfer-encoding'];
  if (encoding !== undefined) return length === undefined && encoding === 'chunked' ? undefined : 'odd';
  return length !== undefined && LENGTH.test(length) ? Number(length) : 'odd';
}

function characters(all: string): Uint8Array {
  const table = new Uint8Array(128);
  for (let index = 0; index < all.length; index += 1) table[all.charCodeAt(index)] = 1;
  return table;
}
