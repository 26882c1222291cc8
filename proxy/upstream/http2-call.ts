import type { IncomingHttpHeaders } from 'node:http';
import { constants, type ClientHttp2Session, type ClientHttp2Stream, type OutgoingHttpHeaders } from 'node:http2';
import { classifyFailure } from './failure.ts';
import type { UpstreamCall, UpstreamFailure, UpstreamHandler, UpstreamRequest } from './types.ts';

/** What a call needs to know of the connection that it goes over. */
export interface SharedConnection {
  readonly session: ClientHttp2Session;
  /** An answer has come over it. */
  answered: boolean;
  /** A stream has timed out: whether the peer is still there is to be found out. */
  suspect(ms: number): void;
}

/** A request whose body can be sent again. */
export type HeldRequest = Omit<UpstreamRequest, 'body'> & { readonly body?: Buffer };

/** Fields of one connection (RFC 9113 section 8.2.2), and the one that `:authority` stands for. */
const NOT_SENT = new Set([
  'host',
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'te',
]);

const LEFT: UpstreamFailure = { kind: 'client_left', reason: 'the last client left' };

/** One request, as a stream of a connection that others share. */
export class Http2Call implements UpstreamCall {
  readonly #request: HeldRequest;
  readonly #handler: UpstreamHandler;
  readonly #again: (call: Http2Call) => void;
  #phase: 'queued' | 'sent' | 'answered' | 'over' = 'queued';
  #connection: SharedConnection | undefined;
  #stream: ClientHttp2Stream | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The call goes over HTTP/1.1. */
  #other: UpstreamCall | undefined;
  #isRepeated = false;
  #error: Error | undefined;
  #expected: number | undefined;
  #received = 0;

  /** `again`: sends a request that was not processed over another connection or stream. */
  constructor(request: HeldRequest, handler: UpstreamHandler, again: (call: Http2Call) => void) {
    this.#request = request;
    this.#handler = handler;
    this.#again = again;
  }

  get isOver(): boolean {
    return this.#phase === 'over';
  }

  /** Throws where the connection takes no stream any more. */
  start(connection: SharedConnection): void {
    const { method, body, timeouts } = this.#request;
    const stream = connection.session.request(streamHeaders(this.#request), { endStream: body === undefined });
    this.#connection = connection;
    this.#stream = stream;
    this.#phase = 'sent';
    this.#error = undefined;
    this.#arm(timeouts.firstByteMs, 'timeout_first_byte');
    stream.on('response', (headers) => this.#head(headers, method));
    stream.on('data', (chunk: Buffer) => this.#data(chunk));
    stream.on('error', (error) => (this.#error = error));
    stream.on('close', () => this.#closed(stream));
    if (body) stream.end(body);
  }

  /** The endpoint takes no HTTP/2. */
  handOver(send: (request: HeldRequest, handler: UpstreamHandler) => UpstreamCall): void {
    this.#phase = 'over';
    this.#other = send(this.#request, this.#handler);
  }

  pause(): void {
    this.#other?.pause();
    if (this.#phase !== 'answered') return;
    this.#disarm();
    this.#stream?.pause();
  }

  resume(): void {
    this.#other?.resume();
    if (this.#phase !== 'answered') return;
    this.#arm(this.#request.timeouts.idleMs, 'timeout_idle');
    this.#stream?.resume();
  }

  abort(): void {
    if (this.#other) this.#other.abort();
    else this.fail(LEFT);
  }

  /** Ends the call, and its stream, once. */
  fail(failure: UpstreamFailure): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#disarm();
    this.#stream?.close(constants.NGHTTP2_CANCEL);
    this.#handler.onFailure(failure);
  }

  #head({ ':status': status = 0, ...fields }: IncomingHttpHeaders & { ':status'?: number }, method: string): void {
    if (this.#phase !== 'sent') return;
    this.#phase = 'answered';
    if (this.#connection) this.#connection.answered = true;
    const length = Number(fields['content-length'] ?? Number.NaN);
    if (method !== 'HEAD' && Number.isSafeInteger(length)) this.#expected = length;
    this.#arm(this.#request.timeouts.idleMs, 'timeout_idle');
    // Without the symbol that Node has beside the fields.
    this.#handler.onHead(status, Object.fromEntries(Object.entries(fields)));
  }

  #data(chunk: Buffer): void {
    if (this.#phase !== 'answered') return;
    this.#received += chunk.length;
    this.#timer?.refresh();
    this.#handler.onData(chunk);
  }

  /** The end of the stream, however it came: only now is it known whether the endpoint has reset it. */
  #closed(stream: ClientHttp2Stream): void {
    if (this.#phase === 'over' || stream !== this.#stream) return;
    this.#disarm();
    const isReset = this.#error !== undefined || !stream.readableEnded || stream.rstCode !== constants.NGHTTP2_NO_ERROR;
    if (this.#phase === 'sent') this.#unanswered(stream);
    else if (isReset || (this.#expected ?? this.#received) !== this.#received) this.fail(cut(this.#reason(stream)));
    else {
      this.#phase = 'over';
      this.#handler.onEnd();
    }
  }

  #unanswered(stream: ClientHttp2Stream): void {
    const { session, answered = false } = this.#connection ?? {};
    // The peer says that it has not looked at the request (RFC 9113 section 8.7); streams beyond a GOAWAY end so, too.
    if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM && !this.#isRepeated) {
      this.#isRepeated = true;
      this.#phase = 'queued';
      this.#stream = undefined;
      this.#again(this);
      return;
    }
    const isLost = session?.destroyed === true;
    this.fail({ kind: isLost && answered ? 'dead_connection' : 'refused', reason: this.#reason(stream) });
  }

  #reason(stream: ClientHttp2Stream): string {
    const { code } = (this.#error ?? {}) as NodeJS.ErrnoException;
    return code ?? `the stream was reset with code ${stream.rstCode}`;
  }

  #arm(ms: number, kind: 'timeout_first_byte' | 'timeout_idle'): void {
    this.#disarm();
    if (ms === 0) return;
    this.#timer = setTimeout(() => {
      this.#connection?.suspect(ms);
      this.fail({ kind, reason: `HTTP/2: nothing within ${ms} ms` });
    }, ms).unref();
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

function cut(reason: string): UpstreamFailure {
  return { kind: 'cut', reason };
}

/** No connection could be had. */
export function connectFailure(error: Error): UpstreamFailure {
  return classifyFailure(error, false);
}

function streamHeaders({ origin, path, method, headers }: HeldRequest): OutgoingHttpHeaders {
  const fields: OutgoingHttpHeaders = {
    ':method': method,
    ':path': path,
    ':scheme': 'https',
    ':authority': new URL(origin).host,
  };
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = (headers[index] as string).toLowerCase();
    const value = headers[index + 1] as string;
    if (name === 'host') fields[':authority'] = value;
    if (NOT_SENT.has(name)) continue;
    const known = fields[name];
    fields[name] = known === undefined ? value : `${String(known)}, ${value}`;
  }
  return fields;
}
