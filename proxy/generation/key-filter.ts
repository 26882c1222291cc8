import type { IncomingHttpHeaders } from 'node:http';
import type { Endpoint } from '../routing/types.ts';
import type { UpstreamFailure, UpstreamHandler } from '../upstream/types.ts';
import { cleanAnswerHeaders } from './own-headers.ts';
import { ownKeyBytes } from './own-secrets.ts';
import { SecretStream } from './secret-stream.ts';

/** The handler, behind a filter that takes the endpoint's own keys out of headers, and out of the body of a good answer. */
export function withoutOwnKeys(handler: UpstreamHandler, endpoint: Endpoint): UpstreamHandler {
  const keys = ownKeyBytes(endpoint);
  return keys.length === 0 ? handler : new KeyFilter(handler, endpoint, keys);
}

class KeyFilter implements UpstreamHandler {
  readonly #handler: UpstreamHandler;
  readonly #endpoint: Endpoint;
  readonly #stream: SecretStream;
  #good = false;

  constructor(handler: UpstreamHandler, endpoint: Endpoint, keys: readonly Buffer[]) {
    this.#handler = handler;
    this.#endpoint = endpoint;
    this.#stream = new SecretStream(keys);
  }

  onHead(status: number, headers: IncomingHttpHeaders): void {
    // The body of a refusal is cleaned as a whole, of more than keys.
    this.#good = status < 300;
    this.#handler.onHead(status, cleanAnswerHeaders(headers, this.#endpoint));
  }

  onData(chunk: Buffer): void {
    const bytes = this.#good ? this.#stream.push(chunk) : chunk;
    if (bytes.length > 0) this.#handler.onData(bytes);
  }

  onEnd(): void {
    this.#flush();
    this.#handler.onEnd();
  }

  onFailure(failure: UpstreamFailure): void {
    this.#flush();
    this.#handler.onFailure(failure);
  }

  #flush(): void {
    const rest = this.#stream.end();
    if (rest.length > 0) this.#handler.onData(rest);
  }
}
