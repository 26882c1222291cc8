import type { IncomingMessage } from 'node:http';
import type { ProxyError } from '../core/errors.ts';
import type { BodySource, HeldBody, InspectOptions } from '../wire/http.ts';
import { refusalOf, incomplete, tooLarge } from './body-errors.ts';
import { inspectBody } from './inspected-body.ts';

/** The body of a `node:http` request. */
export class NodeBody implements BodySource {
  readonly #request: IncomingMessage;

  constructor(request: IncomingMessage) {
    this.#request = request;
  }

  collect(limit: number): Promise<readonly Buffer[]> {
    return new Promise((resolve, reject) => collect(this.#request, limit, resolve, reject));
  }

  inspect(options: InspectOptions): Promise<HeldBody> {
    return inspectBody(this.#request, options);
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
