/** A request of a client, and which of the two readers answers it. */
export interface EdgeInput {
  readonly what: string;
  readonly text: string;
  /** Requests of it that are answered without `node:http`. */
  readonly taken: number;
  /** Both fronts say the same bytes, and not only the same. */
  readonly strict: boolean;
}

const BODY = '{"a":1}';
const LINE = 'POST /v1/chat/completions HTTP/1.1\r\n';
const HOST = 'host: localhost\r\n';
const SIZED = `content-length: ${BODY.length}\r\n`;
const CHUNKED = 'transfer-encoding: chunked\r\n';

/** A request with these headers, the body last. */
export function plainRequest(headers = '', body = BODY): string {
  return `${LINE}${HOST}content-length: ${body.length}\r\n${headers}\r\n${body}`;
}

function headed(head: string, body = BODY): string {
  return `${LINE}${head}\r\n${body}`;
}

export function chunked(body: string, headers = ''): string {
  return `${LINE}${HOST}${CHUNKED}${headers}\r\n${body}`;
}

export const CHUNKS = '3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n';
const plain = plainRequest();

/** Requests that are plain. */
const TAKEN: readonly (readonly [string, string])[] = [
  ['a plain request', plain],
  [
    'one with all that clients send',
    plainRequest('Authorization: Bearer x\r\nAccept: */*\r\nUser-Agent: a (b; c)\r\nConnection: Keep-Alive\r\n'),
  ],
  ['upper case in names', headed('HOST: localhost\r\nCONTENT-LENGTH: 7\r\n')],
  ['blanks around values', headed('host:\t localhost \t\r\ncontent-length:7   \r\n')],
  ['names of inherited members in part', plainRequest('constructor-x: a\r\n')],
  ['a query', plain.replace('completions', 'completions?api-version=1')],
  ['chunks', chunked(CHUNKS)],
  ['chunks with sizes in upper case', chunked('A\r\n0123456789\r\n0\r\n\r\n')],
  ['a chunked answer', plainRequest('x-answer: chunked\r\n')],
  ['an empty answer', plainRequest('x-answer: empty\r\n')],
  ['an answer that closes', plainRequest('x-answer: close\r\n')],
  ['an answer that is cut', plainRequest('x-answer: cut\r\n')],
  ['a hundred headers less two', plainRequest(Array.from({ length: 98 }, (_, index) => `x-${index}: y\r\n`).join(''))],
  ['a head of nearly 8 KiB', plainRequest(`x-long: ${'y'.repeat(8_000)}\r\n`)],
  ['a body of bytes above 127', plainRequest('', '\u00ff\u0000\r\n\r\n')],
  ['a body that looks like a request', plainRequest('', plain)],
  ['a body of 200 KB', plainRequest('', 'x'.repeat(200_000))],
];

/** Requests that `node:http` is to judge. */
const HANDED: readonly (readonly [string, string])[] = [
  ['two of them at once', plain + plain],
  ['one and a part of the next', plain + plain.slice(0, 30)],
  ['one and a line end', `${plain}\r\n`],
  ['one and something else', `${plain}NONSENSE\r\n\r\n`],
  ['one and another method', `${plain}GET / HTTP/1.1\r\nhost: a\r\n\r\n`],
  ['one that closes and the next', plainRequest('x-answer: close\r\n') + plain],
  ['one that is cut and the next', plainRequest('x-answer: cut\r\n') + plain],
  ['chunks and the next request', chunked(CHUNKS) + plain],
  ['chunks and bytes behind them', `${chunked(CHUNKS)}x`],
  ['a body that is longer than it says', `${plain}y`],
  ['a line end before it', `\r\n${plain}`],
  ['no body', headed(`${HOST}content-length: 0\r\n`, '')],
  ['no length', headed(HOST, '')],
  ['no length, but a body', headed(HOST)],
  ['two lengths', headed(`${HOST}${SIZED}${SIZED}`)],
  ['two different lengths', headed(`${HOST}${SIZED}content-length: 6\r\n`)],
  ['a list of lengths', headed(`${HOST}content-length: 7, 7\r\n`)],
  ['a length with a sign', headed(`${HOST}content-length: +7\r\n`)],
  ['a negative length', headed(`${HOST}content-length: -7\r\n`)],
  ['a length with a zero before', headed(`${HOST}content-length: 07\r\n`)],
  ['a hexadecimal length', headed(`${HOST}content-length: 0x7\r\n`)],
  ['a length with a fraction', headed(`${HOST}content-length: 7.0\r\n`)],
  ['an empty length', headed(`${HOST}content-length:\r\n`)],
  ['a length beyond all numbers', headed(`${HOST}content-length: 99999999999999999999\r\n`)],
  ['a length in two words', headed(`${HOST}content-length: 7 7\r\n`)],
  ['length and chunks', headed(`${HOST}${SIZED}${CHUNKED}`, CHUNKS)],
  ['chunks and length', headed(`${HOST}${CHUNKED}${SIZED}`, CHUNKS)],
  ['another encoding', headed(`${HOST}transfer-encoding: gzip\r\n`, CHUNKS)],
  ['two encodings', headed(`${HOST}transfer-encoding: gzip, chunked\r\n`, CHUNKS)],
  ['chunked twice', headed(`${HOST}transfer-encoding: chunked, chunked\r\n`, CHUNKS)],
  ['two headers of encodings', headed(`${HOST}${CHUNKED}${CHUNKED}`, CHUNKS)],
  ['chunked in upper case', headed(`${HOST}transfer-encoding: Chunked\r\n`, CHUNKS)],
  ['chunked in quotes', headed(`${HOST}transfer-encoding: "chunked"\r\n`, CHUNKS)],
  ['an encoding that begins like it', headed(`${HOST}transfer-encoding: chunkedx\r\n`, CHUNKS)],
  ['a vertical tab before the encoding', headed(`${HOST}transfer-encoding: \u000bchunked\r\n`, CHUNKS)],
  ['identity', headed(`${HOST}transfer-encoding: identity\r\n${SIZED}`)],
  ['a blank before the colon', headed(`${HOST}content-length : 7\r\n`)],
  ['a blank in a name', headed(`${HOST}content length: 7\r\n${SIZED}`)],
  ['a tab before the colon', headed(`${HOST}transfer-encoding\t: chunked\r\n`, CHUNKS)],
  ['a blank at the beginning of a line', headed(`${HOST} ${SIZED}`)],
  ['a folded line', headed(`${HOST}${SIZED}x-a: b\r\n c\r\n`)],
  ['a folded encoding', headed(`${HOST}transfer-encoding:\r\n chunked\r\n`, CHUNKS)],
  ['a line without a colon', headed(`${HOST}${SIZED}nothing\r\n`)],
  ['a line without a name', headed(`${HOST}${SIZED}: x\r\n`)],
  ['an empty value', headed(`${HOST}${SIZED}x-a:\r\n`)],
  ['a name twice', headed(`${HOST}${SIZED}x-a: 1\r\nX-A: 2\r\n`)],
  ['a name of every object', headed(`${HOST}${SIZED}__proto__: 1\r\n`)],
  ['another one', headed(`${HOST}${SIZED}constructor: 1\r\n`)],
  ['a name whose values are a list', headed(`${HOST}${SIZED}set-cookie: a\r\n`)],
  ['a NUL in a value', headed(`${HOST}${SIZED}x-a: a\u0000b\r\n`)],
  ['a NUL in a name', headed(`${HOST}${SIZED}x\u0000a: b\r\n`)],
  ['a NUL in the target', plain.replace('completions', 'complet\u0000ions')],
  ['a byte above 127 in a value', headed(`${HOST}${SIZED}x-a: \u00e9\r\n`)],
  ['a byte above 127 in a name', headed(`${HOST}${SIZED}x-\u00e9: a\r\n`)],
  ['DEL in a value', headed(`${HOST}${SIZED}x-a: a\u007fb\r\n`)],
  ['a CR in a value', headed(`${HOST}${SIZED}x-a: a\rb\r\n`)],
  ['an LF in a value', headed(`${HOST}${SIZED}x-a: a\nb: c\r\n`)],
  ['lines that end in LF', plain.replaceAll('\r\n', '\n')],
  ['one line that ends in LF', plain.replace('\r\n', '\n')],
  ['a head that ends in LF', `${LINE}${HOST}${SIZED}\n${BODY}`],
  ['lines that end in CR', plain.replaceAll('\r\n', '\r')],
  ['CR CR LF', plain.replace('\r\n', '\r\r\n')],
  ['no host', headed(SIZED)],
  ['two hosts', headed(`${HOST}${HOST}${SIZED}`)],
  ['an empty host', headed(`host:\r\n${SIZED}`)],
  ['HTTP/1.0', plain.replace('/1.1', '/1.0')],
  ['HTTP/1.0 with chunks', chunked(CHUNKS).replace('/1.1', '/1.0')],
  ['HTTP/1.2', plain.replace('/1.1', '/1.2')],
  ['HTTP/2.0', plain.replace('/1.1', '/2.0')],
  ['http in lower case', plain.replace('HTTP', 'http')],
  ['no version', plain.replace(' HTTP/1.1', '')],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a handshake of TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001'],
  ['two blanks before the target', plain.replace('POST ', 'POST  ')],
  ['a tab before the target', plain.replace('POST ', 'POST\t')],
  ['two blanks behind the target', plain.replace(' HTTP', '  HTTP')],
  ['a blank behind the version', plain.replace('1.1\r', '1.1 \r')],
  ['a blank in the target', plain.replace('chat', 'ch at')],
  ['the absolute form', plain.replace('/v1', 'http://localhost/v1')],
  ['the absolute form of another host', plain.replace('/v1', 'http://elsewhere/v1')],
  ['the asterisk form', plain.replace('/v1/chat/completions', '*')],
  ['a target without a slash', plain.replace('/v1', 'v1')],
  ['a fragment', plain.replace('completions', 'completions#a')],
  ['another path', plain.replace('chat', 'chap')],
  ['another method', plain.replace('POST', 'PUT')],
  ['a method in lower case', plain.replace('POST', 'post')],
  ['a method that begins like it', plain.replace('POST', 'POSTS')],
  ['an unknown method', plain.replace('POST', 'NONSENSE')],
  ['GET', 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'],
  ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n'],
  ['close', plainRequest('connection: close\r\n')],
  ['several connection options', plainRequest('connection: keep-alive, te\r\n')],
  ['a header that is dropped on the way', plainRequest('connection: host\r\n')],
  ['an expectation', plainRequest('expect: 100-continue\r\n')],
  ['another expectation', plainRequest('expect: x\r\n')],
  ['an offer of h2c', plainRequest('connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: x\r\n')],
  ['a WebSocket', 'GET /v1/responses HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'],
  ['announced trailers', chunked(CHUNKS, 'trailer: x\r\n')],
  ['trailers', chunked(CHUNKS.replace('0\r\n\r\n', '0\r\nx: y\r\n\r\n'))],
  ['a trailer that is a length', chunked(CHUNKS.replace('0\r\n\r\n', '0\r\ncontent-length: 3\r\n\r\n'))],
  ['an extension of a chunk', chunked(CHUNKS.replace('3\r\n', '3;a=b\r\n'))],
  ['an extension of the last chunk', chunked(CHUNKS.replace('0\r\n', '0;a\r\n'))],
  ['an LF in an extension', chunked(CHUNKS.replace('3\r\n', '3;a\nb\r\n'))],
  ['a blank behind a size', chunked(CHUNKS.replace('3\r\n', '3 \r\n'))],
  ['a blank before a size', chunked(CHUNKS.replace('3\r\n', ' 3\r\n'))],
  ['zeros before a size', chunked(CHUNKS.replace('3\r\n', '0003\r\n'))],
  ['several zeros at the end', chunked(CHUNKS.replace('0\r\n\r\n', '000\r\n\r\n'))],
  ['a size with 0x', chunked(CHUNKS.replace('3\r\n', '0x3\r\n'))],
  ['a size with a sign', chunked(CHUNKS.replace('3\r\n', '+3\r\n'))],
  ['a negative size', chunked(CHUNKS.replace('3\r\n', '-3\r\n'))],
  ['a size that overflows', chunked('FFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n')],
  ['a size of 32 bits and more', chunked(CHUNKS.replace('3\r\n', '100000003\r\n'))],
  ['a size in another script', chunked(CHUNKS.replace('3\r\n', '\u00b3\r\n'))],
  ['no size', chunked('\r\nabc\r\n0\r\n\r\n')],
  ['a chunk that is longer than it says', chunked(CHUNKS.replace('3\r\n', '2\r\n'))],
  ['a chunk that is shorter than it says', chunked(CHUNKS.replace('3\r\n', '9\r\n'))],
  ['a chunk that ends in LF', chunked(CHUNKS.replace('{"a\r\n', '{"a\n'))],
  ['a size that ends in LF', chunked(CHUNKS.replace('3\r\n', '3\n'))],
  ['no chunk but the last', chunked('0\r\n\r\n')],
  ['chunks that never end', chunked(CHUNKS.slice(0, -5))],
  ['chunks without the last line end', chunked(CHUNKS.slice(0, -2))],
  ['a body that never comes', plain.slice(0, -BODY.length)],
  ['a body that breaks off', plain.slice(0, -2)],
  ['a head that breaks off', plain.slice(0, 40)],
  ['a method that breaks off', 'PO'],
  ['nothing', ''],
  ['a head of 12 KB', plainRequest(`x-long: ${'y'.repeat(12_000)}\r\n`)],
  ['a head that is too large', plainRequest(`x-long: ${'y'.repeat(20_000)}\r\n`)],
  ['a head that does not end', `${LINE}${HOST}x: ${'y'.repeat(40_000)}`],
  ['150 headers', plainRequest(Array.from({ length: 150 }, (_, index) => `x-${index}: y\r\n`).join(''))],
  ['3,000 headers', plainRequest(Array.from({ length: 3_000 }, (_, index) => `a${index}:b\r\n`).join(''))],
  ['a long target', plain.replace('completions', `completions?${'x'.repeat(17_000)}`)],
  ['a body of 300 KB', plainRequest('', 'x'.repeat(300_000))],
  ['a body beyond the limit', plainRequest('', 'x'.repeat(1_000_001))],
  ['a chunked body beyond the limit', chunked(`f4241\r\n${'x'.repeat(1_000_001)}\r\n0\r\n\r\n`)],
  ['a page of another site', plainRequest('origin: https://a.example\r\n')],
];

/** Several requests in one packet: how their answers are cut depends on moments within `node:http` (`agree`). */
const PIPELINED: readonly (readonly [string, string])[] = [
  [
    'three of them with three answers',
    plain + plainRequest('x-answer: chunked\r\n') + plainRequest('x-answer: close\r\n'),
  ],
  ['one and an expectation', plain + plainRequest('expect: 100-continue\r\n')],
];

export const EDGE_INPUTS: readonly EdgeInput[] = [
  ...TAKEN.map(([what, text]) => ({ what, text, taken: 1, strict: true })),
  ...HANDED.map(([what, text]) => ({ what, text, taken: 0, strict: true })),
  ...PIPELINED.map(([what, text]) => ({ what, text, taken: 0, strict: false })),
];
