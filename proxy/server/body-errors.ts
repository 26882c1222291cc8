import type { IncomingMessage } from 'node:http';
import { ProxyError } from '../core/errors.ts';

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
