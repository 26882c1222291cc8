import type { IncomingHttpHeaders } from 'node:http';

/**
 * The client's side as the pipeline sees it: a request view and a responder, never `req` and `res`, so that another
 * front can stand in for `node:http`.
 */
export interface RequestView {
  readonly method: string;
  /** Path without query and without the `/v1` prefix, e.g. `/chat/completions`. */
  readonly path: string;
  /** Query without `?`; empty when there is none. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body as it came: to look at it in pieces is cheaper than to have it joined. */
  readonly chunks: readonly Buffer[];
}

/** Name, value, name, value … */
export type FlatHeaders = readonly string[];

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
