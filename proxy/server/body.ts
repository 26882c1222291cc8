import type { IncomingMessage } from 'node:http';
import { ProxyError } from '../core/errors.ts';

/** Reads a request body of at most `limit` bytes. Rejects with ProxyError `request_too_large` or `request_timeout`. */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return Promise.reject(
      new ProxyError(
        'invalid_value',
        `Request bodies must not be compressed, but 'content-encoding' is '${encoding}'.`,
        {
          param: 'content-encoding',
        },
      ),
    );
  }
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.reject(tooLarge(limit));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limit) {
        request.pause();
        reject(tooLarge(limit));
      } else chunks.push(chunk);
    });
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on('error', () => reject(incomplete()));
    request.on('close', () => {
      if (!request.complete) reject(incomplete());
    });
  });
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
