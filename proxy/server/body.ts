import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { ProxyError } from '../core/errors.ts';
import type { RequestView } from '../wire/http.ts';

/** Is told once how it went. */
export interface BodyReader {
  onBody(chunks: readonly Buffer[]): void;
  /** ProxyError `invalid_value`, `request_too_large` or `request_timeout`. */
  onError(error: ProxyError): void;
}

/** Reads a request body of at most `limit` bytes. Rejects with what `BodyReader.onError` is told. */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, onError) => {
    collectBody(request, limit, { onBody: (chunks) => resolve(joined(chunks)), onError });
  });
}

/** One piece of memory; the chunk itself where there is one. */
function joined(chunks: readonly Buffer[]): Buffer {
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

/** A client's request whose body is joined when someone asks for it whole: a repeated one is known without that. */
export class ReceivedRequest implements RequestView {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  #chunks: readonly Buffer[];

  constructor(request: IncomingMessage, path: string, query: string, chunks: readonly Buffer[]) {
    this.method = request.method ?? 'POST';
    this.path = path;
    this.query = query;
    this.headers = request.headers;
    this.#chunks = chunks;
  }

  get chunks(): readonly Buffer[] {
    return this.#chunks;
  }

  get body(): Buffer {
    const whole = joined(this.#chunks);
    if (this.#chunks.length !== 1) this.#chunks = [whole];
    return whole;
  }
}

/** The same without a promise, for the routes that carry the load. */
export function collectBody(request: IncomingMessage, limit: number, reader: BodyReader): void {
  const refusal = refusalOf(request, limit);
  if (refusal) {
    reader.onError(refusal);
    return;
  }
  let chunks: Buffer[] | undefined = [];
  let bytes = 0;
  const fail = (error: ProxyError): void => {
    if (chunks === undefined) return;
    chunks = undefined;
    reader.onError(error);
  };
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limit) {
      request.pause();
      fail(tooLarge(limit));
    } else chunks?.push(chunk);
  });
  request.on('end', () => {
    const whole = chunks;
    chunks = undefined;
    if (whole) reader.onBody(whole);
  });
  request.on('error', () => fail(incomplete()));
  request.on('close', () => {
    if (!request.complete) fail(incomplete());
  });
}

function refusalOf({ headers }: IncomingMessage, limit: number): ProxyError | undefined {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return new ProxyError(
      'invalid_value',
      `Request bodies must not be compressed, but 'content-encoding' is '${encoding}'.`,
      { param: 'content-encoding' },
    );
  }
  return Number(headers['content-length'] ?? 0) > limit ? tooLarge(limit) : undefined;
}

function tooLarge(limit: number): ProxyError {
  return new ProxyError('request_too_large', `The request body exceeds the limit of ${limit} bytes.`, {
    // What is left of the body is not read: the connection cannot carry another request.
    headers: { connection: 'close' },
  });
}

function incomplete(): ProxyError {
  return new ProxyError('request_timeout', 'The request body did not arrive whole.', {
    headers: { connection: 'close' },
  });
}
