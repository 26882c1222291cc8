import type { IncomingMessage } from 'node:http';
import { boundaryOf, parseForm } from './multipart.ts';

/** Largest request body that is read; beyond it the answer is 413. */
export const BODY_LIMIT = 64 * 1024 * 1024;

const EMPTY = Buffer.alloc(0);

/** Reads the whole body, or gives `undefined` when it is larger than the limit (the rest is thrown away as it comes). Silent when the client leaves before the end. */
export function readBody(request: IncomingMessage, done: (body: Buffer | undefined) => void, limit = BODY_LIMIT): void {
  if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) {
    done(EMPTY);
    return;
  }
  let chunks: Buffer[] = [];
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > limit) chunks = [];
    else chunks.push(chunk);
  });
  request.on('end', () => {
    if (length > limit) done(undefined);
    else done(chunks.length === 1 ? (chunks[0] ?? EMPTY) : Buffer.concat(chunks, length));
  });
}

/** The JSON value, or `undefined` when there is none or it cannot be read. */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

/** The fields of a multipart form, else the JSON value; `undefined` when there is none or it cannot be read. */
export function parseBody(body: Buffer, contentType: string | undefined): unknown {
  const boundary = contentType === undefined ? undefined : boundaryOf(contentType);
  return boundary === undefined ? parseJson(body) : parseForm(body, boundary);
}
