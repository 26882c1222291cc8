import { plainRequest } from './edge-inputs.ts';

/** Random numbers that a seed decides (mulberry32). */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  of<T>(all: readonly T[]): T {
    return all[this.below(all.length)] as T;
  }

  /** Once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }
}

const LINES = [
  'host: localhost',
  'Host: localhost:4000',
  'content-length: 7',
  'Content-Length: 8',
  'content-length: 07',
  'content-length : 7',
  'content-length: 0',
  'transfer-encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'transfer-encoding: xchunked',
  'transfer-encoding : chunked',
  'connection: keep-alive',
  'Connection: close',
  'connection: upgrade',
  'upgrade: h2c',
  'expect: 100-continue',
  'te: trailers',
  'trailer: x',
  'accept: */*',
  'User-Agent: fuzz (a; b) c',
  'cookie: a=b',
  'cookie: c=d',
  'set-cookie: a',
  'x-a: 1',
  'X-A: 2',
  'x-answer: chunked',
  'x-answer: empty',
  'x-answer: close',
  ' folded',
  'no colon',
  ':',
  'x:',
  'x-\u00e9: \u00e9',
  'constructor: a',
  '__proto__: a',
  'content-encoding: gzip',
];
const METHODS = ['POST', 'POST', 'POST', 'GET', 'PUT', 'post', 'OPTIONS', 'HEAD', 'CONNECT'];
const TARGETS = [
  '/v1/chat/completions',
  '/v1/chat/completions',
  '/v1/chat/completions?a=b',
  '/v1//chat/completions',
  '/',
  '*',
  'http://localhost/v1/chat/completions',
  '/v1/chat/completions#f',
  '/v1/chat/../chat/completions',
];
const VERSIONS = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'http/1.1'];
const BODIES = [
  '{"a":1}',
  '{"a":1}',
  '3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n',
  '3;x\r\nabc\r\n0\r\n\r\n',
  '7\r\n{"a":1}\r\n0\r\nx: y\r\n\r\n',
  '',
  '0\r\n\r\n',
];
const BYTES = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '"',
  '0',
  '7',
  'f',
  'x',
  '\u007f',
  '\u0080',
  '\u00ff',
  '\u000b',
  '-',
  '+',
  '#',
  '%',
];
const PLAIN = [
  plainRequest(),
  plainRequest('Authorization: Bearer x\r\nAccept: */*\r\nx-answer: chunked\r\n', 'x'.repeat(300)),
  'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n',
];

/** A connection's bytes, in the pieces in which they are sent: plain requests, what is nearly one, and what is none. */
export function fuzzInput(chance: Chance): Buffer[] {
  let text = request(chance);
  while (chance.once(3)) text += request(chance);
  if (chance.once(12)) text = text.slice(0, chance.below(text.length + 1));
  return pieces(Buffer.from(text, 'latin1'), chance);
}

function request(chance: Chance): string {
  const text = chance.once(2) ? chance.of(PLAIN) : built(chance);
  return chance.once(3) ? text : mutated(text, chance);
}

function built(chance: Chance): string {
  const end = chance.once(20) ? '\n' : '\r\n';
  const lines = [`${chance.of(METHODS)} ${chance.of(TARGETS)} ${chance.of(VERSIONS)}`];
  if (!chance.once(8)) lines.push('host: localhost');
  if (!chance.once(3)) lines.push(chance.once(2) ? 'content-length: 7' : 'transfer-encoding: chunked');
  for (let left = chance.below(5); left > 0; left -= 1)
    lines.splice(1 + chance.below(lines.length), 0, chance.of(LINES));
  return lines.join(end) + end + end + chance.of(BODIES);
}

function mutated(text: string, chance: Chance): string {
  let result = text;
  for (let left = 1 + chance.below(3); left > 0; left -= 1) {
    const at = chance.below(result.length + 1);
    const gone = chance.of([0, 0, 1, 1, 2, 10]);
    const added = chance.of([
      () => '',
      () => chance.of(BYTES),
      () => String.fromCharCode(chance.below(256)),
      () => result.slice(at, at + chance.below(30)),
    ])();
    result = result.slice(0, at) + added + result.slice(at + gone);
  }
  return result;
}

function pieces(bytes: Buffer, chance: Chance): Buffer[] {
  if (!chance.once(3)) return [bytes];
  const cuts = Array.from({ length: 1 + chance.below(4) }, () => chance.below(bytes.length + 1)).toSorted(
    (a, b) => a - b,
  );
  return [0, ...cuts].map((from, index) => bytes.subarray(from, cuts[index])).filter((piece) => piece.length > 0);
}
