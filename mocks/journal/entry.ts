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
  /** The client left before the answer was whole. */
  readonly aborted: boolean;
  readonly abortedAt?: number;
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
