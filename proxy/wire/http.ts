import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { BodyFindings, ModelFinder } from './model-finder.ts';
import type { BytePatch } from './model-mention.ts';

/** The head of a client's request as the pipeline sees it. */
export interface RequestHead {
  readonly method: string;
  /** Path without query and without the `/v1` prefix, e.g. `/chat/completions`. */
  readonly path: string;
  /** Query without `?`; empty when there is none. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  /** Headers as they came: name, value, name, value …; a name may come twice. A key of the query stands in it as `?key`. */
  readonly raw?: readonly string[] | undefined;
}

/**
 * A client's request with its body: never `req` itself, so that another front can stand in for `node:http`.
 */
export interface RequestView extends RequestHead {
  readonly body: Buffer;
  /** The body as it came: to look at it in pieces is cheaper than to have it joined. */
  readonly chunks: readonly Buffer[];
}

/** A body that has not been read yet. It is read by one stage, once. */
export interface BodySource {
  /**
   * Reads the whole body, at most `limit` bytes. Rejects with ProxyError `invalid_value`, `request_too_large` or
   * `request_timeout`.
   */
  collect(limit: number): Promise<readonly Buffer[]>;
  /**
   * Reads the whole body and looks for the model that it names. Rejects like `collect`, and with what the finder throws;
   * nothing is left on disk then.
   */
  inspect(options: InspectOptions): Promise<HeldBody>;
}

export interface InspectOptions {
  readonly finder: ModelFinder;
  /** Bytes of a body that is held in memory; a larger one is spooled to a file. */
  readonly replayLimit: number;
  /** Bytes of any body. */
  readonly bodyLimit: number;
}

/** A body that was read to its end before any of it is sent. */
export interface HeldBody {
  readonly findings: BodyFindings;
  /** Whether it can be sent more than once. */
  readonly inMemory: boolean;
  readonly bytes: number;
  /** What is sent upstream, and how many bytes that is. */
  outgoing(patches: readonly BytePatch[]): { readonly body: Buffer | Readable; readonly bytes: number };
  /** To be called when the request is over, however it ended. Never rejects. */
  close(): Promise<void>;
}

/** Name, value, name, value … */
export type FlatHeaders = readonly string[];

/** The way back to the client. */
export interface Responder {
  readonly headSent: boolean;
  /** True once the client is gone or has its whole answer. */
  readonly closed: boolean;
  head(status: number, headers: FlatHeaders): void;
  /** Returns false when the client reads slower than it gets; wait for `onDrain`. */
  write(chunk: Buffer): boolean;
  end(chunk?: Buffer): void;
  /** Ends the answer visibly broken: what was written is flushed, then the connection is cut. */
  cut(): void;
  /** Breaks the connection at once, for a client that does not take what was written. */
  drop(): void;
  /** One listener each; a second call replaces the first. */
  onDrain(listener: () => void): void;
  /** Called once when the client leaves before its answer is complete. */
  onLeave(listener: () => void): void;
}

/** A request view over chunks; the body is joined when it is asked for whole. */
export class ReceivedRequest implements RequestView {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  #chunks: readonly Buffer[];

  constructor(head: RequestHead, chunks: readonly Buffer[]) {
    this.method = head.method;
    this.path = head.path;
    this.query = head.query;
    this.headers = head.headers;
    this.#chunks = chunks;
  }

  get chunks(): readonly Buffer[] {
    return this.#chunks;
  }

  get body(): Buffer {
    if (this.#chunks.length === 1) return this.#chunks[0] as Buffer;
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return whole;
  }
}
