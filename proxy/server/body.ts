import type { IncomingMessage } from 'node:http';
import { ProxyError } from '../core/errors.ts';
import type { BodySource } from '../wire/http.ts';

/** The body of a `node:http` request. */
export class NodeBody implements BodySource {
  readonly #request: IncomingMessage;

  constructor(request: IncomingMessage) {
    this.#request = request;
  }

  collect(limit: number): Promise<readonly Buffer[]> {
    return new Promise((resolve, reject) => collect(this.#request, limit, resolve, reject));
  }
}

function collect(
  request: IncomingMessage,
  limit: number,
  resolve: (chunks: readonly Buffer[]) => void,
  reject: (error: ProxyError) => void,
): void {
  const refusal = refusalOf(request, limit);
  if (refusal) {
    reject(refusal);
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limit) {
      request.pause();
      chunks.length = 0;
      reject(tooLarge(limit));
    } else chunks.push(chunk);
  });
  request.on('end', () => resolve(chunks));
  request.on('error', () => reject(incomplete()));
  request.on('close', () => {
    if (!request.complete) reject(incomplete());
  });
}

/** Why a request's body is refused before it is read. */
export function refusalOf({ headers }: IncomingMessage, limit: number): ProxyError | undefined {
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

export function tooLarge(limit: number): ProxyError {
  return new ProxyError('request_too_large', `The request body exceeds the limit of ${limit} bytes.`, {
    // What is left of the body is not read: the connection cannot carry another request.
    headers: { connection: 'close' },
  });
}

export function incomplete(): ProxyError {
  return new ProxyError('request_timeout', 'The request body did not arrive whole.', {
    headers: { connection: 'close' },
  });
}
