import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { BodySource, HeldBody, InspectOptions } from '../../wire/http.ts';
import { incomplete, refusalOf } from '../body-errors.ts';
import { inspectBody } from '../inspected-body.ts';

/** A body that was there before its request began. */
export class ReceivedBody implements BodySource {
  readonly #chunks: readonly Buffer[];
  readonly #headers: IncomingHttpHeaders;

  constructor(chunks: readonly Buffer[], headers: IncomingHttpHeaders) {
    this.#chunks = chunks;
    this.#headers = headers;
  }

  collect(limit: number): Promise<readonly Buffer[]> {
    const refusal = refusalOf({ headers: this.#headers }, limit);
    return refusal ? Promise.reject(refusal) : Promise.resolve(this.#chunks);
  }

  inspect(options: InspectOptions): Promise<HeldBody> {
    const stream = Readable.from(this.#chunks);
    return inspectBody({ headers: this.#headers, iterator: (how) => stream.iterator(how) }, options);
  }
}

/** A body that ended before its end, with its connection. */
export class BrokenBody implements BodySource {
  collect(): Promise<never> {
    return Promise.reject(incomplete());
  }

  inspect(): Promise<never> {
    return Promise.reject(incomplete());
  }
}
