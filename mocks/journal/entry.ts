import type { BilledAnswer } from './billing.ts';
import type { EventTrace } from './trace.ts';

/** A frame of a WebSocket. */
export interface SocketFrame {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly from: 'client' | 'server';
  /** The event, long texts such as sound shortened; a text that is no JSON as it is. */
  readonly event: unknown;
}

/** How a WebSocket ended. */
export interface SocketEnd {
  readonly code: number;
  readonly reason: string;
  readonly by: 'client' | 'server';
}

/** One request, as the mock saw it and answered it. Times are epoch milliseconds with fractions. */
export interface JournalEntry {
  /** `<port>-<sequence>`. */
  readonly id: string;
  /** Ordinal of the request among all that came to this server, or to the fleet that it belongs to; from 1. */
  readonly sequence: number;
  readonly at: number;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Lowercase names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON, else the text; absent while it has not arrived whole. */
  readonly body?: unknown;
  /** The body was larger than the journal keeps (`truncated`: its beginning, as text), or had to go to make room (`dropped`). */
  readonly bodyCut?: 'truncated' | 'dropped';
  /** Operation id; absent for an unknown route. */
  readonly operation?: string;
  readonly model?: string;
  readonly stream: boolean;
  /** Absent while no head was sent. */
  readonly status?: number;
  /** `x-request-id` of the answer. */
  readonly requestId?: string;
  readonly port: number;
  /** Ordinal of the socket on this server: equal numbers mean a reused connection. */
  readonly connection: number;
  readonly firstByteAt?: number;
  /** When the last byte was handed to the socket, or the connection was gone. */
  readonly endedAt?: number;
  /** Body bytes handed to the socket. */
  readonly bytesOut: number;
  /** Events handed to the socket; a JSON body counts as one. */
  readonly eventsOut: number;
  /** Visible tokens of those events. */
  readonly tokensOut: number;
  /** Tokens of the whole answer; absent for answers that cost nothing. */
  readonly usage?: BilledAnswer;
  /** Tokens that the provider bills: of an answer that was broken off, those that were generated until then. */
  readonly billed?: BilledAnswer;
  /** Of each event its time, length and hash; only while traces are asked for. A JSON body counts as one. */
  readonly events?: readonly EventTrace[];
  /** Of a WebSocket: the frames that went over it, the last 1,000. */
  readonly frames?: readonly SocketFrame[];
  /** Of a WebSocket that is closed. */
  readonly closed?: SocketEnd;
  /** The client left before the answer was whole. */
  readonly aborted: boolean;
  readonly abortedAt?: number;
  /** Name of the script's rule that answered. */
  readonly rule?: string;
  /** Kind of the fault that was played. */
  readonly fault?: string;
}

/** Every condition that is given must hold. */
export interface JournalFilter {
  readonly path?: string;
  readonly model?: string;
  readonly operation?: string;
  /** Epoch milliseconds: entries at or after this time. */
  readonly since?: number;
}
