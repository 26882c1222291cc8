import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import type { OutcomeKind } from '../core/outcome.ts';
import type { EndpointTls } from './tls.ts';

export interface UpstreamTimeouts {
  /** Milliseconds to a connection. */
  readonly connectMs: number;
  /** Milliseconds from the request to the answer's head; 0 = no bound. */
  readonly firstByteMs: number;
  /** Milliseconds between two pieces of the body; 0 = no bound. */
  readonly idleMs: number;
}

export interface UpstreamRequest extends EndpointTls {
  /** `https://host:port`. */
  readonly origin: string;
  /** Path with query. */
  readonly path: string;
  readonly method: string;
  /** Name, value, name, value … */
  readonly headers: readonly string[];
  /** What cannot be read twice is sent once. */
  readonly body?: Buffer | Readable;
  /** Asks for a protocol upgrade; the handler's `onUpgrade` gets the connection. */
  readonly upgrade?: 'websocket';
  /**
   * A new connection for this request alone: one that was kept alive may be closed by the endpoint in the moment in
   * which a request that must not be repeated is written to it.
   */
  readonly fresh?: boolean;
  /** HTTP/2 where the endpoint takes it, over connections that many requests share; not for upgrades and `fresh`. */
  readonly http2?: boolean | undefined;
  readonly timeouts: UpstreamTimeouts;
}

/** How an exchange with an endpoint broke. */
export interface UpstreamFailure {
  readonly kind: Extract<
    OutcomeKind,
    'refused' | 'dead_connection' | 'timeout_connect' | 'timeout_first_byte' | 'timeout_idle' | 'cut' | 'client_left'
  >;
  /** A sentence for operators: names the error code, no header, no body. */
  readonly reason: string;
}

/** Receives one answer. After `onEnd` or `onFailure` nothing more is called; exactly one of them is. */
export interface UpstreamHandler {
  onHead(status: number, headers: IncomingHttpHeaders): void;
  onData(chunk: Buffer): void;
  onEnd(): void;
  onFailure(failure: UpstreamFailure): void;
  /** The endpoint has changed the protocol: the connection belongs to the handler, and nothing more is called. */
  onUpgrade?(headers: IncomingHttpHeaders, socket: Duplex): void;
}

/** A request on its way. */
export interface UpstreamCall {
  /** Stops reading from the endpoint until `resume`. */
  pause(): void;
  resume(): void;
  /** Closes the connection at once; the handler gets `onFailure` with `client_left`. */
  abort(): void;
}
